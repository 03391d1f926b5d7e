// Search as you type: a combobox (ARIA 1.2) over the search form, which works by itself without it.

import { h } from '../copilot/dom.js';
import { safeUrl } from '../copilot/text.js';

// People type a letter in some 200 ms: asked after a pause, a word costs one search.
const PAUSE_MS = 220;
const FEWEST_LETTERS = 2;
const MOST = 5;

/** @typedef {{article_id: string, title: string, heading: string, url: string, locale: string}} Passage */

/** @param {HTMLFormElement} form @param {string} language */
export function suggest(form, language) {
  const input = /** @type {HTMLInputElement} */ (form.querySelector('input[type="search"]'));
  const list = /** @type {HTMLUListElement} */ (form.querySelector('.suggestions'));
  const told = /** @type {HTMLElement} */ (form.querySelector('[role="status"]'));
  let chosen = -1;
  let asked = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;
  let request = new AbortController();

  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-expanded': 'false', 'aria-controls': list.id, 'aria-autocomplete': 'list' })) input.setAttribute(name, value);
  list.setAttribute('role', 'listbox');

  function close() {
    list.hidden = true;
    chosen = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function forget() {
    clearTimeout(pause);
    request.abort();
    asked = '';
    close();
  }

  /** @param {number} at */
  function choose(at) {
    const options = [...list.children];
    chosen = options.length ? (at + options.length) % options.length : -1;
    options.forEach((option, number) => option.setAttribute('aria-selected', String(number === chosen)));
    const option = options[chosen];
    if (!option) return;
    input.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  }

  /** @param {string} href @param {string} kind @param {...(Node | string | false)} children */
  function option(href, kind, ...children) {
    return h('li', {
      role: 'option', class: kind, id: `${list.id}-${list.children.length}`, 'aria-selected': 'false', 'data-href': href,
      // Before the input loses its focus, which closes the list.
      onmousedown: (/** @type {Event} */ event) => event.preventDefault(),
      onclick: () => location.assign(href),
    }, ...children);
  }

  async function ask() {
    const text = input.value.trim();
    if (text === asked) return;
    request.abort();
    if (text.length < FEWEST_LETTERS) return forget();
    asked = text;
    request = new AbortController();
    const { signal } = request;
    /** @type {Passage[]} */
    let passages;
    try {
      const query = new URLSearchParams({ q: text, language, limit: String(MOST) });
      const response = await fetch(`/help-center/search?${query}`, { signal });
      if (!response.ok) return close();
      ({ passages } = await response.json());
    } catch {
      return; // overtaken by what was typed next, or cut: the form is there all the same
    }
    if (signal.aborted || document.activeElement !== input) return;
    list.replaceChildren();
    for (const { article_id, title, heading, url, locale } of passages) {
      // Read here, whatever address the article has elsewhere.
      const anchor = (safeUrl(url, location.href) ?? '').split('#')[1];
      const href = `/help/${encodeURIComponent(locale.split('-')[0] ?? '')}/${article_id.split('/').map(encodeURIComponent).join('/')}${anchor ? `#${anchor}` : ''}`;
      list.append(option(href, '', h('b', {}, title), heading !== title && heading !== '' && h('span', {}, heading)));
    }
    const count = passages.length;
    told.textContent = count === 1 ? form.dataset['foundOne'] ?? '' : count ? (form.dataset['found'] ?? '').replace('#', String(count)) : form.dataset['none'] ?? '';
    if (count) {
      const query = new URLSearchParams({ lang: language, q: text });
      list.append(option(`/help/search?${query}`, 'every', (form.dataset['all'] ?? '').replace('#', text)));
    }
    chosen = -1;
    input.removeAttribute('aria-activedescendant');
    list.hidden = !count;
    input.setAttribute('aria-expanded', String(!list.hidden));
  }

  input.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(() => void ask(), PAUSE_MS);
  });
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      close();
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && list.children.length) {
      event.preventDefault();
      if (list.hidden) {
        list.hidden = false;
        input.setAttribute('aria-expanded', 'true');
      }
      choose(event.key === 'ArrowDown' ? chosen + 1 : chosen < 0 ? -1 : chosen - 1);
    } else if (event.key === 'Enter' && !list.hidden && chosen >= 0) {
      event.preventDefault();
      location.assign(list.children[chosen]?.getAttribute('data-href') ?? '');
    }
  });
  input.addEventListener('blur', close);
  form.addEventListener('submit', forget);
}
