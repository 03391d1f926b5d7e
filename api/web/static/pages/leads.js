// The figures of a support lead, straight from the api: how conversations ended, and the latest tickets.

import { h } from '../copilot/dom.js';
import { ask, categoryOf, complain, loadWords, Refusal, statusOf, table, the, when } from './desk.js';

// The sign-in itself is a cookie that no script can read; this only remembers that there may be one.
const SIGNED_IN = 'copilot:staff';
const OUTCOMES = ['confirmed', 'assumed', 'escalated', 'unanswered', 'abandoned', 'recontacted'];
const DAY_MS = 86_400_000;

const words = await loadWords('leads');
const language = document.documentElement.lang;
const shown = the('#shown');
const signIn = /** @type {HTMLFormElement} */ (the('#sign-in'));
const range = /** @type {HTMLFormElement} */ (the('#range'));

/** @param {number} moment */
const day = (moment) => new Date(moment).toISOString().slice(0, 10);
range['from'].value = day(Date.now() - 30 * DAY_MS);
range['to'].value = day(Date.now());

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

function showSignIn() {
  remember(false);
  shown.replaceChildren();
  range.hidden = the('.who').hidden = true;
  signIn.hidden = false;
}

async function enter() {
  const me = await ask('/identity/me');
  remember(true);
  signIn.hidden = true;
  the('.who').hidden = false;
  the('.who span').textContent = words.text('signed_in', { email: me.email ?? '' });
  await show();
}

async function show() {
  const query = new URLSearchParams({ from: range['from'].value, to: range['to'].value });
  /** @type {HTMLAnchorElement} */ (the('#csv')).href = `/metrics/deflection?${query}&format=csv`;
  const [figures, { tickets }] = await Promise.all([ask(`/metrics/deflection?${query}`), ask('/api/v2/tickets.json?sort=-created_at&per_page=25')]);
  range.hidden = false;
  shown.replaceChildren(...drawFigures(figures), ...drawTickets(tickets));
}

/** @typedef {{conversations: number, asked_for_help: number, tickets: number, deflection_rate: number | null, outcomes: Record<string, number>, provisional: Record<string, number>}} Figures */

/** @param {Figures} figures */
function drawFigures(figures) {
  const rate = figures.deflection_rate;
  const percent = rate === null ? words.text('rate_none') : new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(rate);
  const number = new Intl.NumberFormat(language);
  const total = Math.max(1, figures.asked_for_help);
  return [
    h('dl', { class: 'figures' },
      h('div', { class: 'main' }, h('dt', {}, words.text('rate')), h('dd', { id: 'rate' }, percent), h('dd', { class: 'explained' }, words.text('rate_note'))),
      ...[['conversations', figures.conversations], ['asked', figures.asked_for_help], ['tickets', figures.tickets]].map(([key, value]) =>
        h('div', {}, h('dt', {}, words.text(String(key))), h('dd', { id: String(key) }, number.format(Number(value)))))),
    h('h2', {}, words.text('outcomes')),
    h('ul', { class: 'bars' }, ...OUTCOMES.map((outcome) => {
      const count = figures.outcomes[outcome] ?? 0;
      const open = figures.provisional[outcome] ?? 0;
      return h('li', { 'data-outcome': outcome },
        h('span', {}, h('b', {}, number.format(count)), ` ${words.text(outcome)} `, open > 0 && h('small', {}, `(${words.text('provisional', { count: open })})`)),
        bar((count - open) / total, open / total));
    })),
  ];
}

/** @param {number} sure share of the whole @param {number} open the part that may still change */
function bar(sure, open) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 100 10');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  for (const [from, width, name] of /** @type {const} */ ([[0, sure, 'sure'], [sure, open, 'soft']])) {
    const rect = document.createElementNS(space, 'rect');
    for (const [key, value] of Object.entries({ x: from * 100, y: 0, width: width * 100, height: 10, class: name })) rect.setAttribute(key, String(value));
    svg.append(rect);
  }
  return svg;
}

/** @param {any[]} tickets */
function drawTickets(tickets) {
  const columns = ['number', 'subject', 'status', 'priority', 'category', 'opened'].map((key) => words.text(key));
  const rows = tickets.map((ticket) => [
    String(ticket.id), ticket.subject, statusOf(ticket.status, words), ticket.priority ? words.label('priorities', ticket.priority) : '',
    categoryOf(ticket, words), when(ticket.created_at, language),
  ]);
  return [h('h2', {}, words.text('latest')), rows.length ? table(words.text('latest'), columns, rows) : h('p', {}, words.text('empty'))];
}

/**
 * @param {Event | null} event
 * @param {() => Promise<unknown>} work
 */
async function guarded(event, work) {
  event?.preventDefault();
  complain('');
  try {
    await work();
  } catch (error) {
    if (error instanceof Refusal && error.status === 403) complain(words.text('forbidden'));
    else complain((error instanceof Refusal && error.message) || words.text('broken'));
  }
}

signIn.addEventListener('submit', (event) => guarded(event, async () => {
  const { email, password } = Object.fromEntries(new FormData(signIn));
  await ask('/identity/staff/sessions', { method: 'POST', body: { email, password } });
  signIn['password'].value = '';
  await enter();
}));
range.addEventListener('submit', (event) => guarded(event, show));
the('#sign-out').addEventListener('click', () => guarded(null, async () => {
  await ask('/identity/staff/sessions', { method: 'DELETE' });
  showSignIn();
}));

if (remembered()) {
  try {
    await enter();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) showSignIn();
    else complain(words.text(error instanceof Refusal && error.status === 403 ? 'forbidden' : 'broken'));
  }
} else showSignIn();
