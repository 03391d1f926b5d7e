// The first room: the cards with the quick classification, and the tickets.

import { h } from '../copilot/dom.js';
import { address, text, words } from './context.js';

/** @typedef {{id: string, label: string, card: {emoji: string, question: string, use: string}, emergency: boolean}} CardCategory */

/** The cards, worded by the catalog. */
export function cards() {
  const categories = /** @type {CardCategory[]} */ (words.catalog?.['categories'] ?? []);
  const others = /** @type {{id: string, label: string}[]} */ (words.catalog?.['support_types'] ?? []).slice(1);
  return h('section', { class: 'choose', 'aria-labelledby': 'choose' },
    h('h2', { id: 'choose' }, text('choose')),
    h('p', { class: 'quiet' }, text('guide')),
    h('ul', { class: 'cards' }, ...categories.map(({ id, label, card, emergency }) =>
      h('li', {}, h('a', { class: emergency ? 'card emergency' : 'card', href: address('/portal/new', { category: id }), 'data-category': id },
        h('span', { class: 'emoji', 'aria-hidden': 'true' }, card.emoji),
        h('span', { class: 'question' }, card.question),
        h('b', {}, label),
        h('span', { class: 'use' }, card.use))))),
    others.length > 0 && h('p', { class: 'others' }, h('span', {}, `${text('other_matters')}:`), ...others.map(({ id, label }) => h('a', { href: address('/portal/new', { support_type: id }) }, label))));
}

