// What every part of the desk needs: its words, the catalog, who is signed in, and where one is.

import { h } from '../copilot/dom.js';
import { Words } from '../copilot/words.js';
import { ask } from '../pages/desk.js';

/** @typedef {{id: number, name: string, email: string | null, role: string}} Person */
/** @typedef {{me: Person, staff: Person[], groups: {id: number, name: string}[]}} People */

export const language = document.documentElement.lang;
/** @type {any} */
export const catalog = await ask(`/desk/catalog?language=${language}`);
export const words = new Words(catalog, 'desk');

/** @param {string} key @param {Record<string, string | number>} [values] */
export const say = (key, values) => words.text(key, values);

/** @type {{people: People | null}} */
export const session = { people: null };

/** Who is signed in. @returns {Person} */
export function me() {
  if (!session.people) throw new Error('nobody is signed in');
  return session.people.me;
}

/** Leads and admins may do more. */
export const isLead = () => me().role !== 'agent';

/** A field of tickets with its label and options. @param {string} id @returns {{id: string, label: string, kind: string, options: {id: string, label: string}[]} | undefined} */
export const fieldOf = (id) => catalog.fields.find((/** @type {any} */ field) => field.id === id);

/** @param {string} id @returns {{id: string, label: string}[]} of a category */
export function subcategoriesOf(id) {
  return catalog.categories.find((/** @type {any} */ category) => category.id === id)?.subcategories ?? [];
}

/** What people call a team. @param {string} id @returns {string} */
export const teamLabel = (id) => catalog.teams.find((/** @type {any} */ each) => each.id === id)?.label ?? id;

/** An address of the desk in this language. @param {string} path @param {Record<string, string>} [query] */
export const address = (path, query = {}) => `${path}?${new URLSearchParams({ ...query, lang: language })}`;

const moments = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'narrow' });
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000]];

/** How long ago, or how soon; the moment itself as a tooltip. @param {string} moment */
export function ago(moment) {
  const distance = Date.parse(moment) - Date.now();
  const [unit, length] = UNITS.find(([, each]) => Math.abs(distance) >= each) ?? ['minute', 60_000];
  return h('time', { datetime: moment, title: moments.format(new Date(moment)) }, relative.format(Math.round(distance / length), unit));
}

/** @param {string} moment */
export const at = (moment) => h('time', { datetime: moment }, moments.format(new Date(moment)));

/** What customers read of a status speaks to them; where that would mislead, the desk has words of its own. @param {string} status */
export const statusLabel = (status) => catalog.web[`desk.status_${status}`] ?? words.label('statuses', status);

/** @param {string} status */
export const statusChip = (status) => h('span', { class: `status ${status}` }, statusLabel(status));

/** @param {string} priority */
export const priorityChip = (priority) => h('span', { class: `priority ${priority}` }, words.label('priorities', priority));

/** @param {{category: string | null, subcategory: string | null, support_type?: string | null}} ticket */
export function kindOf(ticket) {
  const category = ticket.category && words.label('categories', ticket.category);
  return [category, ticket.subcategory && words.label('subcategories', ticket.subcategory)].filter(Boolean).join(' › ');
}

/**
 * The target that is next to be missed, or was missed last, in words.
 *
 * @param {any} sla
 */
export function clockOf(sla) {
  for (const name of ['first_response', 'resolution']) {
    const target = sla?.[name];
    if (target?.state === 'missed' && !target.at) return h('span', { class: 'clock missed' }, say(`${name}_missed`));
    if (target?.due_at && (target.state === 'near' || target.state === 'running')) {
      return h('span', { class: `clock ${target.state}` }, say(`${name}_due`), ' ', ago(target.due_at));
    }
  }
  return null;
}

/**
 * A choice of a list.
 *
 * @param {string} id
 * @param {[string, string][]} options value and label
 * @param {string} value
 * @param {Record<string, any>} [attributes]
 */
export function select(id, options, value, attributes = {}) {
  return h('select', { id, name: id, ...attributes }, ...options.map(([each, label]) => h('option', { value: each, selected: each === value }, label)));
}

/** A control with its label. @param {string} id @param {string} label @param {Node} control @param {Node | null | false} [more] */
export const labelled = (id, label, control, more) => h('div', { class: 'field' }, h('label', { for: id }, label), control, more);

/** Tells those who hear the page, and see its foot. @param {string} text */
export function tell(text) {
  const place = document.querySelector('#told');
  if (place) place.textContent = text;
}
