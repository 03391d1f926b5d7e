// One ticket: what was said and what changed, as it happens, and what its customer can do about it.

import { h } from '../copilot/dom.js';
import { newId } from '../copilot/memory.js';
import { FormClient } from '../ticket-form/client.js';
import { Files } from '../ticket-form/files.js';
import { adoptStyles } from '../ticket-form/styles.js';
import { address, ask, complain, head, labelOf, language, matterOf, me, Refusal, statusOf, tell, text, the, when, words } from './context.js';
import { hear } from './list.js';
import { rating } from './rating.js';

/** @typedef {{kind: 'comment' | 'change', at: string, who: 'you' | 'colleague' | 'support' | 'system', name: string | null, id: number, body?: string, via?: string, files?: {name: string, size: number, url: string, thumbnail: string | null}[], changes?: {field: string, from: string | null, to: string | null}[]}} Happening */
/** @typedef {{ticket: any, timeline: Happening[], copied: {email: string | null, name: string | null, you: boolean}[], expected: string | null, may: Record<'comment' | 'solve' | 'reopen' | 'follow' | 'rate' | 'copy', boolean>}} View */

const DRAFT = 'copilot:portal:reply:';

/** @param {string} id @param {AbortSignal} signal @returns {Promise<HTMLElement>} */
export async function ticketRoom(id, signal) {
  /** @type {View} */
  let view;
  const back = h('p', { class: 'back' }, h('a', { href: address('/portal') }, text('all')));
  const top = h('div');
  const timeline = h('ol', { class: 'timeline', 'aria-label': text('timeline') });
  const side = h('aside', { class: 'side', 'aria-label': text('facts') });
  const after = h('div', { class: 'after' });
  const reply = replyForm(id, (comment) => act({ comment }, text('sent')));
  const rate = rating(id, () => redraw());

  async function load() {
    view = await ask(`/portal/data/tickets/${id}?language=${language}`);
  }

  async function redraw() {
    await load();
    draw();
  }

  /** Does something with the ticket. @param {Record<string, unknown>} request @param {string} done */
  async function act(request, done) {
    complain('');
    await ask(`/api/v2/requests/${id}.json`, { method: 'PUT', body: { request }, headers: { 'Idempotency-Key': newId() } });
    tell(done);
    await redraw();
  }

  /** @param {() => Promise<unknown>} work @param {(error: unknown) => string} [explain] */
  async function guarded(work, explain = () => '') {
    complain('');
    try {
      await work();
    } catch (error) {
      complain(explain(error) || (error instanceof Refusal && error.status < 500 && error.status !== 422 && error.message) || text('broken'));
    }
  }

  function draw() {
    const { ticket, may } = view;
    head(ticket.subject, `${text('ticket', { id })} ${ticket.subject}`);
    const source = ticket.followup_source_id;
    const later = /** @type {number[]} */ (ticket.followup_ids ?? []);
    const other = (/** @type {string} */ key, /** @type {number} */ number) => h('p', {}, h('a', { href: address(`/portal/tickets/${number}`) }, text(key, { id: number })));
    top.replaceChildren(
      h('p', { class: 'number' }, text('ticket', { id }), ' ', statusOf(ticket.status, words)),
      ...(view.expected ? [h('p', { class: 'expected' }, view.expected)] : []),
      ...(source ? [other('follows', source)] : []), ...later.map((number) => other('followed', number)));
    timeline.replaceChildren(...view.timeline.map(happening));
    reply.element.hidden = !may.comment;
    reply.note.textContent = ticket.status === 'solved' ? text('reply_reopens') : '';
    const actions = [
      may.solve && h('button', { type: 'button', class: 'button second', 'data-act': 'solve', onclick: () => guarded(() => act({ solved: true }, text('solved'))) }, text('solve')),
      may.reopen && h('button', { type: 'button', class: 'button second', 'data-act': 'reopen', onclick: () => guarded(() => act({ solved: false }, text('reopened'))) }, text('reopen')),
      may.follow && h('a', { class: 'button', 'data-act': 'follow', href: address('/portal/new', { followup: id }) }, text('follow')),
    ].filter((each) => each !== false);
    const until = may.reopen && ticket.reopens_until ? new Date(ticket.reopens_until).toLocaleString(language, { dateStyle: 'full', timeStyle: 'short' }) : '';
    rate.show(may.rate ? ticket.satisfaction_rating : null);
    after.replaceChildren(
      ...(may.follow ? [h('p', {}, text('over'))] : []), ...(until ? [h('p', {}, text('reopens_until', { moment: until }))] : []),
      ...(actions.length ? [h('p', { class: 'actions' }, ...actions)] : []));
    drawSide();
  }

  function drawSide() {
    const { ticket, copied, may } = view;
    const value = (/** @type {string} */ name) => ticket.custom_fields.find((/** @type {any} */ field) => field.id === name)?.value ?? null;
    const shown = new Set(['support_type', 'category', 'subcategory', 'language', 'scenario']);
    /** @type {[string, string | Node][]} */
    const facts = [
      [text('status'), statusOf(ticket.status, words)],
      [text('priority'), ticket.priority ? words.label('priorities', ticket.priority) : ''],
      [text('category'), matterOf(value('support_type'), value('category'), value('subcategory'))],
      ...ticket.custom_fields.filter((/** @type {any} */ field) => field.value && !shown.has(field.id)).map((/** @type {any} */ field) => [nameOfField(field.id), valueOfField(field.id, field.value, value('support_type'))]),
      [text('requester'), ticket.mine ? text('you') : ticket.requester ?? ''],
      [text('opened'), when(ticket.created_at, language)],
      [text('updated'), when(ticket.updated_at, language)],
    ];
    const typed = /** @type {HTMLInputElement | null} */ (side.querySelector('#copy'))?.value ?? '';
    const focused = side.contains(document.activeElement) && document.activeElement?.id;
    const change = (/** @type {string} */ email, /** @type {'put' | 'delete'} */ action) => guarded(
      () => act({ email_ccs: [{ user_email: email, action }] }, ''), (error) => (error instanceof Refusal && error.status === 422 ? text('copy_refused') : ''));
    const own = me().email ?? '';
    const add = h('form', { class: 'copy', onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      const email = box.value.trim();
      box.value = '';
      void change(email, 'put');
    } }, h('label', { for: 'copy' }, text('copy_email')), h('div', { class: 'line' }, h('input', { id: 'copy', type: 'email', required: true, autocomplete: 'off' }), h('button', { class: 'button second' }, text('copy_add'))));
    const box = /** @type {HTMLInputElement} */ (add.querySelector('input'));
    box.value = typed;
    side.replaceChildren(
      h('h2', {}, text('facts')),
      h('dl', { class: 'facts' }, ...facts.filter(([, what]) => what).flatMap(([key, what]) => [h('dt', {}, key), h('dd', {}, what)])),
      h('h2', {}, text('copied')),
      copied.length ? h('ul', { class: 'copied' }, ...copied.map(({ email, name, you }) => h('li', {}, name ?? email ?? '',
        may.comment && email && (ticket.mine || you) && h('button', { type: 'button', class: 'plain', 'aria-label': text('copy_remove', { name: name ?? email }), onclick: () => void change(email, 'delete') }, '×')))) : h('p', { class: 'quiet' }, text('copied_none')),
      ...(may.copy && !ticket.mine && !copied.some(({ you }) => you) ? [h('p', {}, h('button', { type: 'button', class: 'button second', 'data-act': 'copy-me', onclick: () => void change(own, 'put') }, text('copy_me')))] : []),
      ...(may.copy ? [add] : []),
      h('p', { class: 'no-print' }, h('button', { type: 'button', class: 'plain', onclick: () => print() }, text('print'))));
    if (focused) document.getElementById(focused)?.focus();
  }

  try {
    await load();
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 404) throw error;
    head(text('missing'));
    return h('div', {}, back);
  }
  draw();
  let waiting = 0;
  hear(signal, (news) => {
    if (news && String(news.ticket_id) !== id) return;
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void guarded(redraw), 100);
  });
  return h('div', { class: 'ticket' }, h('div', { class: 'main' }, back, top, h('h2', { class: 'visually-hidden' }, text('timeline')), timeline, after, rate.element, reply.element), side);
}

