// The panel, and what its launcher tells: built once, brought up to date with what changed.

import { h, icon } from './dom.js';
import { drawEntry } from './message-view.js';
import { fitted, isPhone, takeFiles } from './surroundings.js';
import { isCustomer } from './timeline.js';
import { Words } from './words.js';

/** @import {Attachments} from './attachments.js' */
/** @import {Article, Choice, Entry, Message, Passage, Related} from './types.js' */
/** @import {Timeline} from './timeline.js' */

/**
 * @typedef {object} Actions
 * @property {() => void} close
 * @property {() => void} restart
 * @property {(text: string) => void} say
 * @property {(choice: Choice) => void} choose
 * @property {(entry: Entry) => void} retry
 * @property {(files: Iterable<File>) => void} attach
 * @property {() => void} writeTicket
 * @property {() => void} otherDevice
 * @property {(passage: Passage) => Promise<Article>} article
 * @property {(passage: Passage | Related) => void} opened
 *
 * @typedef {{timeline: Timeline, answering: boolean, reachable: boolean, loading: boolean}} State
 */

export class Panel {
  /** @param {Actions} actions @param {Attachments} attachments @param {string} base @param {HTMLElement} launcher */
  constructor(actions, attachments, base, launcher) {
    this.actions = actions;
    this.attachments = attachments;
    this.base = base;
    this.words = new Words(null);
    /** @type {Map<string, {element: HTMLElement, drawn: string}>} */
    this.rows = new Map();
    /** True from the moment a quick reply was chosen until its answer is there: the focus then goes on to the next ones. */
    this.chose = false;
    this.heard = false;
    this.unreadCount = 0;
    /** Whether the copilot has asked for files. */
    this.wantsFiles = false;
    /** Whether the customer has not said anything yet. */
    this.untouched = false;

    this.launcher = launcher;
    this.title = h('h2', { id: 'title' });
    this.subtitle = h('p', { class: 'subtitle' });
    this.again = h('button', { type: 'button', class: 'quiet', onclick: () => this.#askRestart() }, icon('plus'));
    this.closer = h('button', { type: 'button', class: 'quiet close', onclick: actions.close }, icon('close'));
    this.question = h('p', { id: 'restart-question' });
    this.yes = h('button', { type: 'button', class: 'choice', onclick: () => this.#restart() });
    this.no = h('button', { type: 'button', class: 'choice', onclick: () => this.#keep() });
    this.confirm = h('div', { class: 'confirm', role: 'group', 'aria-labelledby': 'restart-question', hidden: true },
      this.question, h('div', { class: 'choices' }, this.yes, this.no));
    this.log = h('div', { class: 'log', part: 'log', role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions', tabindex: '0' });
    this.typing = h('div', { class: 'typing', hidden: true }, h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')), h('span', { class: 'hidden' }));
    this.elsewhere = h('button', { type: 'button', class: 'textual elsewhere', hidden: true, onclick: actions.otherDevice });
    this.live = h('p', { class: 'hidden', role: 'status' });
    this.connection = h('p', { class: 'connection', role: 'status', hidden: true });
    this.input = h('textarea', {
      id: 'input', rows: 1, part: 'input', autocomplete: 'off', enterkeyhint: 'send', oninput: () => this.#grow(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    });
    this.label = h('label', { class: 'hidden', for: 'input' });
    this.error = h('p', { class: 'error', role: 'alert', hidden: true });
    this.picker = h('input', { type: 'file', multiple: true, class: 'hidden', tabindex: '-1', 'aria-hidden': 'true', onchange: () => this.#picked() });
    this.attach = h('button', { type: 'button', class: 'quiet attach', onclick: () => this.picker.click() }, icon('attach'));
    this.sender = h('button', { type: 'submit', class: 'send', part: 'send' }, icon('send'));
    this.files = h('div', {}, attachments.list);
    this.form = h('form', { class: 'composer', part: 'composer', onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
      this.error, this.files, h('div', { class: 'line' }, this.picker, this.label, this.input, this.attach, this.sender));
    this.panel = h('section', { id: 'panel', class: 'panel', part: 'panel', role: 'dialog', 'aria-labelledby': 'title', hidden: true, onkeydown: (/** @type {KeyboardEvent} */ event) => this.#panelKey(event) },
      h('div', { class: 'head', part: 'header' }, h('span', { class: 'mark' }, icon('chat')), h('div', { class: 'names' }, this.title, this.subtitle), this.again, this.closer),
      this.confirm, this.elsewhere, this.log, this.connection, this.form, this.live);
    /** @type {HTMLElement | null} what is shown in the chat's place */
    this.sheet = null;
    this.let = new AbortController();
    this.fit = fitted(this.panel, this.let.signal);
    takeFiles(this.panel, (files) => this.#took(files));
    this.log.append(this.typing);
    /** Whether the newest line is in sight; it then stays so when the composer grows or a keyboard comes up. */
    this.atEnd = true;
    this.log.addEventListener('scroll', () => {
      this.atEnd = this.#distance() < 80;
    }, { passive: true });
    new ResizeObserver(() => this.atEnd && this.#toEnd()).observe(this.log);
    this.unread(0);
  }

  /** @param {Words} words */
  speak(words) {
    this.words = words;
    this.panel.lang = words.language;
    this.title.textContent = words.text('title');
    this.subtitle.textContent = words.text('subtitle');
    this.log.setAttribute('aria-label', words.text('log'));
    this.label.textContent = words.text('input');
    this.question.textContent = words.text('new_question');
    this.elsewhere.textContent = words.text('other_device');
    this.panel.dataset['drop'] = words.text('file_drop');
    this.yes.textContent = words.text('new_yes');
    this.no.textContent = words.text('new_no');
    this.typing.querySelector('.hidden')?.replaceChildren(words.text('typing'));
    for (const [button, key] of /** @type {const} */ ([[this.again, 'new'], [this.closer, 'close'], [this.attach, 'attach'], [this.sender, 'send']])) {
      button.setAttribute('aria-label', words.text(key));
      button.title = words.text(key);
    }
    this.#nameLauncher();
    for (const row of this.rows.values()) row.drawn = '';
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  #nameLauncher() {
    const count = this.unreadCount;
    const name = this.words.text(this.isOpen ? 'close' : count ? 'open_unread' : 'open', { count });
    if (name) this.launcher.setAttribute('aria-label', name);
    this.launcher.setAttribute('aria-expanded', String(this.isOpen));
  }

  /** @param {boolean} open @param {boolean} focus */
  show(open, focus) {
    this.panel.hidden = !open;
    this.fit();
    this.#nameLauncher();
    if (open) {
      this.unread(0);
      this.#toEnd();
      if (focus) this.#focusNext(true);
    }
  }

  /** @param {number} count */
  unread(count) {
    const badge = /** @type {HTMLElement} */ (this.launcher.querySelector('.badge'));
    this.unreadCount = count;
    this.#nameLauncher();
    badge.hidden = count === 0;
    badge.textContent = count > 9 ? '9+' : String(count);
  }

  /**
   * Brings the log up to date: only rows that are new or changed are drawn.
   *
   * @param {State} state
   * @param {Message[]} fresh
   */
  update({ timeline, answering, reachable, loading }, fresh) {
    const hadFocus = this.log.contains(this.#focused());
    const { atEnd } = this;
    // A long history that is loaded at once is not read out line by line.
    this.log.setAttribute('aria-busy', String(loading));
    const kept = new Set(timeline.entries.map((entry) => entry.key));
    for (const [key, { element }] of this.rows) {
      if (kept.has(key)) continue;
      element.remove();
      this.rows.delete(key);
    }
    /** @type {Element | null} */
    let next = this.log.firstElementChild;
    for (const entry of timeline.entries) {
      const before = this.rows.get(entry.key)?.element ?? null;
      const element = this.#row(entry, timeline);
      if (next === before && next !== null) next = element; // it was drawn again, in its place
      if (element === next) next = next.nextElementSibling;
      else this.log.insertBefore(element, next);
    }
    this.typing.hidden = !(answering || (loading && !timeline.entries.length));
    this.connection.hidden = reachable;
    this.connection.textContent = reachable ? '' : this.words.text('offline');
    const wantsFiles = timeline.asks === 'attachments';
    this.wantsFiles = wantsFiles;
    this.untouched = !loading && timeline.entries.length > 0 && !timeline.entries.some(isCustomer);
    this.elsewhere.hidden = !this.untouched || this.sheet !== null;
    this.input.placeholder = this.words.text(wantsFiles ? 'placeholder_files' : 'placeholder');
    const said = fresh.some((message) => message.role !== 'customer');
    const last = timeline.entries.at(-1);
    // Who has scrolled up to read is left there.
    if (atEnd || (last && isCustomer(last))) this.#toEnd(timeline.entries.findLast(isCustomer));
    this.heard ||= said;
    // The replies may come by the stream before the turn's own end does.
    const done = this.heard && !answering;
    if (done) this.heard = false;
    if (this.sheet) return;
    if (this.isOpen && done && (this.chose || hadFocus)) this.#focusNext(this.chose);
    else if (this.isOpen && hadFocus && !this.log.contains(this.#focused())) this.log.focus();
  }

  /** @param {Entry} entry @param {Timeline} timeline */
  #row(entry, timeline) {
    const { open, chosen } = timeline.choicesOf(entry);
    const wanted = `${this.words.language} ${entry.version} ${open} ${chosen?.id ?? ''}`;
    const row = this.rows.get(entry.key);
    if (row && row.drawn === wanted) return row.element;
    const element = drawEntry(entry, {
      words: this.words, base: this.base, open, chosen,
      choose: (choice) => {
        if (choice.name === 'attachments.done' && this.attachments.uploading) return this.tell(this.words.text('file_wait'));
        this.chose = true;
        this.actions.choose(choice);
      },
      retry: (failed) => {
        this.chose = true;
        this.actions.retry(failed);
      },
      writeTicket: this.actions.writeTicket,
      article: this.actions.article,
      opened: this.actions.opened,
    });
    row?.element.replaceWith(element);
    this.rows.set(entry.key, { element, drawn: wanted });
    return element;
  }

  clear() {
    this.dismiss();
    for (const { element } of this.rows.values()) element.remove();
    this.rows.clear();
    this.chose = false;
  }

  #focused() {
    const root = /** @type {ShadowRoot} */ (this.panel.getRootNode());
    return root.activeElement ?? null;
  }

  /** To the first open quick reply if they are what comes next, else to the input; never away from a begun sentence. */
  #focusNext(toChoices = false) {
    this.chose = false;
    if (this.input.value.trim() !== '') return this.input.focus();
    const choice = toChoices && this.log.querySelector('.row:nth-last-child(-n + 3) .choices:not(.settled) button');
    if (choice instanceof HTMLElement) choice.focus({ preventScroll: true });
    // On a phone, focus in the input opens the keyboard over what there is to read.
    else if (matchMedia('(hover: hover)').matches) this.input.focus({ preventScroll: true });
    else this.log.focus({ preventScroll: true });
  }

  #distance() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight;
  }

  /** Shows the newest; of a turn taller than the log its beginning, which is where one reads on. @param {Entry} [said] */
  #toEnd(said) {
    const row = said && this.rows.get(said.key)?.element;
    const end = this.log.scrollHeight - this.log.clientHeight;
    this.log.scrollTop = row ? Math.min(end, row.offsetTop - 12) : end;
  }

  #grow() {
    this.tell('');
    this.input.style.height = 'auto';
    this.input.style.height = `${Math.min(this.input.scrollHeight, 140)}px`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // isComposing: Enter confirms a candidate of an input method and sends nothing.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    this.#submit(event);
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (this.attachments.uploading) return this.tell(this.words.text('file_wait'));
    if (text === '' && this.attachments.ready.length === 0) return;
    // Files alone say nothing, unless they were asked for.
    if (text === '' && !this.wantsFiles) return this.tell(this.words.text('file_say'));
    this.input.value = '';
    this.#grow();
    this.actions.say(text);
  }

  #picked() {
    if (this.picker.files?.length) this.#took([...this.picker.files]);
    this.picker.value = '';
  }

  /** @param {File[]} files */
  #took(files) {
    if (!files.length) return;
    this.tell('');
    this.actions.attach(files);
    if (!this.sheet) this.input.focus();
  }

  /** The files and the button that adds some, for a form that stands in the chat's place. */
  attachButton() {
    const label = this.words.text('attach');
    return h('div', { class: 'extra' }, this.files, h('button', { type: 'button', class: 'textual', onclick: () => this.picker.click() }, icon('attach'), label));
  }

  /** Lets go of what outlives the element. */
  release() {
    this.let.abort();
  }

  /** Shows something in the chat's place. @param {HTMLElement} sheet */
  present(sheet) {
    this.dismiss();
    this.sheet = sheet;
    this.panel.dataset['view'] = 'sheet';
    this.log.before(sheet);
    this.log.hidden = this.form.hidden = this.elsewhere.hidden = true;
    sheet.querySelector('h3')?.focus();
  }

  /** The chat again. */
  dismiss() {
    if (!this.sheet) return;
    this.sheet.remove();
    this.sheet = null;
    delete this.panel.dataset['view'];
    this.form.prepend(this.error, this.files);
    this.log.hidden = this.form.hidden = false;
    this.elsewhere.hidden = !this.untouched;
    this.#toEnd();
    if (this.isOpen) this.#focusNext(true);
  }

  /** @param {string} text shown under the conversation until the customer types */
  tell(text) {
    this.error.textContent = text;
    this.error.hidden = text === '';
  }

  /** Puts back what could not be said. @param {string} text */
  giveBack(text) {
    if (this.sheet) this.dismiss();
    if (text) this.input.value = [text, this.input.value].filter(Boolean).join('\n');
    this.#grow();
    if (this.isOpen) this.input.focus();
  }

  #askRestart() {
    if (!this.log.querySelector('.from-customer')) return this.actions.restart();
    this.confirm.hidden = false;
    this.no.focus();
  }

  #restart() {
    this.confirm.hidden = true;
    this.chose = true;
    this.actions.restart();
    this.log.focus();
  }

  #keep() {
    this.confirm.hidden = true;
    this.again.focus();
  }

  /** @param {KeyboardEvent} event */
  #panelKey(event) {
    if (event.key === 'Escape') {
      event.stopPropagation();
      if (this.confirm.hidden) this.actions.close();
      else this.#keep();
    }
    // Full screen on a phone there is nothing beside the panel to tab to.
    if (event.key === 'Tab' && isPhone()) this.#stayInside(event);
  }

  /** @param {KeyboardEvent} event */
  #stayInside(event) {
    const all = [...this.panel.querySelectorAll('a[href], button:not(:disabled), input, select, textarea, [tabindex="0"]')];
    const stops = /** @type {HTMLElement[]} */ (all.filter((element) => element instanceof HTMLElement && element.offsetParent));
    const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (this.#focused() !== from || !to) return;
    event.preventDefault();
    to.focus();
  }
}
