// What was typed and not sent: kept in the browser, by who typed it and for which ticket.

import { me } from './context.js';

const PREFIX = 'copilot:desk:draft:';

/** @typedef {{text: string, internal: boolean, at: number}} Draft */

/** @param {number} ticket */
const name = (ticket) => `${PREFIX}${me().id}:${ticket}`;

/** @param {number} ticket @returns {Draft | null} */
export function draftOf(ticket) {
  try {
    return JSON.parse(localStorage.getItem(name(ticket)) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {number} ticket @param {Omit<Draft, 'at'> | null} draft null forgets */
export function keepDraft(ticket, draft) {
  try {
    if (draft && draft.text.trim()) localStorage.setItem(name(ticket), JSON.stringify({ ...draft, at: Date.now() }));
    else localStorage.removeItem(name(ticket));
  } catch {
    // refused: it lasts as long as the page
  }
}

/** At a shared computer nobody else may read them. */
export function forgetDrafts() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  } catch {
    // refused: there are none
  }
}
