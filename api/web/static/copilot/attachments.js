// The files a customer adds: picked, pasted or dropped, sent with their progress, tried again, taken away.

import { ChatError } from './chat-client.js';
import { h, icon } from './dom.js';
import { newId } from './memory.js';

/** @import {Attachment, Upload} from './types.js' */
/** @import {Words} from './words.js' */

/**
 * @typedef {object} Item
 * @property {string} id
 * @property {File} file
 * @property {Attachment | null} sent
 * @property {string} failed       why, in the customer's words
 * @property {boolean} again       whether to send it again may help
 * @property {AbortController} abort
 * @property {HTMLProgressElement} bar
 */

export class Attachments {
  /**
   * @param {(upload: Upload) => Promise<Attachment>} upload
   * @param {(told: string) => void} tell  for those who hear what happens
   */
  constructor(upload, tell) {
    this.upload = upload;
    this.tell = tell;
    /** @type {Item[]} */
    this.items = [];
    this.list = h('ul', { class: 'files', part: 'files', hidden: true });
  }

  get ready() {
    return this.items.map(({ sent }) => sent).filter((sent) => sent !== null);
  }

  get uploading() {
    return this.items.some((item) => !item.sent && !item.failed);
  }

  /** @param {Iterable<File>} files @param {Words} words */
  add(files, words) {
    for (const file of files) {
      const bar = h('progress', { max: 1, value: 0, 'aria-label': file.name });
      /** @type {Item} */
      const item = { id: newId(), file, sent: null, failed: '', again: false, abort: new AbortController(), bar };
      this.items.push(item);
      void this.#send(item, words);
    }
    this.draw(words);
  }

  /** @param {Item} item @param {Words} words */
  async #send(item, words) {
    const { name } = item.file;
    item.failed = '';
    item.bar.value = 0;
    this.draw(words);
    const progress = (/** @type {number} */ share) => void (item.bar.value = share);
    try {
      item.sent = await this.upload({ id: item.id, file: item.file, signal: item.abort.signal, progress });
      this.tell(words.text('file_sent', { name }));
    } catch (error) {
      if (!this.items.includes(item)) return; // taken away
      const failure = error instanceof ChatError ? error : new ChatError(0, '');
      item.again = failure.passing;
      item.failed = failure.message || words.text('file_failed');
      this.tell(`${name}: ${item.failed}`);
    }
    this.draw(words);
  }

  /** @param {Words} words */
  draw(words) {
    this.list.hidden = this.items.length === 0;
    this.list.setAttribute('aria-label', words.text('files'));
    this.list.replaceChildren(...this.items.map((item) => this.#row(item, words)));
  }

  /** @param {Item} item @param {Words} words */
  #row(item, words) {
    const { name } = item.file;
    const drop = () => {
      this.items = this.items.filter((other) => other !== item);
      item.abort.abort();
      this.draw(words);
    };
    const state = item.failed || (item.sent ? item.sent.note || size(item.file.size, words.language) : words.text('file_sending'));
    return h('li', { class: item.failed ? 'failed' : item.sent ? 'sent' : 'sending' },
      icon('file'),
      h('span', { class: 'about' }, h('span', { class: 'name' }, name), h('span', { class: 'state' }, state), !item.sent && !item.failed && item.bar),
      item.failed && item.again && h('button', { type: 'button', class: 'quiet', 'aria-label': words.text('file_retry', { name }), onclick: () => void this.#send(item, words) }, icon('again')),
      h('button', { type: 'button', class: 'quiet', 'aria-label': words.text('file_remove', { name }), onclick: drop }, icon('close')));
  }

  /** @param {Words} words */
  clear(words) {
    this.items = [];
    this.draw(words);
  }
}

/** @param {number} bytes @param {string} language */
function size(bytes, language) {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, 'kilobyte'] : [bytes / 1e6, 'megabyte'];
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
}
