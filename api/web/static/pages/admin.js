// What a host application does besides the two lines in its page: it tells the panel what the customer is looking at. Who is
// signed in the panel asks the host's own server (identity-url), which signs a token for each use.

const panel = /** @type {import('../support-copilot-panel.js').SupportCopilotPanel} */ (document.querySelector('support-copilot-panel'));
const who = /** @type {HTMLElement} */ (document.querySelector('.who'));

panel.addEventListener('panel-identified', (event) => {
  const { name, email } = /** @type {CustomEvent<{name: string | null, email: string | null}>} */ (event).detail;
  who.textContent = (who.dataset['signedIn'] ?? '').replace('#', name ?? email ?? '');
});
panel.addEventListener('panel-unidentified', () => {
  who.textContent = who.dataset['notSignedIn'] ?? '';
});

await customElements.whenDefined('support-copilot-panel');
panel.setContext({ page: panel.dataset['page'] ?? '', app_version: '4.2', last_error: panel.dataset['error'] ?? '' });

export {};
