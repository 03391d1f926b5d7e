// The reference of the api: finds operations by words, and opens the one that the address names. Without it everything is
// there to read, only longer.

const form = /** @type {HTMLFormElement} */ (document.querySelector('#find'));
const query = /** @type {HTMLInputElement} */ (document.querySelector('#query'));
const found = /** @type {HTMLElement} */ (document.querySelector('#found'));
const groups = [...document.querySelectorAll('.group')].map((element) => ({
  element: /** @type {HTMLElement} */ (element),
  operations: [...element.querySelectorAll('details')].map((each) => ({ element: each, text: (each.textContent ?? '').toLowerCase() })),
}));

function find() {
  const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { element, operations } of groups) {
    const shown = operations.filter((each) => {
      const fits = words.every((word) => each.text.includes(word));
      each.element.hidden = !fits;
      return fits;
    });
    element.hidden = !shown.length;
    count += shown.length;
  }
  found.textContent = !words.length ? '' : count ? (found.dataset['some'] ?? '').replace('{count}', String(count)) : found.dataset['none'] ?? '';
}

function open() {
  const named = document.getElementById(location.hash.slice(1));
  if (!(named instanceof HTMLDetailsElement)) return;
  named.open = true;
  named.scrollIntoView({ behavior: 'instant' });
}

form.hidden = false;
form.addEventListener('submit', (event) => event.preventDefault());
query.addEventListener('input', find);
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || /** @type {HTMLElement} */ (event.target).closest('input')) return;
  event.preventDefault();
  query.focus();
});
// What is opened can be linked to.
document.addEventListener('toggle', (event) => {
  const { target } = event;
  if (target instanceof HTMLDetailsElement && target.open) history.replaceState(null, '', `#${target.id}`);
}, true);
window.addEventListener('hashchange', open);
if (query.value) find();
open();

// A module: its names are its own.
export {};
