// What a host application does: shows a button, opens the panel, and vouches for its customer with a signed token.

const copilot = /** @type {import('../support-copilot.js').SupportCopilot} */ (document.querySelector('support-copilot'));
const button = /** @type {HTMLButtonElement} */ (document.querySelector('#copilot'));
const menu = /** @type {HTMLElement} */ (document.querySelector('#copilot-menu'));
const ask = /** @type {HTMLButtonElement} */ (document.querySelector('#ask'));
const who = /** @type {HTMLElement} */ (document.querySelector('.who'));

/** A fresh token from the host's own server; it lives five minutes, so it is fetched when it is needed. */
async function fetchIdentity() {
  const response = await fetch('/demo/identity', { cache: 'no-store' });
  if (!response.ok) throw new Error(`no demo identity: ${response.status}`);
  /** @type {{token: string, name?: string, email?: string}} */
  const identity = await response.json();
  return identity;
}

async function identify() {
  const { token, name, email } = await fetchIdentity();
  copilot.setAttribute('identity', token);
  const shown = name ?? email;
  if (shown) who.textContent = (who.dataset['signedIn'] ?? '').replace('#', shown);
}

/** @param {boolean} open */
function show(open) {
  menu.hidden = !open;
  button.setAttribute('aria-expanded', String(open));
  if (open) ask.focus();
}

button.addEventListener('click', () => show(menu.hidden !== false));
menu.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  show(false);
  button.focus();
});
document.addEventListener('click', (event) => {
  if (!(event.target instanceof Node) || !menu.parentElement?.contains(event.target)) show(false);
});
ask.addEventListener('click', async () => {
  show(false);
  try {
    await identify();
  } catch {
    who.textContent = who.dataset['notSignedIn'] ?? '';
  }
  copilot.open();
});
copilot.addEventListener('copilot-identity-refused', (event) => {
  const { detail } = /** @type {CustomEvent<{renew: (token: Promise<string>) => void}>} */ (event);
  detail.renew(fetchIdentity().then(({ token }) => token));
});
copilot.addEventListener('copilot-close', () => button.focus());

export {};
