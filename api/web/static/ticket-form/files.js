// The files of a ticket form: picked, pasted or dropped, sent with progress, tried again, taken away.

import { h, icon } from '../copilot/dom.js';
import { newId } from '../copilot/memory.js';
import { FormError } from './client.js';

/** @import {FormClient} from './client.js' */

/** @typedef {{name: string, size: number, token: string, share: number, failed: string, key: string, file: File | null, abort: AbortController}} Item */
/** @typedef {{name: string, size: number, token: string}} Kept */

export class Files {
  /**
   * @param {FormClient} client
   * @param {{text: (key: string, values?: Record<string, string | number>) => string, limits: {max_bytes: number, max_files: number}, changed: () => void}} form
   */
  constructor(client, form) {
    this.client = client;
    this.form = form;
    /** @type {Item[]} */
    this.items = [];
    this.list = h('ul', { class: 'tf-files', 'aria-label': form.text('files'), hidden: true });
    this.told = h('p', { class: 'tf-error', role: 'alert', hidden: true });
  }

  get tokens() {
    return this.items.map(({ token }) => token).filter(Boolean);
  }

  get busy() {
    return this.items.some(({ token, failed }) => !token && !failed);
  }

  /** What a draft keeps. @returns {Kept[]} */
  get kept() {
    return this.items.filter(({ token }) => token).map(({ name, size, token }) => ({ name, size, token }));
  }

  /** @param {Kept[]} kept */
  restore(kept) {
    this.items = kept.map((each) => ({ ...each, share: 1, failed: '', key: '', file: null, abort: new AbortController() }));
    this.#draw();
  }

  /** @param {Iterable<File>} files */
  add(files) {
    const { max_bytes: largest, max_files: most } = this.form.limits;
    this.#tell('');
    for (const file of files) {
      if (this.items.length >= most) {
        this.#tell(this.form.text('file_many', { count: most }));
        break;
      }
      /** @type {Item} */
      const item = { name: file.name, size: file.size, token: '', share: 0, failed: '', key: newId(), file, abort: new AbortController() };
      if (file.size > largest) item.failed = this.form.text('file_large', { size: this.size(largest) });
      this.items.push(item);
      if (!item.failed) void this.#send(item);
    }
    this.#draw();
  }

  clear() {
    for (const item of this.items) item.abort.abort();
    this.items = [];
    this.#tell('');
    this.#draw();
  }

  /** @param {number} bytes */
  size(bytes) {
    const [value, unit] = bytes < 2 ** 20 ? [bytes / 2 ** 10, 'kilobyte'] : [bytes / 2 ** 20, 'megabyte'];
    return new Intl.NumberFormat(this.client.language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
  }

  /** @param {Item} item */
  async #send(item) {
    item.failed = '';
    this.#draw();
    try {
      await this.client.visitIfNeeded();
      item.token = await this.client.upload(/** @type {File} */ (item.file), item.key, (share) => {
        item.share = share;
        this.#draw();
      }, item.abort.signal);
    } catch (error) {
      item.failed = (error instanceof FormError && error.status && error.message) || this.form.text('file_failed');
    }
    this.#draw();
    this.form.changed();
  }

  /** @param {string} text */
  #tell(text) {
    this.told.textContent = text;
    this.told.hidden = !text;
  }

  #draw() {
    const { text } = this.form;
    this.list.hidden = !this.items.length;
    const focused = /** @type {Document | ShadowRoot} */ (this.list.getRootNode()).activeElement?.getAttribute('data-key');
    this.list.replaceChildren(...this.items.map((item) => {
      const percent = new Intl.NumberFormat(this.client.language, { style: 'percent' }).format(item.share);
      const state = item.failed || (item.token ? this.size(item.size) : item.share >= 1 ? text('file_checking') : text('file_sending', { percent }));
      const drop = () => {
        item.abort.abort();
        this.items = this.items.filter((other) => other !== item);
        this.#tell('');
        this.#draw();
        this.form.changed();
      };
      return h('li', { class: item.failed ? 'failed' : item.token ? 'sent' : 'sending' },
        icon('file'),
        h('span', { class: 'tf-about' }, h('span', {}, item.name), h('small', { role: item.failed ? 'alert' : null }, state),
          !item.token && !item.failed && h('progress', { max: 1, value: item.share, 'aria-label': item.name })),
        item.failed && item.file && item.size <= this.form.limits.max_bytes
          && h('button', { type: 'button', class: 'tf-plain', 'data-key': `${item.key}-again`, 'aria-label': text('file_again', { name: item.name }), onclick: () => void this.#send(item) }, icon('again')),
        h('button', { type: 'button', class: 'tf-plain', 'data-key': `${item.key}-drop`, 'aria-label': text('file_remove', { name: item.name }), onclick: drop }, icon('close')));
    }));
    if (focused) /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-key="${CSS.escape(focused)}"]`))?.focus();
  }
}
