// What every room of the portal needs: who is there, the words, the api.

import { Words } from '../copilot/words.js';
import { ask as plainAsk, the } from '../pages/desk.js';

export { complain, Refusal, statusOf, the, when } from '../pages/desk.js';

/** @import {CatalogJson} from '../copilot/types.js' */

/** @typedef {{signed_in: boolean, email: string | null, name: string | null, account_id: string | null, account_viewer: boolean, has_password: boolean, platforms: string[], counts: Record<string, number>}} Me */

// Tells the api to look at the customer's sign-in, should staff be signed in at this browser as well.
export const FACE = { 'Copilot-Face': 'portal' };
export const language = document.documentElement.lang;

/** @param {string} path @param {{method?: string, body?: unknown, token?: string, headers?: Record<string, string>}} [options] */
export function ask(path, options = {}) {
  return plainAsk(path, { ...options, headers: { ...FACE, ...options.headers } });
}

const [catalog, found] = await Promise.all([plainAsk(`/portal/catalog?language=${language}`), ask('/portal/data/me')]);
/** @type {Me} */
let who = found;

export const words = new Words(/** @type {CatalogJson} */ (catalog), 'portal');
/** @param {string} key @param {Record<string, string | number>} [values] */
export const text = (key, values) => words.text(key, values);

export const me = () => who;

/** Asks again who is signed in. */
export async function lookWho() {
  who = await ask('/portal/data/me');
}

/** An address of the portal in the page's language. @param {string} path @param {Record<string, string>} [query] */
export function address(path, query = {}) {
  return `${path}?${new URLSearchParams({ ...query, lang: language })}`;
}

/** @param {string} heading also of the window @param {string} [about] in the window's title only */
export function head(heading, about = '') {
  the('h1').textContent = heading;
  document.title = [about || heading, text('page_title')].filter((each, at, all) => all.indexOf(each) === at).join(' · ');
}

/** Tells, once, what was done. @param {string} said */
export function tell(said) {
  the('#told').textContent = said;
}

/** @param {string | null} support @param {string | null} category @param {string | null} subcategory */
export function matterOf(support, category, subcategory) {
  const named = category ? words.label('categories', category) : support ? labelOf('support_types', support) : '';
  return [named, subcategory && words.label('subcategories', subcategory)].filter(Boolean).join(' › ');
}

/** @param {string} list @param {string} id */
export function labelOf(list, id) {
  const entries = /** @type {{id: string, label: string}[] | undefined} */ (words.catalog?.[list]);
  return entries?.find((each) => each.id === id)?.label ?? id;
}
