// What people wrote, as nodes: addresses in it can be followed where they are harmless.

import { h } from './dom.js';

/**
 * The address if it may be followed, else null: `javascript:` and its relatives never reach an `href`.
 *
 * @param {string | null | undefined} url
 * @param {string} base
 */
export function safeUrl(url, base) {
  if (!url) return null;
  try {
    const { href, protocol } = new URL(url, base);
    return protocol === 'https:' || protocol === 'http:' ? href : null;
  } catch {
    return null;
  }
}

const LINK = /https?:\/\/[^\s<>"')\]]*[^\s<>"')\].,;:!?]/g;

/**
 * Plain text as paragraphs: blank lines part them, addresses become links.
 *
 * @param {string} text
 * @returns {HTMLElement[]}
 */
export function paragraphs(text) {
  return text.split(/\n{2,}/).filter((part) => part.trim() !== '').map((part) => {
    const paragraph = h('p');
    let from = 0;
    for (const match of part.matchAll(LINK)) {
      const href = safeUrl(match[0], 'https://invalid.example');
      paragraph.append(part.slice(from, match.index));
      paragraph.append(href ? h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, match[0]) : match[0]);
      from = match.index + match[0].length;
    }
    paragraph.append(part.slice(from));
    return paragraph;
  });
}
