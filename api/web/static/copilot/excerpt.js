// The words of an article, as they stand there: what was asked for is marked, steps are a list, code stays code.

import { h } from './dom.js';

/** @import {Passage} from './types.js' */

/** @param {Passage} passage @returns {HTMLElement} */
export function excerpt({ snippet, locale, highlights = [], steps = [], code = [] }) {
  const letters = [...snippet]; // the api counts characters; strings count UTF-16 units
  /** @param {number} start @param {number} end */
  const words = (start, end) => letters.slice(start, end).join('');

  /** @param {number} start @param {number} end */
  const marked = (start, end) => {
    /** @type {(Node | string)[]} */
    const parts = [];
    for (const [from, to] of highlights) {
      if (from < start || to > end) continue;
      parts.push(words(start, from), h('mark', {}, words(from, to)));
      start = to;
    }
    return [...parts, words(start, end)];
  };

  /** @param {number} start @param {number} end */
  const blocks = (start, end) => {
    /** @type {HTMLElement[]} */
    const parts = [];
    for (let at = start; at < end;) {
      const block = code.find(([from]) => from === at);
      const line = letters.indexOf('\n', at);
      const last = block ? block[1] : line < 0 ? end : Math.min(line, end);
      if (block) parts.push(h('pre', {}, h('code', {}, ...marked(at, last))));
      else if (words(at, at + 2) === '- ') {
        const item = h('li', {}, ...marked(at + 2, last));
        const list = parts.at(-1);
        if (list instanceof HTMLUListElement) list.append(item);
        else parts.push(h('ul', {}, item));
      } else if (last > at) parts.push(h('p', {}, ...marked(at, last)));
      at = last + 1;
    }
    return parts;
  };

  const box = h('div', { class: 'snippet', lang: locale });
  const first = steps[0];
  if (!first) box.append(...blocks(0, letters.length));
  else { // an excerpt ends with its steps
    const items = steps.map((step) => h('li', {}, ...blocks(step.start, step.end)));
    box.append(...blocks(0, first.start - `${first.number}. `.length), h('ol', { start: first.number }, ...items));
  }
  return box;
}
