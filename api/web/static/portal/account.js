// The customer's account: the password, the sessions, what is known of them.

import { h } from '../copilot/dom.js';
import { address, ask, complain, language, lookWho, me, Refusal, tell, text } from './context.js';
import { forget } from './signing-in.js';

/** A password box with its hint and a way to see what is typed. @param {string} id @param {string} label @param {'new-password' | 'current-password'} kind */
export function passwordBox(id, label, kind) {
  const fresh = kind === 'new-password';
  const box = h('input', { id, name: id, type: 'password', autocomplete: kind, required: true, minlength: fresh ? 12 : null, 'aria-describedby': fresh ? `${id}-hint` : null });
  const seen = h('input', { type: 'checkbox', id: `${id}-seen`, onchange: () => {
    box.type = seen.checked ? 'text' : 'password';
  } });
  return [h('label', { for: id }, label), ...(fresh ? [h('p', { id: `${id}-hint` }, text('password_hint'))] : []), box,
    ...(fresh ? [h('p', { class: 'check' }, seen, h('label', { for: `${id}-seen` }, text('show_password')))] : [])];
}

/** @returns {HTMLElement} */
export function account() {
  const { email, name, account_id: id, account_viewer: viewer, platforms, has_password: has } = me();
  /** @param {Event | null} event @param {() => Promise<unknown>} work */
  const guarded = async (event, work) => {
    event?.preventDefault();
    complain('');
    tell('');
    try {
      await work();
    } catch (error) {
      complain((error instanceof Refusal && error.message) || text('broken'));
    }
  };
  const facts = /** @type {[string, string | null | false][]} */ ([['email', [name, email].filter(Boolean).join(' · ')], ['your_account', id], ['your_platforms', id ? platforms.join(', ') : '']]);
  const change = h('form', { class: 'sign-in', onsubmit: (/** @type {Event} */ event) => guarded(event, async () => {
    const data = Object.fromEntries(new FormData(change));
    await ask('/identity/password/change', { method: 'POST', body: { current_password: data['current'], password: data['new'] } });
    change.reset();
    tell(text('password_changed'));
  }) },
  h('h2', {}, text('change_password')),
  h('input', { type: 'email', autocomplete: 'username', value: email ?? '', hidden: true, readonly: true }),
  ...passwordBox('current', text('current_password'), 'current-password'), ...passwordBox('new', text('new_password'), 'new-password'),
  h('button', { class: 'button' }, text('change_password')));
  const first = h('div', { class: 'sign-in' }, h('h2', {}, text('password_heading')), h('p', {}, text('no_password')),
    h('button', { type: 'button', class: 'button', onclick: () => guarded(null, async () => {
      await ask('/identity/password/links', { method: 'POST', body: { email, language } });
      tell(text('link_sent', { email: email ?? '' }));
    }) }, text('send_link')));
  return h('div', { class: 'account' },
    h('dl', { class: 'facts' }, ...facts.filter(([, value]) => value).flatMap(([key, value]) => [h('dt', {}, text(key)), h('dd', {}, value)])),
    viewer && h('p', {}, text('sees_account')),
    has ? change : first,
    h('div', { class: 'sign-in' }, h('h2', {}, text('everywhere')), h('p', {}, text('everywhere_note')),
      h('button', { type: 'button', class: 'button', onclick: () => guarded(null, async () => {
        await ask('/identity/sessions/everywhere', { method: 'DELETE' });
        forget();
        location.assign(address('/portal'));
      }) }, text('everywhere'))));
}

/** The room that a mailed link leads to. @param {(email: string | null) => unknown} entered @returns {Promise<HTMLElement>} */
export async function choosePassword(entered) {
  // Taken out of the address at once: it must not stay in the history.
  const token = location.hash.slice(1) || String(history.state?.token ?? '');
  history.replaceState({ token }, '', location.pathname + location.search);
  const over = (/** @type {string} */ said) => h('div', { class: 'sign-in' }, h('p', { role: 'alert' }, said), h('a', { class: 'button', href: address('/portal') }, text('ask_again')));
  /** @type {{email: string, purpose: string}} */
  let link;
  try {
    link = await ask('/identity/password/links/check', { method: 'POST', body: { token: token || '-' } });
  } catch (error) {
    return over((error instanceof Refusal && error.message) || text('broken'));
  }
  const form = h('form', { class: 'sign-in', onsubmit: async (/** @type {Event} */ event) => {
    event.preventDefault();
    complain('');
    try {
      await ask('/identity/password', { method: 'PUT', body: { token, password: String(new FormData(form).get('new')) } });
      history.replaceState(null, '');
      await lookWho();
      await entered(me().email);
    } catch (error) {
      complain((error instanceof Refusal && error.message) || text('broken'));
    }
  } },
  link.purpose === 'invitation' && h('p', {}, text('welcome')),
  h('label', { for: 'email' }, text('email')), h('input', { id: 'email', type: 'email', autocomplete: 'username', value: link.email, readonly: true }),
  ...passwordBox('new', text('new_password'), 'new-password'),
  h('button', { class: 'button' }, text('save_password')));
  return form;
}