/** @param {Happening} what */
function happening(what) {
  if (what.kind === 'change') {
    const label = (/** @type {{field: string, to: string | null}} */ { field, to }) => {
      const lists = { status: 'statuses', priority: 'priorities', category: 'categories', subcategory: 'subcategories' };
      return text(`changed_${field}`, { to: words.label(/** @type {'statuses'} */ (lists[/** @type {'status'} */ (field)]), to ?? '') });
    };
    return h('li', { class: 'change' }, h('span', {}, (what.changes ?? []).filter(({ to }) => to).map(label).join(' · ')), when(what.at, language));
  }
  const own = what.who === 'you';
  const name = what.name ? (what.who === 'support' ? `${what.name} · ${text('support')}` : what.name) : text(what.who);
  return h('li', { class: own ? 'comment' : `comment ${what.who}` },
    h('h3', {}, h('span', {}, name, what.via === 'mail' && h('small', {}, ` ${text('by_mail')}`)), when(what.at, language)),
    h('p', {}, what.body ?? ''),
    (what.files ?? []).length > 0 && h('ul', { class: 'files', 'aria-label': text('files') }, ...(what.files ?? []).map((file) => h('li', {}, h('a', { href: file.url, download: file.name },
      file.thumbnail && h('img', { src: file.thumbnail, alt: '', loading: 'lazy', width: 96, height: 72 }), h('span', {}, file.name, h('small', {}, ` ${size(file.size)}`)))))));
}

