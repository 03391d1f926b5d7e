// How a customer gets in: by password, by a mailed code, or as the customer of a conversation that this browser holds.

import { h } from '../copilot/dom.js';
import { ask, complain, language, lookWho, me, Refusal, text, the } from './context.js';

// Put here by the form for visitors: the token of whoever has proven an address.
const KEPT = 'copilot:portal';

/** @returns {string[]} tokens of conversations that this browser holds */
function tokensHere() {
  try {
    const kept = sessionStorage.getItem(KEPT);
    const prefix = `copilot:${location.origin}:`;
    const conversations = Object.keys(localStorage).filter((key) => key.startsWith(prefix) && key.endsWith(':conversation'));
    const tokens = conversations.map((key) => JSON.parse(localStorage.getItem(key) ?? 'null')?.token);
    return [kept, ...tokens].filter((one) => typeof one === 'string' && one !== '');
  } catch {
    return [];
  }
}

/** Signs in with a conversation whose customer is proven. @param {string} token @returns {Promise<boolean>} */
export async function signInBy(token) {
  try {
    const { verified } = await ask('/identity/me', { token });
    if (!verified) return false;
    await ask('/identity/sessions/conversation', { method: 'POST', token });
    await lookWho();
    return me().signed_in;
  } catch (error) {
    if (error instanceof Refusal) return false; // a token that is over
    throw error;
  }
}

/** Whether this browser knows who is there. A conversation that is not verified is no secret that would be tried in vain. */
export async function recognised() {
  if (me().signed_in) {
    // Another token for an old session; whether it worked is seen with the next page.
    void ask('/identity/sessions/renew', { method: 'POST' }).catch(() => {});
    return true;
  }
  for (const token of tokensHere()) if (await signInBy(token)) return true;
  return false;
}

/** Forgets everybody at this browser. */
export function forget() {
  try {
    sessionStorage.clear();
    // The widget's conversation is verified, too: signing out at a shared computer must forget it.
    for (const key of Object.keys(localStorage)) if (key.startsWith(`copilot:${location.origin}:`)) localStorage.removeItem(key);
  } catch {
    // refused: there is nothing to forget
  }
}

/**
 * @param {(email: string | null) => unknown} entered
 * @param {string} [intro]
 * @returns {HTMLElement} the forms, one at a time
 */
export function signInPanel(entered, intro = '') {
  const place = h('section', { class: 'sign-in-panel', 'aria-labelledby': 'sign-in-heading' });
  let email = '';
  /** @type {string} */
  let token = '';

  /** @param {Event} event @param {() => Promise<unknown>} work */
  async function guarded(event, work) {
    event.preventDefault();
    complain('');
    const button = /** @type {HTMLFormElement} */ (event.target).querySelector('button');
    if (button) button.disabled = true;
    try {
      await work();
    } catch (error) {
      complain((error instanceof Refusal && error.message) || text('broken'));
    } finally {
      if (button) button.disabled = false;
    }
  }

  const field = (/** @type {string} */ id, /** @type {string} */ label, /** @type {Record<string, any>} */ attributes) =>
    [h('label', { for: id }, label), h('input', { id, name: id, required: true, ...attributes })];
  const other = (/** @type {string} */ label, /** @type {() => void} */ go) => h('button', { type: 'button', class: 'plain', onclick: () => {
    email = /** @type {HTMLInputElement | null} */ (place.querySelector('#email'))?.value ?? email;
    complain('');
    go();
    /** @type {HTMLInputElement | null} */ (place.querySelector('input'))?.focus();
  } }, label);
  const show = (/** @type {HTMLElement} */ form) => {
    place.replaceChildren(h('h2', { id: 'sign-in-heading' }, text('sign_in_heading')), ...(intro ? [h('p', { class: 'quiet' }, intro)] : []), form);
    const address = /** @type {HTMLInputElement | null} */ (place.querySelector('#email'));
    if (address) address.value = email;
  };

  function byPassword() {
    const form = h('form', { class: 'sign-in', onsubmit: (/** @type {Event} */ event) => guarded(event, async () => {
      const data = new FormData(form);
      email = String(data.get('email'));
      await ask('/identity/sessions', { method: 'POST', body: { email, password: String(data.get('password')) } });
      await lookWho();
      await entered(me().email);
    }) },
    ...field('email', text('email'), { type: 'email', autocomplete: 'username' }),
    ...field('password', text('password'), { type: 'password', autocomplete: 'current-password' }),
    h('button', { class: 'button' }, text('sign_in')), other(text('use_code'), byCode), other(text('forgot'), byLink));
    show(form);
  }

  function byCode() {
    const form = h('form', { class: 'sign-in', onsubmit: (/** @type {Event} */ event) => guarded(event, async () => {
      email = String(new FormData(form).get('email'));
      if (!token) ({ token } = await ask('/identity/visitors', { method: 'POST', body: { language } }));
      await ask('/identity/codes', { method: 'POST', token, body: { email } });
      withCode();
      /** @type {HTMLInputElement | null} */ (place.querySelector('#code'))?.focus();
    }) },
    h('p', {}, text('code_intro')), ...field('email', text('email'), { type: 'email', autocomplete: 'email' }),
    h('button', { class: 'button' }, text('send_code')), other(text('use_password'), byPassword));
    show(form);
  }

  function withCode() {
    const form = h('form', { class: 'sign-in', onsubmit: (/** @type {Event} */ event) => guarded(event, async () => {
      await ask('/identity/codes/verify', { method: 'POST', token, body: { code: String(new FormData(form).get('code')).trim() } });
      if (!await signInBy(token)) throw new Refusal(401, '');
      await entered(me().email);
    }) },
    h('p', { role: 'status' }, text('code_sent', { email })),
    ...field('code', text('code'), { inputmode: 'numeric', autocomplete: 'one-time-code' }),
    h('button', { class: 'button' }, text('verify')), other(text('other_email'), byCode));
    show(form);
  }

  function byLink() {
    const form = h('form', { class: 'sign-in', onsubmit: (/** @type {Event} */ event) => guarded(event, async () => {
      email = String(new FormData(form).get('email'));
      await ask('/identity/password/links', { method: 'POST', body: { email, language } });
      form.replaceChildren(h('p', { role: 'status', tabindex: '-1' }, text('link_sent', { email })), other(text('back'), byPassword));
      /** @type {HTMLElement | null} */ (form.querySelector('p'))?.focus();
    }) },
    h('p', {}, text('link_intro')), ...field('email', text('email'), { type: 'email', autocomplete: 'username' }),
    h('button', { class: 'button' }, text('send_link')), other(text('back'), byPassword));
    show(form);
  }

  byPassword();
  return place;
}

/** Shows who is signed in. */
export function showWho() {
  const { signed_in: yes, email } = me();
  the('.who').hidden = the('#account-link').hidden = !yes;
  the('.who span').textContent = email ? text('signed_in', { email }) : '';
}
