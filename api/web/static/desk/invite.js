// Who opened the ticket, whether they have a way into the portal, and the invitation that gives them one.

import { h } from '../copilot/dom.js';
import { ask } from '../pages/desk.js';
import { ago, catalog, labelled, say, select, tell } from './context.js';

/** @import {TicketView} from './ticket.js' */

/** @param {TicketView} room @returns {HTMLElement} */
export function requesterBox(room) {
  const { requester, ticket, portal } = room.view;
  if (!requester) return h('section', { class: 'box' }, h('h3', {}, say('requester')), h('p', {}, say('nobody_yet')));
  const state = portal.has_account ? say('portal_account') : portal.invited_at ? say('portal_invited') : say('portal_none');
  return h('section', { class: 'box' }, h('h3', {}, say('requester')), h('p', {}, h('b', {}, requester.name)),
    h('p', {}, h('a', { href: `mailto:${requester.email}` }, requester.email)),
    ticket.account_id && h('p', {}, say('account'), ' ', ticket.account_id),
    requester.email && h('p', { class: 'portal-state' }, state, !portal.has_account && portal.invited_at && [' ', ago(portal.invited_at)]),
    requester.email && !portal.has_account && h('p', {}, h('button', { type: 'button', class: 'button quiet', 'data-act': 'invite', onclick: () => askForInvitation(room) }, say(portal.invited_at ? 'invite_again' : 'invite'))));
}

/** @param {TicketView} room */
function askForInvitation(room) {
  const { requester, ticket } = room.view;
  const name = h('input', { id: 'invite-name', maxlength: 255, autocomplete: 'off', value: requester.name === requester.email ? '' : requester.name });
  const account = h('input', { id: 'invite-account', maxlength: 128, autocomplete: 'off', value: ticket.account_id ?? '' });
  const language = select('invite-language', catalog.languages.map((/** @type {any} */ each) => [each.id, each.label]), ticket.language);
  const viewer = h('input', { type: 'checkbox', id: 'invite-viewer', checked: requester.account_viewer });
  const dialog = h('dialog', { 'aria-labelledby': 'invite-title', onclose: () => dialog.remove() },
    h('form', { onsubmit: (/** @type {SubmitEvent} */ event) => room.guarded(event, async () => {
      dialog.close();
      const body = {
        email: requester.email, language: language.value, account_viewer: viewer.checked,
        ...(name.value.trim() && { name: name.value.trim() }), ...(account.value.trim() && { account_id: account.value.trim() }),
      };
      await ask('/identity/customers/invitations', { method: 'POST', body });
      await room.refresh();
      tell(say('invited', { email: requester.email }));
    }) }, h('h2', { id: 'invite-title' }, say('invite_title', { email: requester.email })), h('p', {}, say('invite_note')),
    labelled('invite-name', say('invite_name'), name), labelled('invite-account', say('invite_account'), account),
    labelled('invite-language', say('invite_language'), language),
    h('p', {}, h('label', { class: 'tick' }, viewer, ' ', say('invite_viewer'))),
    h('p', { class: 'acts' }, h('button', { class: 'button' }, say('invite_send')), h('button', { type: 'button', class: 'button quiet', onclick: () => dialog.close() }, say('cancel')))));
  document.body.append(dialog);
  dialog.showModal();
}
