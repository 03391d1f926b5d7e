// What is typed into a form and not sent: kept for this tab, through reloads, and gone when it is closed.

/** @import {Kept} from './files.js' */

/**
 * @typedef {object} Draft
 * @property {string} key      of the form: whatever is sent under it opens one ticket
 * @property {string} matter   category or support type
 * @property {Record<string, string>} values by field
 * @property {string} email
 * @property {string} token    of a visitor
 * @property {Kept[]} files
 * @property {unknown} pending what was sent, where nobody knows whether it arrived
 */

const PREFIX = 'copilot:ticket-form:';

/** @param {string} name @returns {Draft | null} */
export function draftOf(name) {
  try {
    const found = JSON.parse(sessionStorage.getItem(PREFIX + name) ?? 'null');
    return typeof found?.key === 'string' && found.values ? found : null;
  } catch {
    return null;
  }
}

/** @param {string} name @param {Draft | null} draft null forgets */
export function keepDraft(name, draft) {
  try {
    if (draft) sessionStorage.setItem(PREFIX + name, JSON.stringify(draft));
    else sessionStorage.removeItem(PREFIX + name);
  } catch {
    // refused: it lasts as long as the page
  }
}

/** At a shared computer nobody else may read them. */
export function forgetDrafts() {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // refused: there are none
  }
}
