// The basket of the demo shop counts; nothing is sold here.

const cart = /** @type {HTMLElement} */ (document.querySelector('.cart'));
let count = 0;

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('[data-add]'))) {
  const text = button.textContent;
  button.addEventListener('click', () => {
    count += 1;
    cart.textContent = (cart.dataset['label'] ?? '#').replace('#', String(count));
    button.textContent = button.dataset['added'] ?? text;
    setTimeout(() => {
      button.textContent = text;
    }, 1500);
  });
}

export {};
