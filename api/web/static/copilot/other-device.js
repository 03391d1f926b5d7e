// "I began on another device": the address is proven, and the conversation comes here.

import { ChatError } from './chat-client.js';
import { h } from './dom.js';
import { proof } from './proof.js';

/** @import {Words} from './words.js' */

/**
 * @param {Words} words
 * @param {{request: (email: string) => Promise<unknown>, verify: (code: string) => Promise<unknown>, resume: () => Promise<void>, back: () => void}} desk
 */
export function otherDevice(words, desk) {
  const status = h('p', { class: 'status', role: 'status' });
  const tell = (/** @type {string} */ text) => void (status.textContent = text);
  const resumed = async () => {
    try {
      await desk.resume();
    } catch (error) {
      const none = error instanceof ChatError && error.code === 'no_earlier_conversation';
      tell(words.text(none ? 'resume_none' : 'form_failed'));
    }
  };
  return h('div', { class: 'sheet', part: 'form' }, h('h3', { tabindex: '-1' }, words.text('other_device')), h('p', {}, words.text('resume_hint')),
    proof(words, desk, resumed, tell), status, h('p', {}, h('button', { type: 'button', class: 'textual', onclick: desk.back }, words.text('form_back'))));
}
