// What a browser keeps of one widget, by names that part sites, channels and people.

/**
 * Whom a token speaks of: parts the conversations of two people at one browser, and proves nothing (the api does).
 *
 * @param {string | null} token
 * @returns {string}
 */
export function subject(token) {
  if (!token) return '';
  try {
    const claims = JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')));
    return String(claims.sub ?? '');
  } catch {
    return '?';
  }
}

/** Where all begins that is kept for who is there now. @param {Element} element @param {string} origin of the api */
export function prefixOf(element, origin) {
  const of = (/** @type {string} */ name) => element.getAttribute(name);
  return `copilot:${origin}:${of('widget-key') ?? ''}:${of('channel') ?? 'widget'}:${subject(of('identity'))}:`;
}

/**
 * Whether the panel is open in this tab; sets it where `open` is given.
 *
 * @param {string} prefix
 * @param {boolean} [open]
 */
export function keptOpen(prefix, open) {
  try {
    if (open === true) sessionStorage.setItem(`${prefix}open`, '1');
    else if (open === false) sessionStorage.removeItem(`${prefix}open`);
    return sessionStorage.getItem(`${prefix}open`) === '1';
  } catch {
    return false;
  }
}

/** Nothing of it stays in this browser. @param {string} prefix */
export function forgetKept(prefix) {
  keptOpen(prefix, false);
  try {
    for (const name of ['conversation', 'outbox', 'seen']) localStorage.removeItem(prefix + name);
  } catch {
    // refused: then nothing was kept either
  }
}
