// The files a customer adds while a ticket is being written: picked, sent, shown, taken away again.

import { ChatError } from './chat-client.js';
import { h, icon } from './dom.js';

/** @import {Attachment} from './types.js' */
/** @import {Words} from './words.js' */

/** @typedef {{file: File, sent: Attachment | null, failed: string, abort: AbortController}} Item */

export class Attachments {
  /**
   * @param {(file: File, signal: AbortSignal) => Promise<Attachment>} upload
   * @param {() => void} changed
   */
  constructor(upload, changed) {
    this.upload = upload;
    this.changed = changed;
    /** @type {Item[]} */
    this.items = [];
    this.list = h('ul', { class: 'files', hidden: true });
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
      /** @type {Item} */
      const item = { file, sent: null, failed: '', abort: new AbortController() };
      this.items.push(item);
      void this.#send(item, words);
    }
    this.draw(words);
  }

  /** @param {Item} item @param {Words} words */
  async #send(item, words) {
    try {
      item.sent = await this.upload(item.file, item.abort.signal);
    } catch (error) {
      const told = error instanceof ChatError ? error.message : '';
      item.failed = (error instanceof ChatError && error.status > 0 && told) || words.text('file_failed');
    }
    this.draw(words);
    this.changed();
  }

  /** @param {Words} words */
  draw(words) {
    this.list.hidden = this.items.length === 0;
    this.list.setAttribute('aria-label', words.text('files'));
    this.list.replaceChildren(
      ...this.items.map((item) => {
        const state = item.failed || (item.sent ? item.sent.note || size(item.file.size, words.language) : words.text('file_sending'));
        const drop = () => {
          item.abort.abort();
          this.items = this.items.filter((other) => other !== item);
          this.draw(words);
          this.changed();
        };
        return h('li', { class: item.failed ? 'failed' : item.sent ? 'sent' : 'sending' },
          icon('file'),
          h('span', { class: 'about' }, h('span', { class: 'name' }, item.file.name), h('span', { class: 'state' }, state)),
          h('button', { type: 'button', class: 'quiet', 'aria-label': words.text('file_remove', { name: item.file.name }), onclick: drop }, icon('close')));
      }),
    );
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
