// What the help center's pages do besides being read: search as you type, a vote without leaving the article, the copilot.

import { suggest } from './help-search.js';

// By its attribute it opens even where its module has not come yet.
const copilot = /** @type {HTMLElement} */ (document.querySelector('support-copilot'));
const language = document.documentElement.lang;
// Of one language the reader's own region: 31 January or January 31.
const region = navigator.languages.find((each) => each.split('-')[0] === language) ?? language;

// Without a script it leads to the form.
for (const link of document.querySelectorAll('[data-open-copilot]')) {
  link.setAttribute('role', 'button');
  link.addEventListener('click', (event) => {
    event.preventDefault();
    copilot.setAttribute('open', '');
  });
  link.addEventListener('keydown', (event) => {
    if (/** @type {KeyboardEvent} */ (event).key !== ' ') return;
    event.preventDefault();
    copilot.setAttribute('open', '');
  });
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll('form.search'))) suggest(form, language);

// What scrolls sideways must be reachable by keyboard.
for (const box of document.querySelectorAll('.body pre, .table')) if (box.scrollWidth > box.clientWidth) box.setAttribute('tabindex', '0');

// A date of the server's as this language writes it; it names a day, not a moment.
for (const time of document.querySelectorAll('time')) {
  const day = new Date(`${time.dateTime}T00:00:00Z`);
  if (!Number.isNaN(day.getTime())) time.textContent = new Intl.DateTimeFormat(region, { dateStyle: 'long', timeZone: 'UTC' }).format(day);
}

const vote = /** @type {HTMLFormElement | null} */ (document.querySelector('.helped form'));
vote?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const helped = button?.value === 'yes' ? 'yes' : 'no';
  const told = /** @type {HTMLElement} */ (vote.querySelector('[role="status"]'));
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(vote)) body.set(name, String(value));
  body.set('helped', helped);
  try {
    const response = await fetch(vote.action, { method: 'POST', body, headers: { Accept: 'application/json' } });
    if (!response.ok) throw new Error(String(response.status));
  } catch {
    told.textContent = vote.dataset['failed'] ?? '';
    return;
  }
  // The question stays, so that the focus has a place; what is told is announced.
  for (const each of vote.querySelectorAll('button')) each.remove();
  told.textContent = `${vote.dataset[helped]} `;
  told.tabIndex = -1;
  if (helped === 'no') {
    const link = document.createElement('a');
    link.href = vote.dataset['support'] ?? '';
    link.textContent = vote.dataset['contact'] ?? '';
    told.append(link);
  }
  told.focus();
});
