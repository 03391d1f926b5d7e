// Who is asking: an address, and the code that was mailed to it. Two steps of every form that needs them.

import { ChatError } from './chat-client.js';
import { h } from './dom.js';

/** @import {Words} from './words.js' */

/**
 * A labelled control with room for what is wrong with it.
 *
 * @param {string} id
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [help]
 */
export function field(id, label, control, help = '') {
  control.id = id;
  control.setAttribute('aria-describedby', `${id}-help ${id}-wrong`);
  return h('p', { class: 'field', 'data-field': id }, h('label', { for: id }, label), control,
    h('span', { class: 'help', id: `${id}-help` }, help), h('span', { class: 'wrong', id: `${id}-wrong` }));
}

/** Says what is wrong with a field, or with '' that nothing is. @param {Element | null | undefined} row @param {string} text */
export function object(row, text) {
  const wrong = row?.querySelector('.wrong');
  const control = row?.querySelector('input, select, textarea');
  if (!wrong || !control) return;
  wrong.textContent = text;
  if (text) control.setAttribute('aria-invalid', 'true');
  else control.removeAttribute('aria-invalid');
}

/**
 * Asks for the address, mails the code, asks for the code; `proven` is called once it was right.
 *
 * @param {Words} words
 * @param {{request: (email: string) => Promise<unknown>, verify: (code: string) => Promise<unknown>}} api
 * @param {() => unknown} proven
 * @param {(text: string) => void} tell what concerns no field
 */
export function proof(words, api, proven, tell) {
  const email = h('input', { type: 'email', autocomplete: 'email', required: true });
  const code = h('input', { inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 12, required: true });
  const address = field('proof-email', words.text('email'), email);
  const digits = field('proof-code', words.text('code'), code);
  const send = h('button', { type: 'submit', class: 'choice' }, words.text('send_code'));
  const other = h('button', { type: 'button', class: 'textual', onclick: () => step(false) }, words.text('other_email'));
  const form = h('form', { class: 'proof', novalidate: true, onsubmit: (/** @type {Event} */ event) => void submit(event) }, address, digits, h('p', { class: 'buttons' }, send, other));
  let asked = false;

  /** @param {boolean} now */
  function step(now) {
    asked = now;
    address.hidden = now;
    digits.hidden = !now;
    other.hidden = !now;
    send.textContent = words.text(now ? 'confirm_code' : 'send_code');
    tell('');
    if (form.isConnected) (now ? code : email).focus();
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    const [control, row] = asked ? [code, digits] : [email, address];
    object(row, control.value.trim() ? '' : words.text('form_missing'));
    if (!control.value.trim()) return control.focus();
    send.disabled = true;
    try {
      if (asked) {
        await api.verify(code.value.trim());
        await proven();
      } else {
        await api.request(email.value.trim());
        step(true);
        tell(words.text('code_sent', { email: email.value.trim() }));
      }
    } catch (error) {
      object(row, (error instanceof ChatError && error.message) || words.text('form_failed'));
      control.focus();
    } finally {
      send.disabled = false;
    }
  }

  step(false);
  return form;
}
