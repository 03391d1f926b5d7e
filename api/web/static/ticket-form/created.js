// The pop-up that says that the ticket was created, with its number.

import { h, icon } from '../copilot/dom.js';

/**
 * @param {HTMLElement} place in which the dialog stands
 * @param {{heading: string, number: string, lines: string[], see: {label: string, href: string} | null, another: string, close: string}} said
 * @returns {Promise<'another' | 'closed'>} how it was left
 */
export function showCreated(place, { heading, number, lines, see, another, close }) {
  return new Promise((resolve) => {
    const id = `tf-created-${Math.random().toString(36).slice(2)}`;
    /** @type {'another' | 'closed'} */
    let left = 'closed';
    const leave = (/** @type {'another' | 'closed'} */ how) => () => {
      left = how;
      dialog.close();
    };
    const first = see
      ? h('a', { class: 'tf-button', href: see.href }, see.label)
      : h('button', { type: 'button', class: 'tf-button', onclick: leave('closed') }, close);
    const dialog = h('dialog', { class: 'tf-dialog', 'aria-labelledby': id },
      h('div', { class: 'tf-mark' }, icon('check')),
      h('h2', { id }, heading),
      h('p', { class: 'tf-number' }, number),
      ...lines.filter(Boolean).map((line) => h('p', {}, line)),
      h('div', { class: 'tf-row' }, first, h('button', { type: 'button', class: 'tf-button tf-second', onclick: leave('another') }, another)));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(left);
    });
    place.append(dialog);
    dialog.showModal();
    first.focus();
  });
}
