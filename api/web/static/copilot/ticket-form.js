// The plain ticket form: what a customer gets in the chat's place while the dialogue cannot answer. Its fields and rules
// are the catalog's; the ticket is opened with the conversation's own token, once for one form.

import { ChatError } from './chat-client.js';
import { h } from './dom.js';
import { newId } from './memory.js';
import { field, object, proof } from './proof.js';

/** @import {CatalogJson, Labelled, Ticket} from './types.js' */
/** @import {Words} from './words.js' */

/**
 * @typedef {{id: string, label: string, emergency: boolean, asks_impact: boolean, subcategories: Labelled[], purposes: Labelled[], required_fields: string[]}} CategoryJson
 * @typedef {{id: string, label: string, kind: string, help?: string, options: Labelled[]}} FieldJson
 *
 * @typedef {object} Desk                what the form needs of the rest of the widget
 * @property {(request: Ticket) => Promise<{request: {id: number}}>} open
 * @property {() => Promise<boolean>} verified
 * @property {(email: string) => Promise<unknown>} request
 * @property {(code: string) => Promise<unknown>} verify
 * @property {(id: number) => void} opened
 * @property {() => void} back
 */

/** @param {Words} words @param {Desk} desk @param {{text: string, category: string, extra: HTMLElement}} known */
export function ticketForm(words, desk, known) {
  const catalog = /** @type {CatalogJson & {categories: CategoryJson[], fields: FieldJson[], platforms: string[]}} */ (words.catalog);
  const externalId = newId();
  const status = h('p', { class: 'status', role: 'status' });
  const rows = h('div', { class: 'rows' });
  const title = h('input', { maxlength: 150, required: true, value: known.text.split('\n')[0]?.slice(0, 80) ?? '' });
  const text = h('textarea', { rows: 4, required: true });
  text.value = known.text;
  const send = h('button', { type: 'submit', class: 'primary' }, words.text('form_send'));
  const category = choice(catalog.categories, known.category);
  category.addEventListener('change', () => draw());
  const form = h('form', { novalidate: true, onsubmit: (/** @type {Event} */ event) => void submit(event) },
    field('form-category', labelOf('category'), category), rows,
    field('form-title', labelOf('title'), title), field('form-description', labelOf('description'), text, helpOf('description')),
    known.extra, h('p', { class: 'buttons' }, send));
  const proving = h('div', { hidden: true });
  const box = h('div', { class: 'sheet ticket-form', part: 'form' }, h('h3', { tabindex: '-1' }, words.text('form_title')), h('p', {}, words.text('form_hint')),
    form, proving, status, h('p', {}, h('button', { type: 'button', class: 'textual', onclick: desk.back }, words.text('form_back'))));

  /** @param {string} id */
  function labelOf(id) {
    return catalog.fields.find((each) => each.id === id)?.label ?? id;
  }

  /** @param {string} id */
  function helpOf(id) {
    return catalog.fields.find((each) => each.id === id)?.help ?? '';
  }

  /** @param {Labelled[]} options @param {string} [chosen] */
  function choice(options, chosen = '') {
    return h('select', { required: true }, h('option', { value: '' }, words.text('form_choose')),
      ...options.map(({ id, label }) => h('option', { value: id, selected: id === chosen }, label)));
  }

  /** The fields of the chosen category; what was chosen before stays where it still may. */
  function draw() {
    const before = values();
    const found = catalog.categories.find(({ id }) => id === category.value);
    /** @type {[string, Labelled[]][]} */
    const asked = [];
    if (found?.subcategories.length) asked.push(['subcategory', found.subcategories]);
    if (found?.purposes.length) asked.push(['purpose', found.purposes]);
    if (found?.required_fields.includes('platform')) asked.push(['platform', catalog.platforms.map((id) => ({ id, label: id }))]);
    for (const id of found?.asks_impact ? ['users_affected', 'impact'] : []) asked.push([id, catalog.fields.find((each) => each.id === id)?.options ?? []]);
    rows.replaceChildren(...asked.map(([id, options]) => field(`form-${id}`, labelOf(id), choice(options, before[id] ?? (options.length === 1 ? options[0]?.id : ''))) ));
  }

  /** @returns {Record<string, string>} */
  function values() {
    const controls = /** @type {HTMLSelectElement[]} */ ([category, ...rows.querySelectorAll('select')]);
    return Object.fromEntries(controls.map((each) => [each.id.slice('form-'.length), each.value]));
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    const controls = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll('[required]')]);
    for (const each of controls) object(each.parentElement, each.value.trim() ? '' : words.text('form_missing'));
    const missing = controls.find((each) => !each.value.trim());
    if (missing) return missing.focus();
    send.disabled = true;
    try {
      const emergency = catalog.categories.find(({ id }) => id === category.value)?.emergency;
      const verified = await desk.verified();
      // An emergency is opened first; whom to answer is asked afterwards.
      if (emergency || verified) await open();
      if (!verified) prove(emergency ? () => void (proving.hidden = true) : () => open().catch(refused));
    } catch (error) {
      refused(error);
    } finally {
      send.disabled = false;
    }
  }

  async function open() {
    const custom_fields = Object.entries(values()).filter(([, value]) => value).map(([id, value]) => ({ id, value }));
    const { request } = await desk.open({ external_id: externalId, subject: title.value.trim(), comment: { body: text.value.trim() }, custom_fields });
    form.hidden = proving.hidden = true;
    status.textContent = `${words.text('ticket_number', { id: request.id })}. ${words.text('form_sent')}`;
    status.tabIndex = -1;
    status.focus();
    desk.opened(request.id);
  }

  /** @param {() => unknown} proven */
  function prove(proven) {
    const asking = proof(words, desk, proven, (told) => void (told && (status.textContent = told)));
    form.hidden = true;
    proving.hidden = false;
    proving.replaceChildren(asking);
    asking.querySelector('input')?.focus();
  }

  /** What was written stays; wrong fields are marked. @param {unknown} error */
  function refused(error) {
    form.hidden = false;
    proving.hidden = true;
    const failure = error instanceof ChatError ? error : new ChatError(0, '');
    for (const name of failure.fields) {
      const id = { subject: 'title', description: 'description', comment: 'description' }[name.split('.')[0] ?? ''] ?? name;
      object(form.querySelector(`[data-field="form-${CSS.escape(id)}"]`), words.text('form_missing'));
    }
    status.textContent = failure.message || words.text('form_failed');
  }

  draw();
  return box;
}
