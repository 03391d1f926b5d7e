// The tickets, with every update as it happens: scopes, filters, search.

import { h } from '../copilot/dom.js';
import { follow } from '../pages/live.js';
import { address, ask, complain, FACE, language, lookWho, matterOf, me, statusOf, text, when, words } from './context.js';

/** @typedef {{id: number, subject: string, status: string, priority: string, support_type: string | null, category: string | null, subcategory: string | null, created_at: string, updated_at: string, mine: boolean, requester: string | null}} Row */

const PAGE = 25;
const TYPING_MS = 300;
// Several acts of one moment are shown at once.
const TOGETHER_MS = 150;

/** @param {AbortSignal} signal ends the stream @param {(news: import('../pages/live.js').News | null) => void} [heard] */
export function hear(signal, heard) {
  follow('/portal/events', heard ?? (() => {}), { headers: FACE, gone: () => location.reload(), signal });
}

/** @param {AbortSignal} signal @returns {HTMLElement} */
export function ticketList(signal) {
  const query = new URLSearchParams(location.search);
  const wanted = { scope: query.get('scope') ?? 'mine', status: query.get('status') ?? '', category: query.get('for') ?? '', q: query.get('q') ?? '' };
  /** @type {Row[]} */
  let rows = [];
  let next = '';
  let asked = 0;

  const scopes = h('div', { class: 'scopes', role: 'group', 'aria-label': text('scopes') });
  const place = h('div', { class: 'place' });
  const count = h('p', { class: 'quiet', role: 'status' });
  const more = h('button', { type: 'button', class: 'button second', hidden: true, onclick: () => void show(true) }, text('more'));
  const choose = (/** @type {'status' | 'category'} */ name, /** @type {string} */ label, /** @type {{id: string, label: string}[]} */ options) => {
    const select = h('select', { id: `filter-${name}`, onchange: () => {
      wanted[name] = select.value;
      void show();
    } }, ...options.map((each) => h('option', { value: each.id }, each.label)));
    select.value = wanted[name];
    return h('div', {}, h('label', { for: `filter-${name}` }, label), select);
  };
  const listed = (/** @type {string} */ list) => /** @type {{id: string, label: string}[]} */ (words.catalog?.[list] ?? []);
  let typing = 0;
  const search = h('input', { id: 'search', type: 'search', placeholder: text('search_hint'), autocomplete: 'off', oninput: () => {
    clearTimeout(typing);
    typing = window.setTimeout(() => {
      wanted.q = search.value;
      void show();
    }, TYPING_MS);
  } });
  search.value = wanted.q;

  function drawScopes() {
    const { counts, account_viewer: viewer } = me();
    const shown = ['mine', ...(counts['copied'] ? ['copied'] : []), ...(viewer ? ['account'] : [])];
    scopes.hidden = shown.length < 2;
    scopes.replaceChildren(...shown.map((scope) => h('button', { type: 'button', 'data-scope': scope, 'aria-pressed': String(scope === wanted.scope), onclick: () => {
      wanted.scope = scope;
      drawScopes();
      /** @type {HTMLElement | null} */ (scopes.querySelector(`[data-scope=${scope}]`))?.focus();
      void show();
    } }, text(`scope_${scope}`), h('span', { class: 'count' }, new Intl.NumberFormat(language).format(counts[scope] ?? 0)))));
  }

  function draw() {
    if (!rows.length) {
      const filtered = wanted.status || wanted.category || wanted.q || wanted.scope !== 'mine';
      return place.replaceChildren(h('p', { class: 'nothing' }, text(filtered ? 'none_found' : 'empty')));
    }
    const others = wanted.scope !== 'mine';
    const columns = ['number', 'subject', 'status', 'category', ...(others ? ['requester'] : []), 'updated'];
    const focused = document.activeElement?.closest('tr')?.dataset['id'];
    const cells = (/** @type {Row} */ row) => [
      h('span', { class: 'id' }, String(row.id)),
      h('a', { href: address(`/portal/tickets/${row.id}`) }, row.subject),
      statusOf(row.status, words),
      matterOf(row.support_type, row.category, row.subcategory),
      ...(others ? [row.mine ? text('you') : row.requester ?? ''] : []),
      when(row.updated_at, language),
    ];
    place.replaceChildren(h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': text('tickets') },
      h('table', { role: 'table' },
        h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...columns.map((key) => h('th', { scope: 'col', role: 'columnheader' }, text(key))))),
        h('tbody', { role: 'rowgroup' }, ...rows.map((row) => h('tr', { role: 'row', 'data-id': row.id, class: fresh.has(row.id) ? 'fresh' : null },
          ...cells(row).map((cell, at) => h('td', { role: 'cell', class: at === 1 ? 'wide' : null }, cell))))))));
    if (focused) /** @type {HTMLElement | null} */ (place.querySelector(`tr[data-id="${focused}"] a`))?.focus();
  }

  /** @type {Set<number>} tickets on which something happened while this page was open */
  const fresh = new Set();

  /** @param {boolean} [further] the next page besides what is shown */
  async function show(further = false) {
    asked += 1;
    const mine = asked;
    const page = new URLSearchParams({ ...wanted, sort: '-updated_at', 'page[size]': String(further ? PAGE : Math.max(PAGE, Math.min(100, rows.length))) });
    if (further && next) page.set('page[after]', next);
    try {
      const found = await ask(`/portal/data/tickets?${page}`);
      if (mine !== asked) return;
      rows = further ? [...rows, ...found.tickets] : found.tickets;
      next = found.meta?.has_more ? found.meta.after_cursor : '';
      more.hidden = !next;
      count.textContent = rows.length && (wanted.q || wanted.status || wanted.category) ? text('found', { count: `${new Intl.NumberFormat(language).format(rows.length)}${next ? '+' : ''}` }) : '';
      complain('');
      draw();
    } catch {
      complain(text('broken'));
    }
  }

  let waiting = 0;
  hear(signal, (news) => {
    if (news) fresh.add(news.ticket_id);
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void Promise.all([show(), lookWho().then(drawScopes)]), TOGETHER_MS);
  });
  drawScopes();
  void show();
  return h('div', { class: 'tickets' },
    h('div', { class: 'heading' }, h('h2', { id: 'tickets' }, text('tickets')), h('p', { class: 'live' }, text('live'))),
    scopes,
    h('div', { class: 'filters', role: 'search' },
      h('div', { class: 'grow' }, h('label', { for: 'search' }, text('search')), search),
      choose('status', text('filter_status'), [{ id: '', label: text('any_status') }, { id: 'unsolved', label: text('unsolved') }, ...listed('statuses')]),
      choose('category', text('filter_category'), [{ id: '', label: text('any_category') }, ...listed('categories'), ...listed('support_types').slice(1)])),
    count, place, more);
}
