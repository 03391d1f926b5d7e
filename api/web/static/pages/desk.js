// What the portal and the dashboard share: asking the api, and showing what it says.

import { ChatClient } from '../copilot/chat-client.js';
import { h } from '../copilot/dom.js';
import { Words } from '../copilot/words.js';

/** An answer of the api that is no success. */
export class Refusal extends Error {
  /** @param {number} status @param {string} message for the reader */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * Asks the api. With a token as its owner, else by the sign-in cookie.
 *
 * @param {string} path
 * @param {{method?: string, body?: unknown, token?: string | undefined, headers?: Record<string, string>}} [options]
 * @returns {Promise<any>} the JSON of the answer, null where it has none; `Refusal` for any other
 */
export async function ask(path, { method = 'GET', body, token, headers } = {}) {
  const response = await fetch(path, {
    method,
    cache: 'no-store',
    headers: {
      'Accept-Language': document.documentElement.lang,
      ...headers,
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  throw new Refusal(response.status, reasonOf(answer));
}

/** What the api says is wrong: its sentence, or those of every field of a ticket. @param {any} answer @returns {string} */
export function reasonOf(answer) {
  if (typeof answer?.error?.message === 'string') return answer.error.message;
  const named = Object.values(answer?.details ?? {}).flat().map((problem) => /** @type {any} */ (problem)?.description).filter(Boolean);
  return named.length ? named.join(' ') : '';
}

/** @param {string} face the section of the wording @returns {Promise<Words>} */
export async function loadWords(face) {
  return new Words(await new ChatClient(location.origin).catalog(document.documentElement.lang), face);
}

/** @template {HTMLElement} T @param {string} selector @returns {T} */
export function the(selector) {
  const found = document.querySelector(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return /** @type {T} */ (found);
}

/** @param {string} text '' hides it */
export function complain(text) {
  const problem = the('.problem');
  problem.textContent = text;
  problem.hidden = text === '';
}

/** @param {string} moment ISO 8601 @param {string} language */
export function when(moment, language) {
  return h('time', { datetime: moment }, new Date(moment).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' }));
}

/**
 * A ticket's category and subcategory in words.
 *
 * @param {{custom_fields: {id: string, value: string | null}[]}} ticket
 * @param {Words} words
 */
export function categoryOf(ticket, words) {
  const value = (/** @type {string} */ id) => ticket.custom_fields.find((field) => field.id === id)?.value;
  const [category, subcategory] = [value('category'), value('subcategory')];
  return [category && words.label('categories', category), subcategory && words.label('subcategories', subcategory)].filter(Boolean).join(' › ');
}

/** @param {string} status @param {Words} words */
export function statusOf(status, words) {
  return h('span', { class: `status ${status}` }, words.label('statuses', status));
}

/**
 * @param {string} name of the table
 * @param {string[]} columns
 * @param {(string | Node)[][]} rows the second cell is the wide one
 */
export function table(name, columns, rows) {
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': name },
    // Named roles: on a phone the rows are laid out as cards, and a browser then forgets that this is a table.
    h('table', { role: 'table' },
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...columns.map((column) => h('th', { scope: 'col', role: 'columnheader' }, column)))),
      h('tbody', { role: 'rowgroup' }, ...rows.map((cells) => h('tr', { role: 'row' }, ...cells.map((cell, at) => h('td', { role: 'cell', class: at === 1 ? 'wide' : null }, cell)))))));
}
