// The agents' desk: signs in, shows the part that the address names, follows the news, and hears the keyboard.

import { h } from '../copilot/dom.js';
import { ask, complain, Refusal, the } from '../pages/desk.js';
import { follow } from '../pages/live.js';
import { say, session, tell } from './context.js';
import { forgetDrafts } from './drafts.js';
import { showMacros } from './macros.js';
import { countMails, showMails } from './mails.js';
import { showNotices } from './notices.js';
import { showQueue } from './queue.js';
import { TicketView } from './ticket.js';

// The sign-in itself is a cookie that no script can read; this only remembers that there may be one.
const SIGNED_IN = 'copilot:staff';
// Many acts at once are one look.
const CALM_MS = 250;

const shown = the('#shown');
const signIn = /** @type {HTMLFormElement} */ (the('#sign-in'));
const search = /** @type {HTMLFormElement} */ (the('#search'));
const ticketId = Number(location.pathname.match(/\/tickets\/(\d+)/)?.[1] ?? 0);

/** @type {import('./queue.js').View | null} */
let queue = null;
/** @type {TicketView | null} */
let room = null;
let following = new AbortController();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon;

/** @param {boolean} yes */
function remember(yes) {
  try {
    if (yes) localStorage.setItem(SIGNED_IN, '1');
    else localStorage.removeItem(SIGNED_IN);
  } catch {
    // refused: the form is shown again next time
  }
}

function remembered() {
  try {
    return localStorage.getItem(SIGNED_IN) === '1';
  } catch {
    return false;
  }
}

/** What is open stays on the page: what was typed there is wanted again. */
function showSignIn() {
  remember(false);
  following.abort();
  shown.hidden = search.hidden = the('#rooms').hidden = the('.who').hidden = true;
  signIn.hidden = false;
  the('#email').focus();
}

async function enter() {
  session.people = await ask('/desk/data/people');
  remember(true);
  signIn.hidden = true;
  shown.hidden = search.hidden = the('#rooms').hidden = the('.who').hidden = false;
  the('.who span').textContent = session.people?.me.name ?? '';
  if (room) await room.refresh();
  else await show();
  if (!queue) countMails((await ask('/desk/data/queues')).mails);
  following.abort();
  following = new AbortController();
  follow('/desk/events', heard, { gone: showSignIn, signal: following.signal });
}

async function show() {
  const path = location.pathname;
  for (const link of document.querySelectorAll('#rooms a')) {
    const to = new URL(/** @type {HTMLAnchorElement} */ (link).href).pathname;
    if (to === path || (to === '/desk' && ticketId)) link.setAttribute('aria-current', 'page');
  }
  if (path.startsWith('/desk/macros')) shown.replaceChildren(await showMacros(guarded));
  else if (path.startsWith('/desk/mails')) shown.replaceChildren(await showMails(guarded));
  else if (path.startsWith('/desk/notices')) shown.replaceChildren(await showNotices(guarded));
  else if (ticketId) {
    room = new TicketView(ticketId, guarded);
    await room.refresh();
    shown.replaceChildren(room.element);
  } else {
    const query = new URLSearchParams(location.search);
    search['q'].value = query.get('q') ?? '';
    queue = await showQueue(query, guarded);
    shown.replaceChildren(queue.element);
  }
}

/** @param {import('../pages/live.js').News | null} news */
function heard(news) {
  if (news && room && news.ticket_id !== ticketId) return;
  clearTimeout(soon);
  soon = setTimeout(() => void guarded(null, async () => {
    await room?.refresh();
    await queue?.refresh();
  }, true), CALM_MS);
}

/** Forms whose work is being done. @type {WeakSet<EventTarget>} */
const sent = new WeakSet();

/**
 * Does what was asked for; what goes wrong is told, and what was typed stays. A form does it once, however often it is pressed:
 * a notice would go out twice, and a ticket's second change would be refused as somebody else's.
 *
 * @param {Event | null} event
 * @param {() => Promise<unknown>} work
 * @param {boolean} [quiet] nobody asked for it: what was told last stays
 */
