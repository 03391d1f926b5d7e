// An article in place, below the passage that was found in it. It comes as a tree of plain values: no string of it is
// ever parsed as markup, so there is nothing that a policy for Trusted Types would have to let through.

import { h, icon } from './dom.js';
import { safeUrl } from './text.js';

/** @import {Article, Branch, Passage} from './types.js' */
/** @import {Words} from './words.js' */

const TAGS = new Set(('p h2 h3 h4 h5 h6 ul ol li strong em b i s del code pre kbd sub sup mark blockquote br hr a img aside '
  + 'table thead tbody tr th td div span dl dt dd figure figcaption').split(' '));

/**
 * A button that unfolds the article and folds it again, and the place where it unfolds.
 *
 * @param {Passage} passage
 * @param {{words: Words, base: string, article: (passage: Passage) => Promise<Article>, opened: (passage: Passage) => void}} scene
 * @returns {[HTMLButtonElement, HTMLElement]}
 */
export function unfolding(passage, { words, base, article, opened }) {
  const place = h('div', { class: 'whole', part: 'article', lang: passage.locale, hidden: true, role: 'region', 'aria-label': passage.title });
  const label = h('span', {}, words.text('read_here'));
  const button = h('button', { type: 'button', class: 'unfold', 'aria-expanded': 'false', onclick: () => void turn() }, icon('article'), label);
  const turn = async () => {
    const open = place.hidden;
    if (open && !place.querySelector('.body')) {
      button.setAttribute('aria-busy', 'true');
      try {
        const home = safeUrl(passage.url, base) ?? base;
        place.replaceChildren(h('div', { class: 'body' }, ...built((await article(passage)).body, home)));
        markPassage(place, passage);
        opened(passage);
      } catch {
        place.replaceChildren(h('p', { role: 'alert' }, words.text('article_failed')));
      }
      button.removeAttribute('aria-busy');
    }
    place.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
    label.textContent = words.text(open ? 'read_less' : 'read_here');
    ((open && (place.querySelector('.hit') ?? place)) || button).scrollIntoView({ block: 'nearest' });
  };
  return [button, place];
}

/** @param {Branch[]} branches @param {string} base @returns {(Node | string)[]} what is not on the list is left out, its texts stay */
export function built(branches, base) {
  return branches.flatMap((branch) => {
    if (typeof branch === 'string') return [branch];
    if (!Array.isArray(branch)) return [];
    const [tag, attributes, ...children] = branch;
    if (tag === 'script' || tag === 'style') return [];
    const inside = built(children, base);
    if (!TAGS.has(tag)) return inside;
    const href = tag === 'a' ? safeUrl(attributes?.['href'], base) : null;
    const src = tag === 'img' ? safeUrl(attributes?.['src'], base) : null;
    if ((tag === 'a' && !href) || (tag === 'img' && !src)) return inside;
    const element = h(/** @type {'p'} */ (tag), {
      href, src, alt: tag === 'img' ? (attributes?.['alt'] ?? '') : null, loading: src && 'lazy', start: tag === 'ol' ? attributes?.['start'] : null,
      class: tag === 'aside' ? 'callout' : null, 'data-kind': tag === 'aside' ? attributes?.['class'] : null,
      'data-anchor': /^h\d$/.test(tag) ? attributes?.['id'] : null,
      ...(href && { target: '_blank', rel: 'noopener noreferrer' }),
    }, ...inside);
    // A wide table scrolls, and who has no mouse can scroll it, too.
    return tag === 'table' ? [h('div', { class: 'wide', tabindex: '0' }, element)] : [element];
  });
}

/** Marks the blocks of which the passage's excerpt was made. @param {HTMLElement} place @param {Passage} passage */
function markPassage(place, { snippet, url }) {
  const lines = snippet.split('\n').map((line) => folded(line.replace(/^(\d+\.|-) /, ''))).filter((line) => line.length > 3);
  let from = 0;
  const blocks = [...place.querySelectorAll('p, li, pre, td, h2, h3, h4')];
  const anchor = url.split('#')[1];
  if (anchor) from = Math.max(0, blocks.findIndex((block) => [anchor, encodeURIComponent(anchor)].includes(encodeURIComponent(block.getAttribute('data-anchor') ?? ''))));
  const isHit = (/** @type {Element} */ block) => {
    const text = folded(block.textContent ?? '');
    return text.length > 3 && lines.some((line) => text.includes(line) || line.includes(text));
  };
  const hits = blocks.slice(from).filter(isHit);
  for (const block of hits.length ? hits : blocks.filter(isHit)) block.classList.add('hit');
}

/** @param {string} text */
function folded(text) {
  return text.replace(/\s+/g, ' ').trim().toLowerCase();
}
