// DOM building. Text becomes text nodes and nothing else, so no message can turn into markup, and a page that
// enforces Trusted Types has nothing to object to.

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {string | number | boolean | null | undefined | ((event: any) => void)} Value */

/**
 * Makes an element. `on...` values are listeners; `true` is an empty attribute; `false`, `null`, `undefined` are none.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, Value>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

const PATHS = {
  chat: 'M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.3 4.6 3.4 6l-.6 3.3 3.6-1.9c.8.2 1.7.3 2.6.3 5 0 9-3.4 9-7.7s-4-7.7-9-7.7Z M8.2 11.2h.01 M12 11.2h.01 M15.8 11.2h.01',
  close: 'M6 6l12 12 M18 6L6 18',
  send: 'M4.5 12h14 M12.5 6l6 6-6 6',
  attach: 'M19.5 11.2l-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l7.9-7.9a3.1 3.1 0 0 1 4.3 4.3l-7.8 7.9a1.5 1.5 0 0 1-2.2-2.2l7-7',
  again: 'M19.5 12a7.5 7.5 0 1 1-2.3-5.4 M19.8 3.6v4h-4',
  plus: 'M12 5.5v13 M5.5 12h13',
  out: 'M13.5 5h5.5v5.5 M19 5l-8.5 8.5 M17 14v4.5H5.5V7H10',
  article: 'M6.5 4h8l3.5 3.5V20h-11.5z M9.5 11h5.5 M9.5 14.5h5.5',
  ticket: 'M4 8h16v3a1.6 1.6 0 0 0 0 3.2V17H4v-2.8A1.6 1.6 0 0 0 4 11z M14 8v9',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  file: 'M7 3.5h6.5L18 8v12.5H7z M13.5 3.5V8H18',
};

/**
 * A line icon of 24 x 24 units, hidden from assistive technology: the control around it carries the name.
 *
 * @param {keyof typeof PATHS} name
 */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
