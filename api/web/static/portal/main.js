// The portal: which room is open, and whether whoever stands there may come in.

import { h } from '../copilot/dom.js';
import { mountTicketForm } from '../pages/ticket-form.js';
import { account, choosePassword } from './account.js';
import { address, ask, complain, head, language, me, text, the, words } from './context.js';
import { cards } from './home.js';
import { ticketList } from './list.js';
import { forget, recognised, showWho, signInBy, signInPanel } from './signing-in.js';
import { ticketRoom } from './ticket.js';

const shown = the('#shown');
const ticketId = location.pathname.match(/^\/portal\/tickets\/(\d+)/)?.[1];
const room = ticketId ? 'ticket' : location.pathname.split('/')[2] ?? '';
let open = new AbortController();

async function enter() {
  open.abort();
  open = new AbortController();
  complain('');
  showWho();
  if (ticketId) shown.replaceChildren(await ticketRoom(ticketId, open.signal));
  else if (room === 'account') {
    head(text('account'));
    shown.replaceChildren(account());
  } else if (room === 'new') await newTicket();
  else home();
}

function home() {
  head(text('page_title'));
  shown.replaceChildren(cards(), ticketList(open.signal));
}

/** What somebody sees who is not known: the door, and the cards for visitors. */
function door() {
  showWho();
  head(text(ticketId ? 'tickets' : 'page_title'));
  const panel = signInPanel(() => enter(), room === '' ? text('no_account') : '');
  shown.replaceChildren(h('div', { class: 'door' }, panel, ...(ticketId || room === 'account' ? [] : [cards()])));
}

async function newTicket() {
  const query = new URLSearchParams(location.search);
  /** @param {string} name */
  const given = (name) => query.get(name) ?? '';
  // `type` may name either: the card, or the kind of support.
  const types = /** @type {{id: string}[]} */ (words.catalog?.['support_types'] ?? []).slice(1).map(({ id }) => id);
  const type = given('type');
  const category = given('category') || (types.includes(type) ? '' : type);
  const supportType = given('support_type') || (types.includes(type) ? type : '');
  const fields = ['title', 'description', 'platform', 'subcategory', 'purpose', 'subject', 'users_affected', 'impact', 'environment'];
  const values = Object.fromEntries(fields.map((name) => [name, given(name)]).filter(([, value]) => value));
  const followup = /^\d{1,9}$/.test(given('followup')) && me().signed_in
    ? await ask(`/portal/data/tickets/${given('followup')}`).then(({ ticket }) => ({ id: ticket.id, subject: ticket.subject }), () => null) : null;
  const formText = (/** @type {string} */ key) => String(words.catalog?.web[`ticket_form.${key}`] ?? '');
  head(followup ? formText('followup_heading').replace('{id}', String(followup.id)) : formText('heading'));
  const place = h('div', { class: 'sheet', 'data-unavailable': shown.dataset['unavailable'] ?? null, 'data-again': shown.dataset['again'] ?? null });
  shown.replaceChildren(place);
  await mountTicketForm(place, {
    language,
    values,
    ...(category && { category }),
    ...(!category && supportType && { supportType }),
    ...(followup && { followup }),
    onMatter: (matter) => {
      const key = types.includes(matter) ? 'support_type' : 'category';
      history.replaceState(null, '', address('/portal/new', matter ? { [key]: matter } : {}));
    },
    onVerified: async (token) => {
      await signInBy(token);
      showWho();
    },
    ticketUrl: (id) => address(`/portal/tickets/${id}`),
  });
}

the('#sign-out').addEventListener('click', async () => {
  await ask('/identity/sessions', { method: 'DELETE' }).catch(() => {});
  forget();
  location.assign(address('/portal'));
});

for (const link of document.querySelectorAll('.rooms a')) {
  if (link instanceof HTMLAnchorElement && link.pathname === location.pathname) link.setAttribute('aria-current', 'page');
}

try {
  if (room === 'password') {
    head(text('password_heading'));
    shown.replaceChildren(await choosePassword(() => location.assign(address('/portal'))));
  } else if (await recognised()) await enter();
  else if (room === 'new') {
    showWho();
    await newTicket();
  } else door();
} catch (error) {
  complain(text('broken'));
  throw error;
}