async function guarded(event, work, quiet = false) {
  event?.preventDefault();
  const form = event?.type === 'submit' ? event.currentTarget : null;
  if (form && sent.has(form)) return;
  if (form) sent.add(form);
  if (!quiet) {
    complain('');
    tell('');
  }
  try {
    await work();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401 && session.people) {
      showSignIn();
      complain(say('signed_out'));
    } else if (error instanceof Refusal && error.status === 404) complain(say('missing'));
    else if (error instanceof Refusal && error.status === 403) complain(say('forbidden'));
    else complain((error instanceof Refusal && error.message) || say('broken'));
    document.querySelector('.problem')?.scrollIntoView({ block: 'nearest' });
  } finally {
    if (form) sent.delete(form);
  }
}

/** @type {[string, string, () => void][]} key, its text, what it does */
const KEYS = [
  ['j', 'key_next', () => queue?.move(1)],
  ['k', 'key_previous', () => queue?.move(-1)],
  ['Enter', 'key_open', () => {}],
  ['r', 'key_reply', () => room?.act('reply')],
  ['n', 'key_note', () => room?.act('note')],
  ['a', 'key_assign', () => room?.act('assign')],
  ['s', 'key_solve', () => room?.act('solve')],
  ['/', 'key_search', () => the('#query').focus()],
  ['u', 'key_back', () => {
    if (ticketId) location.assign(/** @type {HTMLAnchorElement} */ (the('.brand')).href);
  }],
  ['?', 'key_help', () => showKeys()],
];

function showKeys() {
  const dialog = h('dialog', { 'aria-labelledby': 'keys-title', onclose: () => dialog.remove() },
    h('h2', { id: 'keys-title' }, say('keys')),
    h('dl', { class: 'keys' }, ...KEYS.flatMap(([key, text]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, say(text))]),
      h('dt', {}, h('kbd', {}, 'Ctrl'), '+', h('kbd', {}, 'Enter')), h('dd', {}, say('key_send'))),
    h('form', { method: 'dialog' }, h('button', { class: 'button' }, say('close'))));
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener('keydown', (event) => {
  // A closed dialog may hold the focus until the next frame: its keys are the page's again.
  const typing = /** @type {HTMLElement} */ (event.target).closest('input, textarea, select, dialog[open]');
  if (event.key === 'Escape' && typing?.matches('textarea, #query')) return /** @type {HTMLElement} */ (typing).blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !session.people || event.key === 'Enter') return;
  const found = KEYS.find(([key]) => key === event.key);
  if (!found) return;
  event.preventDefault();
  found[2]();
});

signIn.addEventListener('submit', (event) => guarded(event, async () => {
  const { email, password } = Object.fromEntries(new FormData(signIn));
  await ask('/identity/staff/sessions', { method: 'POST', body: { email, password } });
  signIn['password'].value = '';
  await enter();
}));
search.addEventListener('submit', (event) => {
  event.preventDefault();
  const wanted = search['q'].value.trim();
  const language = document.documentElement.lang;
  // A number is the ticket itself.
  const number = wanted.match(/^#?(\d{1,9})$/)?.[1];
  location.assign(number ? `/desk/tickets/${number}?lang=${language}` : `/desk?${new URLSearchParams({ ...(wanted && { q: wanted }), lang: language })}`);
});
the('#show-keys').addEventListener('click', showKeys);
the('#sign-out').addEventListener('click', () => guarded(null, async () => {
  await ask('/identity/staff/sessions', { method: 'DELETE' });
  forgetDrafts();
  session.people = null;
  room = queue = null;
  shown.replaceChildren();
  showSignIn();
}));

// The company's sign-in leads back here with a mark, on a device that may know of no sign-in yet.
if (location.hash === '#signed-in') history.replaceState(null, '', location.pathname + location.search);
else if (!remembered()) showSignIn();
if (signIn.hidden) {
  try {
    await enter();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) showSignIn();
    else if (error instanceof Refusal && error.status === 404) complain(say('missing'));
    else complain(error instanceof Refusal && error.status === 403 ? say('forbidden') : say('broken'));
  }
}
