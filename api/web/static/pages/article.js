// "Support" and "Contact us" on an article lead to the copilot.

const copilot = /** @type {import('../support-copilot.js').SupportCopilot} */ (document.querySelector('support-copilot'));

for (const button of document.querySelectorAll('[data-open-copilot]')) button.addEventListener('click', () => copilot.open());

// What scrolls sideways must be reachable by keyboard.
for (const box of document.querySelectorAll('.body pre, .body table')) if (box.scrollWidth > box.clientWidth) box.setAttribute('tabindex', '0');

export {};
