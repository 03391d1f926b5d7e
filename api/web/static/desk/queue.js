// The queues: what waits, sorted; the outages that nobody has taken up on top.

import { h } from '../copilot/dom.js';
import { ask } from '../pages/desk.js';
import { address, ago, catalog, clockOf, kindOf, priorityChip, say, select, statusChip, statusLabel, tell, words } from './context.js';
import { countMails } from './mails.js';

const FILTERS = ['holder', 'sla', 'status', 'priority', 'category', 'language'];
const SORTS = ['-updated_at', '-created_at', 'created_at'];

/** @typedef {{element: HTMLElement, refresh: () => Promise<void>, move: (step: number) => void}} View */

/**
 * The list of one queue, or of what a search finds.
 *
 * @param {URLSearchParams} query of the page's address
 * @param {(event: Event | null, work: () => Promise<unknown>) => Promise<void>} guarded
 * @returns {Promise<View>}
 */
export async function showQueue(query, guarded) {
  const found = query.get('q');
  const filter = Object.fromEntries(FILTERS.flatMap((name) => (query.get(name) ? [[name, query.get(name) ?? '']] : [])));
  const sort = query.get('sort') ?? '-updated_at';
  const queues = h('nav', { class: 'queues', 'aria-label': say('queues') });
  const outages = h('section', { class: 'outages', 'aria-label': say('outages'), hidden: true });
  const title = found ? say('found', { query: found }) : titleOf(filter);
  const list = h('ol', { class: 'rows' });
  const more = h('button', { type: 'button', class: 'button quiet', hidden: true, onclick: () => guarded(null, addPage) }, say('more'));
  const sorting = h('label', { class: 'sorting' }, say('sort'), ' ', select('sort', SORTS.map((each) => [each, say(`sort_${each.replace('-', 'newest_')}`)]), sort, {
    onchange: (/** @type {any} */ event) => location.assign(address('/desk', { ...filter, sort: event.target.value })),
  }));
  let next = '';
  // Of the list, as far as it was asked for: news come into all of it.
  let pages = 1;

  /** @param {string} path */
  const page = async (path) => {
    const { tickets, links } = await ask(path);
    next = links?.next ?? '';
    more.hidden = !next;
    return tickets;
  };
  const addPage = async () => {
    list.append(...(await page(next)).map(row));
    pages += 1;
  };
  /** As many pages as are shown. @param {string} path */
  const shown = async (path) => {
    const tickets = await page(path);
    for (let count = 1; count < pages && next; count += 1) tickets.push(...await page(next));
    return tickets;
  };

  const refresh = async () => {
    const params = new URLSearchParams({ ...filter, sort, 'page[size]': '30' });
    const [counts, tickets, { alerts }] = await Promise.all([
      ask('/desk/data/queues'),
      shown(found ? `/desk/data/search?${new URLSearchParams({ q: found })}` : `/desk/data/tickets?${params}`),
      ask('/api/v2/alerts?state=open&page[size]=100'),
    ]);
    countMails(counts.mails);
    redraw(queues, drawQueues(counts, found ? null : filter));
    drawOutages(outages, alerts, guarded, refresh);
    redraw(list, tickets.length ? tickets.map(row) : [h('li', { class: 'nothing' }, say(found ? 'nothing_found' : 'empty'))]);
  };

  await refresh();
  const folded = h('details', { class: 'queue-menu', open: matchMedia('(min-width: 900px)').matches }, h('summary', {}, say('queues')), queues);
  const element = h('div', { class: 'room' }, folded,
    h('div', { class: 'waiting' }, outages, h('div', { class: 'list-head' }, h('h2', {}, title), !found && sorting), list, more));
  return { element, refresh, move: (step) => moveIn(list, step) };
}

/**
 * Puts these in place of what is there; whoever is at a link stays at it, wherever it has moved to.
 *
 * @param {HTMLElement} place
 * @param {HTMLElement[]} items
 */
function redraw(place, items) {
  const links = [...place.querySelectorAll('a')];
  const at = links.findIndex((link) => link === document.activeElement);
  const focused = links[at]?.getAttribute('href');
  place.replaceChildren(...items);
  if (!focused) return;
  const fresh = [...place.querySelectorAll('a')];
  // What has left the list leaves its place to the next.
  (fresh.find((link) => link.getAttribute('href') === focused) ?? fresh[Math.min(at, fresh.length - 1)])?.focus();
}

/** @param {HTMLElement} list @param {number} step */
function moveIn(list, step) {
  const links = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('a')]);
  const here = links.findIndex((link) => link === document.activeElement);
  links[here < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, here + step))]?.focus();
}

