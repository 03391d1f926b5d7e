// <support-copilot>: the support conversation on any page. The attributes are its settings:
//
//   api         origin of the copilot; default: where this module came from
//   widget-key  names the site that the widget stands on
//   language    es, en, pt ...; default: the page's, else the browser's
//   channel     widget (default), admin or helpcenter
//   identity    a token by which the host application vouches for its signed-in customer
//   open        present: the panel is open
//   launcher    "none": no round button, the host opens the panel by its own
//   theme       light or dark; default: as the system says
//
// Events: copilot-open, copilot-close, copilot-message (detail: the message), copilot-identity-refused (the host may
// answer with `event.detail.renew(token)`).

import { Attachments } from './copilot/attachments.js';
import { ChatClient, ChatError } from './copilot/chat-client.js';
import { Conversation } from './copilot/conversation.js';
import { Memory } from './copilot/memory.js';
import { Panel } from './copilot/panel.js';
import { styleSheet } from './copilot/styles.js';
import { wantedLanguage, Words } from './copilot/words.js';

/** @import {Attachment, Choice, Message} from './copilot/types.js' */

const HOME = new URL(import.meta.url).origin;

export class SupportCopilot extends HTMLElement {
  static observedAttributes = ['open', 'language', 'identity', 'widget-key', 'channel', 'api'];

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [styleSheet()];
    /** @type {Panel | null} */
    this.panel = null;
    /** @type {Conversation | null} */
    this.conversation = null;
    /** @type {ChatClient | null} */
    this.client = null;
    this.memory = new Memory('');
    this.words = new Words(null);
    this.wordsWanted = '';
    this.unread = 0;
  }

  connectedCallback() {
    const api = this.getAttribute('api');
    const client = new ChatClient(api ? new URL(api, location.href).origin : HOME);
    const attachments = new Attachments((file, signal) => this.#upload(file, signal), () => {});
    const panel = new Panel({
      toggle: () => this.toggle(),
      close: () => this.close(),
      restart: () => void this.conversation?.restart(),
      say: (text) => this.#say(text),
      choose: (choice) => this.#choose(choice),
      retry: (entry) => this.conversation?.retry(entry),
      attach: (files) => attachments.add(files, this.words),
    }, attachments, `${client.origin}/`);
    this.client = client;
    this.attachments = attachments;
    this.panel = panel;
    this.shadowRoot?.replaceChildren(panel.panel, panel.launcher);
    this.#converse();
    void this.#speak(wantedLanguage(this));
    // After a reload the panel is as the customer left it in this tab.
    if (this.hasAttribute('open') || sessionFlag(this.memory.prefix)) this.#show(true, false);
    // A conversation that goes on is followed in the background: an agent may have written.
    else if (this.conversation?.known) void this.conversation.begin();
  }

  disconnectedCallback() {
    this.conversation?.close();
    this.conversation = null;
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (!this.panel || before === value) return;
    if (name === 'open') this.#show(value !== null, true);
    else if (name === 'language') void this.#speak(wantedLanguage(this));
    else if (name !== 'identity' || subject(before) !== subject(value)) {
      // Another customer or another site: what was said before is not theirs to see.
      this.disconnectedCallback();
      this.connectedCallback();
    }
  }

  get isOpen() {
    return this.panel?.isOpen ?? false;
  }

  open() {
    this.setAttribute('open', '');
  }

  close() {
    this.removeAttribute('open');
    if (this.isOpen) this.#show(false, true);
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  /** @param {boolean} open @param {boolean} focus */
  #show(open, focus) {
    if (!this.panel || this.panel.isOpen === open) return;
    this.panel.show(open, focus);
    sessionFlag(this.memory.prefix, open);
    if (open) {
      this.toggleAttribute('open', true);
      this.unread = 0;
      if (!this.words.catalog) void this.#speak(wantedLanguage(this));
      void this.conversation?.begin();
    } else if (focus) this.panel.launcher.focus();
    this.dispatchEvent(new CustomEvent(open ? 'copilot-open' : 'copilot-close', { bubbles: true, composed: true }));
  }

  #converse() {
    const client = /** @type {ChatClient} */ (this.client);
    const channel = this.getAttribute('channel') ?? 'widget';
    const widgetKey = this.getAttribute('widget-key');
    const who = subject(this.getAttribute('identity'));
    this.memory = new Memory(`copilot:${client.origin}:${widgetKey ?? ''}:${channel}:${who}:`);
    this.conversation = new Conversation(client, this.memory,
      () => ({ channel, widgetKey, language: wantedLanguage(this), identity: this.getAttribute('identity') }),
      {
        changed: (fresh) => this.#changed(fresh),
        cleared: () => {
          this.panel?.clear();
          this.panel?.tell('');
        },
        returned: (text, reason, kind) => {
          this.panel?.giveBack(text);
          this.panel?.tell(reason || this.words.text(kind));
        },
        identityRefused: () => this.#renewIdentity(),
      });
  }

  /** Asks the host page for a fresh token: `event.detail.renew(token or promise of one)`. @returns {Promise<string | null>} */
  async #renewIdentity() {
    /** @type {unknown} */
    let renewed = null;
    const detail = { renew: (/** @type {unknown} */ token) => void (renewed = token) };
    this.dispatchEvent(new CustomEvent('copilot-identity-refused', { detail, bubbles: true, composed: true }));
    const token = await Promise.resolve(renewed).catch(() => null);
    return typeof token === 'string' ? token : null;
  }

  /** @param {Message[]} fresh */
  #changed(fresh) {
    const { panel, conversation } = this;
    if (!panel || !conversation) return;
    panel.update(conversation, fresh);
    const heard = fresh.filter(({ role }) => role !== 'customer');
    // The frame of the widget follows the language that the conversation has turned to.
    const language = heard.at(-1)?.language;
    if (language && language !== this.wordsWanted) void this.#speak(language);
    for (const message of heard) this.dispatchEvent(new CustomEvent('copilot-message', { detail: message, bubbles: true, composed: true }));
    if (!panel.isOpen && !conversation.loading && heard.length) panel.unread((this.unread += heard.length));
  }

  /** @param {string} language */
  async #speak(language) {
    this.wordsWanted = language;
    try {
      const catalog = await this.client?.catalog(language);
      if (!catalog || this.wordsWanted !== language) return;
      this.words = new Words(catalog);
      if (this.client) this.client.language = catalog.language;
      this.panel?.speak(this.words);
      if (this.conversation) this.panel?.update(this.conversation, []);
    } catch {
      this.wordsWanted = ''; // out of reach: the next message or the next opening asks again
    }
  }

  /** @param {string} text */
  #say(text) {
    const ready = this.attachments?.ready ?? [];
    const done = text === '' && this.conversation?.timeline.openChoice('attachments.done');
    if (done) return this.#choose(done);
    const names = ready.map(({ name }) => name).join(', ');
    this.conversation?.say(text || this.words.text('files_sent', { names }), ready);
    this.attachments?.clear(this.words);
  }

  /** @param {Choice} choice */
  #choose(choice) {
    const files = choice.name === 'attachments.done' ? (this.attachments?.ready ?? []) : [];
    this.conversation?.choose(choice, files);
    this.attachments?.clear(this.words);
  }

  /** @param {File} file @param {AbortSignal} signal @returns {Promise<Attachment>} */
  async #upload(file, signal) {
    const ref = this.conversation?.ref;
    if (!ref || !this.client) throw new ChatError(0, '');
    return this.client.upload(ref, file, signal);
  }
}

/**
 * Whether the panel is open in this tab; sets it where `open` is given.
 *
 * @param {string} prefix
 * @param {boolean} [open]
 */
function sessionFlag(prefix, open) {
  try {
    if (open === true) sessionStorage.setItem(`${prefix}open`, '1');
    else if (open === false) sessionStorage.removeItem(`${prefix}open`);
    return sessionStorage.getItem(`${prefix}open`) === '1';
  } catch {
    return false;
  }
}

/**
 * Whom a token speaks of: parts the conversations of two people at one browser, and proves nothing (the api does).
 *
 * @param {string | null} token
 * @returns {string}
 */
function subject(token) {
  if (!token) return '';
  try {
    const claims = JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')));
    return String(claims.sub ?? '');
  } catch {
    return '?';
  }
}

if (!customElements.get('support-copilot')) customElements.define('support-copilot', SupportCopilot);