/** @param {number} bytes */
function size(bytes) {
  const [value, unit] = bytes < 2 ** 20 ? [bytes / 2 ** 10, 'kilobyte'] : [bytes / 2 ** 20, 'megabyte'];
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
}

/** @param {string} id */
function nameOfField(id) {
  const topics = /** @type {{details: {id: string, label: string}[]}[]} */ (words.catalog?.['topics'] ?? []);
  return topics.flatMap(({ details }) => details).find((each) => each.id === id)?.label ?? labelOf('fields', id);
}

/** @param {string} id @param {string} value @param {string | null} support */
function valueOfField(id, value, support) {
  const lists = /** @type {Record<string, any>} */ (words.catalog ?? {});
  const options = id === 'subject' ? lists['support_types']?.find((/** @type {any} */ each) => each.id === support)?.subjects
    : id === 'purpose' ? lists['categories']?.flatMap((/** @type {any} */ each) => each.purposes)
      : lists['fields']?.find((/** @type {any} */ each) => each.id === id)?.options;
  return /** @type {{id: string, label: string}[] | undefined} */ (options)?.find((each) => each.id === value)?.label ?? value;
}

/** @param {string} id @param {(comment: {body: string, uploads?: string[]}) => Promise<void>} send */
function replyForm(id, send) {
  const client = new FormClient(location.origin, language, '');
  client.known = true;
  const catalog = /** @type {any} */ (words.catalog);
  const formText = (/** @type {string} */ key, /** @type {Record<string, string | number>} */ values = {}) =>
    (catalog.web[`ticket_form.${key}`] ?? '').replace(/\{(\w+)\}/g, (/** @type {string} */ whole, /** @type {string} */ name) => String(values[name] ?? whole));
  const files = new Files(client, { text: formText, limits: catalog.attachments, changed: () => {} });
  const box = h('textarea', { id: 'reply', rows: 4, required: true, oninput: () => keep(box.value) });
  const keep = (/** @type {string} */ typed) => {
    try {
      if (typed) sessionStorage.setItem(DRAFT + id, typed);
      else sessionStorage.removeItem(DRAFT + id);
    } catch {
      // refused: it lasts as long as the page
    }
  };
  try {
    box.value = sessionStorage.getItem(DRAFT + id) ?? '';
  } catch {
    // refused: there is none
  }
  const input = h('input', { type: 'file', multiple: true, id: 'reply-files', class: 'tf-hidden-file', onchange: () => {
    files.add(input.files ?? []);
    input.value = '';
  } });
  const button = h('button', { class: 'button' }, text('send'));
  const note = h('p', { class: 'quiet', id: 'reply-note' });
  box.setAttribute('aria-describedby', 'reply-note');
  const element = h('form', { class: 'reply ticket-form', onsubmit: async (/** @type {Event} */ event) => {
    event.preventDefault();
    const body = box.value.trim();
    if (!body || button.disabled) return;
    if (files.busy) return complain(formText('waiting_files'));
    button.disabled = true;
    try {
      await send({ body, ...(files.tokens.length && { uploads: files.tokens }) });
      box.value = '';
      keep('');
      files.clear();
    } catch (error) {
      complain(error instanceof Refusal && error.status === 401 ? text('signed_out') : (error instanceof Refusal && error.status < 500 && error.message) || text('broken'));
    } finally {
      button.disabled = false;
    }
    return undefined;
  } }, h('label', { for: 'reply' }, text('reply')), note, box, files.list, files.told,
  h('div', { class: 'tf-row' }, button, input, h('label', { for: 'reply-files', class: 'tf-plain' }, formText('add_files'))));
  box.addEventListener('paste', (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (pasted.length) files.add(pasted);
  });
  adoptStyles(the('#shown'));
  return { element, note };
}