/** @param {Record<string, string>} filter */
function titleOf(filter) {
  const parts = FILTERS.flatMap((name) => (filter[name] ? [labelOf(name, filter[name] ?? '')] : []));
  return parts.length ? parts.join(' · ') : say('holder_all');
}

/** @param {string} name @param {string} value */
function labelOf(name, value) {
  if (name === 'holder' || name === 'sla') return say(`${name}_${value}`);
  const list = /** @type {Record<string, any>} */ ({ status: 'statuses', priority: 'priorities', category: 'categories', language: 'languages' })[name];
  return value.split(',').map((each) => (name === 'status' ? statusLabel(each) : words.label(list, each))).join(', ');
}

/** @param {any} counts @param {Record<string, string> | null} filter of the queue that is shown */
function drawQueues(counts, filter) {
  /** @param {string} name @param {string} value @param {number | null} count */
  const link = (name, value, count) => {
    const wanted = name === 'holder' && value === 'all' ? {} : { [name]: value };
    const here = filter && JSON.stringify(filter) === JSON.stringify(wanted);
    return h('li', {}, h('a', { href: address('/desk', wanted), 'aria-current': here ? 'page' : null, class: name === 'sla' && count ? value : null },
      h('span', {}, labelOf(name, value)), count !== null && h('span', { class: 'count' }, String(count))));
  };
  /** @param {string} name @param {string[]} ids @param {Record<string, number>} sums @param {string[]} [besides] whose number nobody counts */
  const group = (name, ids, sums, besides = []) => [
    h('h2', {}, say(`by_${name}`)),
    h('ul', {}, ...ids.filter((id) => sums[id]).map((id) => link(name, id, sums[id] ?? 0)), ...besides.map((id) => link(name, id, null))),
  ];
  const ids = (/** @type {string} */ list) => catalog[list].map((/** @type {any} */ each) => each.id);
  return [
    h('ul', {}, link('holder', 'mine', counts.mine), link('holder', 'unassigned', counts.unassigned), link('holder', 'all', counts.all),
      link('sla', 'near', counts.near), link('sla', 'missed', counts.missed)),
    ...group('status', ids('statuses').filter((/** @type {string} */ id) => id !== 'solved' && id !== 'closed'), counts.status, ['solved', 'closed']),
    ...group('priority', ids('priorities').reverse(), counts.priority),
    ...group('category', ids('categories'), counts.category),
    ...group('language', ids('languages'), counts.language),
  ];
}

/** @param {any} ticket */
function row(ticket) {
  return h('li', {}, h('a', { href: address(`/desk/tickets/${ticket.id}`), class: ticket.priority === 'urgent' ? 'row urgent' : 'row' },
    h('span', { class: 'number' }, `#${ticket.id}`),
    h('span', { class: 'subject' }, ticket.subject),
    h('span', { class: 'chips' }, statusChip(ticket.status), priorityChip(ticket.priority), clockOf(ticket.sla)),
    h('span', { class: 'about' }, [ticket.requester?.name ?? say('nobody_yet'), kindOf(ticket), words.label('languages', ticket.language), ticket.assignee?.name ?? say('holder_unassigned')].filter(Boolean).join(' · ')),
    h('span', { class: 'when' }, ago(ticket.updated_at))));
}

/** @param {HTMLElement} place @param {any[]} alerts @param {(event: Event | null, work: () => Promise<unknown>) => Promise<void>} guarded @param {() => Promise<void>} refresh */
function drawOutages(place, alerts, guarded, refresh) {
  /** @type {Map<number, any[]>} */
  const groups = new Map();
  for (const alert of alerts) groups.set(alert.outage.group_id, [...(groups.get(alert.outage.group_id) ?? []), alert]);
  place.hidden = !groups.size;
  place.replaceChildren(...[...groups.values()].map((group) => {
    const [first] = group;
    return h('article', { class: 'outage' },
      h('h2', {}, say('outage')),
      h('p', {}, say('outage_size', { tickets: first.outage.tickets, accounts: first.outage.accounts }), ' ', ago(first.raised_at)),
      h('p', { class: 'links' }, ...group.map((alert) => h('a', { href: address(`/desk/tickets/${alert.ticket_id}`) }, `#${alert.ticket_id}`))),
      h('button', { type: 'button', class: 'button', onclick: () => guarded(null, async () => {
        await ask(`/api/v2/alerts/${first.id}/acknowledge?group=true`, { method: 'POST' });
        tell(say('acknowledged'));
        await refresh();
      }) }, say('acknowledge')));
  }));
}
