// "Support" and "Contact us" on an article lead to the copilot.

const copilot = /** @type {import('../support-copilot.js').SupportCopilot} */ (document.querySelector('support-copilot'));

for (const button of document.querySelectorAll('[data-open-copilot]')) button.addEventListener('click', () => copilot.open());

export {};
