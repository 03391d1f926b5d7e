// Where an agent writes: a public reply or an internal note, with macros and files. What is typed is kept until it is sent.

import { h, icon } from '../copilot/dom.js';
import { newId } from '../copilot/memory.js';
import { ask, reasonOf, Refusal } from '../pages/desk.js';
import { catalog, labelled, language, say, select, statusLabel } from './context.js';
import { draftOf, keepDraft } from './drafts.js';

/** @import {TicketView} from './ticket.js' */

export class Composer {
  /** @param {TicketView} room */
  constructor(room) {
    this.room = room;
    /** @type {{token: string, name: string}[]} */
    this.files = [];
    // What a macro changes besides the text: sent together with it.
    /** @type {Record<string, unknown>} */
    this.more = {};
    this.macros = h('div');
    this.input = h('textarea', { id: 'answer', rows: 5, oninput: () => this.#keep(), onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void room.guarded(event, () => this.send());
    } });
    this.label = h('label', { for: 'answer' }, say('write_reply'));
    this.internal = h('input', { type: 'radio', name: 'kind', value: 'note', onchange: () => this.#turn() });
    this.public = h('input', { type: 'radio', name: 'kind', value: 'reply', checked: true, onchange: () => this.#turn() });
    this.chosen = h('ul', { class: 'files' });
    this.touched = h('p', { class: 'about', hidden: true });
    const picker = h('input', { id: 'answer-files', type: 'file', multiple: true, class: 'visually-hidden', onchange: () => {
      const files = [...(picker.files ?? [])];
      picker.value = '';
      void room.guarded(null, () => this.#upload(files));
    } });
    this.status = h('span');
    this.sending = false;
    this.sender = h('button', { class: 'button' }, say('send'));
    this.element = h('form', { class: 'composer', onsubmit: (/** @type {Event} */ event) => room.guarded(event, () => this.send()) },
      h('fieldset', {}, h('legend', { class: 'visually-hidden' }, say('kind')), h('label', {}, this.public, ' ', say('reply_public')), h('label', {}, this.internal, ' ', say('note_internal')), this.macros),
      this.label, this.input, this.touched, this.chosen,
      h('div', { class: 'acts' }, this.sender, this.status, picker,
        h('label', { for: 'answer-files', class: 'button quiet attach' }, icon('attach'), say('attach'))));
    const draft = draftOf(room.id);
    if (draft) {
      this.input.value = draft.text;
      this.internal.checked = draft.internal;
    }
    this.#turn();
    void this.#loadMacros();
  }

  get text() {
    return this.input.value;
  }

  get busy() {
    return this.text.trim() !== '' || this.files.length > 0;
  }

  /** @param {boolean} internal */
  begin(internal) {
    this.internal.checked = internal;
    this.public.checked = !internal;
    this.#turn();
    this.#keep();
    this.input.scrollIntoView({ block: 'center' });
    this.input.focus();
  }

  /** The statuses to which it can be sent. */
  drawStatus() {
    const { ticket } = this.room;
    const next = catalog.statuses.find((/** @type {any} */ each) => each.id === ticket.status)?.next ?? [];
    const ids = [ticket.status, ...next.filter((/** @type {string} */ id) => id !== 'closed')];
    const before = /** @type {HTMLSelectElement | null} */ (this.status.querySelector('select'))?.value ?? '';
    const wanted = ids.includes(before) ? before : ticket.status;
    this.status.replaceChildren(h('label', { for: 'answer-status' }, say('send_as')), ' ', select('answer-status', ids.map((id) => [id, statusLabel(id)]), wanted));
  }

  /** Sends it; asked again before that is done (somebody clicks twice) it is sent once. @param {string} [status] another than the one that is chosen */
  async send(status) {
    if (this.sending) return;
    this.sending = true;
    // Not `disabled`: that would take the focus away.
    this.sender.setAttribute('aria-disabled', 'true');
    try {
      await this.#send(status);
    } finally {
      this.sending = false;
      this.sender.removeAttribute('aria-disabled');
    }
  }

  /** @param {string} [status] */
  async #send(status) {
    const { ticket } = this.room;
    const chosen = status ?? /** @type {HTMLSelectElement | null} */ (this.status.querySelector('select'))?.value ?? ticket.status;
    if (!this.text.trim()) throw new Refusal(422, say('empty_text'));
    const comment = { body: this.text, public: !this.internal.checked, uploads: this.files.map(({ token }) => token) };
    if (!(await this.room.change({ ...this.more, comment, ...(chosen !== ticket.status && { status: chosen }) }))) return;
    this.input.value = '';
    this.files = [];
    this.more = {};
    keepDraft(this.room.id, null);
    this.#drawFiles();
    this.#drawMore();
    await this.room.changed();
  }

  #turn() {
    const internal = this.internal.checked;
    this.element.classList.toggle('internal', internal);
    this.label.textContent = say(internal ? 'write_note' : 'write_reply');
  }

  #keep() {
    keepDraft(this.room.id, { text: this.text, internal: this.internal.checked });
  }

  async #loadMacros() {
    const { macros } = await ask('/api/v2/macros/active.json');
    if (!macros.length) return;
    const list = select('macro', [['', say('macro_choose')], ...macros.map((/** @type {any} */ each) => /** @type {[string, string]} */ ([String(each.id), each.title]))], '', {
      onchange: () => {
        const id = list.value;
        list.value = '';
        if (id) void this.room.guarded(null, () => this.#apply(id));
      },
    });
    this.macros.replaceChildren(labelled('macro', say('macro'), list));
  }

  /** Puts what a macro says into the text, to be read before it is sent. @param {string} id */
  async #apply(id) {
    const { result } = await ask(`/api/v2/tickets/${this.room.id}/macros/${id}/apply.json`);
    const { comment, id: _, status, ...more } = result.ticket;
    if (comment) {
      this.begin(!comment.public);
      const { selectionStart: from, selectionEnd: to, value } = this.input;
      this.input.value = value.trim() ? value.slice(0, from) + comment.body + value.slice(to) : comment.body;
      this.#keep();
    }
    this.more = { ...this.more, ...more };
    const choice = /** @type {HTMLSelectElement | null} */ (this.status.querySelector('select'));
    if (status && choice && [...choice.options].some(({ value }) => value === status)) choice.value = status;
    this.#drawMore();
  }

  #drawMore() {
    const names = Object.keys(this.more);
    this.touched.hidden = !names.length;
    this.touched.textContent = names.length ? say('macro_changes', { names: names.map((name) => say(`field_${name}`)).join(', ') }) : '';
  }

  /** @param {File[]} files */
  async #upload(files) {
    for (const file of files) {
      const response = await fetch(`/api/v2/uploads.json?${new URLSearchParams({ filename: file.name })}`, {
        method: 'POST',
        headers: { 'Content-Type': file.type || 'application/octet-stream', 'Accept-Language': language, 'Idempotency-Key': newId() },
        body: file,
      });
      const answer = await response.json().catch(() => null);
      if (!response.ok) throw new Refusal(response.status, reasonOf(answer) || say('upload_failed', { name: file.name }));
      this.files.push({ token: answer.upload.token, name: file.name });
      this.#drawFiles();
    }
  }

  #drawFiles() {
    this.chosen.replaceChildren(...this.files.map((file) => h('li', {}, file.name, ' ', h('button', { type: 'button', class: 'plain', onclick: () => {
      this.files = this.files.filter((each) => each !== file);
      this.#drawFiles();
    } }, say('take_away', { name: file.name })))));
  }
}
