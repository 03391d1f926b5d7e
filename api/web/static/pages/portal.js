// The customer's own tickets. The customer is known by a conversation whose address was verified: the one in which the
// ticket was opened in this browser, or one that is begun here with a mailed code.

import { h } from '../copilot/dom.js';
import { ask, categoryOf, complain, loadWords, Refusal, statusOf, table, the, when } from './desk.js';
import { follow } from './live.js';

const KEPT = 'copilot:portal';
const words = await loadWords('portal');
const shown = the('#shown');
const askForm = /** @type {HTMLFormElement} */ (the('#ask'));
const proveForm = /** @type {HTMLFormElement} */ (the('#prove'));
const language = document.documentElement.lang;
const wanted = location.pathname.match(/\/portal\/tickets\/(\d+)/)?.[1];

let following = new AbortController();
/** The token of a conversation that is under verification, then of the signed-in customer. */
let token = '';

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

/** @param {string} value '' forgets */
function keep(value) {
  token = value;
  try {
    if (value) sessionStorage.setItem(KEPT, value);
    else sessionStorage.removeItem(KEPT);
  } catch {
    // refused: signed in for as long as the page lasts
  }
}

async function begin() {
  for (const candidate of tokensHere()) {
    try {
      const me = await ask('/identity/me', { token: candidate });
      if (!me.verified) continue;
      keep(candidate);
      return enter(me.email);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // a token that is over: the next one
    }
  }
  askForm.hidden = false;
}

/** @param {string | null} email */
async function enter(email) {
  askForm.hidden = proveForm.hidden = true;
  the('.who').hidden = false;
  the('.who span').textContent = email ? words.text('signed_in', { email }) : '';
  if (wanted) await showTicket(wanted);
  else await showList();
}

async function showList() {
  /** @type {{requests: any[]}} */
  const { requests } = await ask('/api/v2/requests.json?sort=-updated_at', { token });
  if (!requests.length) return shown.replaceChildren(h('p', {}, words.text('empty')));
  const columns = ['number', 'subject', 'status', 'category', 'updated'].map((key) => words.text(key));
  shown.replaceChildren(table(words.text('heading'), columns, requests.map((ticket) => [
    String(ticket.id),
    h('a', { href: `/portal/tickets/${ticket.id}?lang=${language}` }, ticket.subject),
    statusOf(ticket.status, words),
    categoryOf(ticket, words),
    when(ticket.updated_at, language),
  ])));
}

/** Shows a ticket and follows what happens on it. @param {string} id */
async function showTicket(id) {
  const text = h('textarea', { id: 'reply', rows: 4, required: true });
  const reply = h('form', { class: 'reply', onsubmit: (/** @type {Event} */ event) => guarded(event, async () => {
    await ask(`/api/v2/requests/${id}.json`, { method: 'PUT', token, body: { request: { comment: { body: text.value } } } });
    text.value = '';
    await drawTicket(id, place, reply);
  }) }, h('label', { for: 'reply' }, words.text('reply')), text, h('button', { class: 'button' }, words.text('send')));
  const place = h('div');
  // Apart from what is drawn again: what is being typed stays as it is.
  shown.replaceChildren(place, reply);
  await drawTicket(id, place, reply);
  following.abort();
  following = new AbortController();
  follow(`/api/v2/requests/${id}/events`, () => void guarded(null, () => drawTicket(id, place, reply)), { token, signal: following.signal });
}

/** @param {string} id @param {HTMLElement} place @param {HTMLElement} reply */
async function drawTicket(id, place, reply) {
  const back = h('p', {}, h('a', { href: `/portal?lang=${language}` }, words.text('all')));
  let ticket;
  try {
    ({ request: ticket } = await ask(`/api/v2/requests/${id}.json`, { token }));
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 404) throw error;
    reply.hidden = true;
    return place.replaceChildren(h('p', {}, words.text('missing')), back);
  }
  /** @type {{comments: any[]}} */
  const { comments } = await ask(`/api/v2/requests/${id}/comments.json`, { token });
  /** @type {[string, string | Node][]} */
  const facts = [
    ['status', statusOf(ticket.status, words)],
    ['priority', ticket.priority ? words.label('priorities', ticket.priority) : ''],
    ['category', categoryOf(ticket, words)],
    ['opened', when(ticket.created_at, language)],
    ['updated', when(ticket.updated_at, language)],
  ];
  reply.hidden = ticket.status === 'closed';
  place.replaceChildren(
    back,
    h('p', { class: 'number' }, words.text('ticket', { id })),
    h('h2', { class: 'subject' }, ticket.subject),
    h('dl', { class: 'facts' }, ...facts.filter(([, value]) => value).flatMap(([key, value]) => [h('dt', {}, words.text(key)), h('dd', {}, value)])),
    h('h2', {}, words.text('messages')),
    ...comments.map((comment) => {
      const own = comment.author_id === ticket.requester_id;
      return h('section', { class: own ? 'comment' : 'comment support' },
        h('h3', {}, words.text(own ? 'you' : 'support'), when(comment.created_at, language)), h('p', {}, comment.plain_body));
    }),
  );
}

/**
 * Does what a form asks for; what goes wrong is told, and what was typed stays.
 *
 * @param {Event | null} event
 * @param {() => Promise<unknown>} work
 */
async function guarded(event, work) {
  event?.preventDefault();
  complain('');
  try {
    await work();
  } catch (error) {
    complain((error instanceof Refusal && error.message) || words.text('broken'));
  }
}

askForm.addEventListener('submit', (event) => guarded(event, async () => {
  const email = String(new FormData(askForm).get('email'));
  if (!token) ({ token } = await ask('/chat/conversations', { method: 'POST', body: { channel: 'helpcenter', language } }));
  await ask('/identity/codes', { method: 'POST', token, body: { email } });
  the('#sent').textContent = words.text('code_sent', { email });
  askForm.hidden = true;
  proveForm.hidden = false;
  the('#code').focus();
}));

proveForm.addEventListener('submit', (event) => guarded(event, async () => {
  const { email } = await ask('/identity/codes/verify', { method: 'POST', token, body: { code: String(new FormData(proveForm).get('code')).trim() } });
  keep(token);
  await enter(email);
}));

the('#other').addEventListener('click', () => {
  complain('');
  proveForm.hidden = true;
  askForm.hidden = false;
  the('#email').focus();
});

the('#sign-out').addEventListener('click', () => {
  keep('');
  // The widget's conversation is verified, too: signing out at a shared computer must forget it.
  for (const key of Object.keys(localStorage)) if (key.startsWith(`copilot:${location.origin}:`)) localStorage.removeItem(key);
  location.assign(`/portal?lang=${language}`);
});

await guarded(new Event('load'), begin);
