// How it was: good or bad with one press, and in the customer's own words.

import { h } from '../copilot/dom.js';
import { ask, complain, Refusal, tell, text } from './context.js';

/** @param {string} id @param {() => Promise<void>} rated */
export function rating(id, rated) {
  let score = '';
  const box = h('textarea', { id: 'rate-comment', rows: 3, maxlength: 2000 });
  const more = h('form', { hidden: true, onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    void send({ score, comment: box.value.trim() || null });
  } }, h('label', { for: 'rate-comment' }, text('rate_comment')), box, h('button', { class: 'button second' }, text('rate_send')));
  const buttons = ['good', 'bad'].map((each) => h('button', { type: 'button', class: 'score', 'data-score': each, onclick: () => void send({ score: each }) }, h('span', { 'aria-hidden': 'true' }, each === 'good' ? '👍' : '👎'), ` ${text(`rate_${each}`)}`));
  const element = h('section', { class: 'rating', 'aria-labelledby': 'rate', hidden: true }, h('h2', { id: 'rate' }, text('rate')), h('p', { class: 'scores' }, ...buttons), more);

  /** @param {{score: string, comment?: string | null}} given */
  async function send(given) {
    complain('');
    try {
      await ask(`/api/v2/tickets/${id}/satisfaction_rating.json`, { method: 'POST', body: { satisfaction_rating: given } });
      tell(text('rated'));
      await rated();
    } catch (error) {
      complain((error instanceof Refusal && error.status < 500 && error.message) || text('broken'));
    }
  }

  return {
    element,
    /** @param {{score: string, comment?: string | null} | null} given null: nothing to rate */
    show(given) {
      element.hidden = !given;
      if (!given) return;
      score = given.score === 'good' || given.score === 'bad' ? given.score : '';
      for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset['score'] === score));
      more.hidden = !score;
      if (document.activeElement !== box) box.value = given.comment ?? '';
    },
  };
}
