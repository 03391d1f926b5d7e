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
// Methods and events: copilot-element.d.ts.

import { Attachments } from './copilot/attachments.js';
import { ChatClient, ChatError } from './copilot/chat-client.js';
import { Conversation } from './copilot/conversation.js';
import { Memory } from './copilot/memory.js';
import { otherDevice } from './copilot/other-device.js';
import { Panel } from './copilot/panel.js';
import { styleSheet } from './copilot/styles.js';
import { ticketForm } from './copilot/ticket-form.js';
import { wantedLanguage, Words } from './copilot/words.js';

/** @import {CopilotContext, CopilotElement, CopilotEvents} from './copilot-element.js' */
/** @import {Choice, ConversationRef, Message, Passage, Upload} from './copilot/types.js' */

const HOME = new URL(import.meta.url).origin;
// So many turns in a row that nobody answered, and the plain form takes the chat's place.
const TOO_MANY_UNANSWERED = 2;

/** @implements {CopilotElement} */
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
    /** @type {CopilotContext | null} */
    this.context = null;
    /** How many unanswered turns the customer has seen the form for. */
    this.formSeen = 0;
  }

  connectedCallback() {
    const api = this.getAttribute('api');
    const client = new ChatClient(api ? new URL(api, location.href).origin : HOME);
    const attachments = new Attachments((upload) => this.#upload(upload), (told) => void (panel.live.textContent = told));
    const panel = new Panel({
      toggle: () => this.toggle(),
      close: () => this.close(),
      restart: () => void this.conversation?.restart(),
      say: (text) => this.#say(text),
      choose: (choice) => this.#choose(choice),
      retry: (entry) => this.conversation?.retry(entry),
      attach: (files) => attachments.add(files, this.words),
      writeTicket: () => this.#writeTicket(),
      otherDevice: () => this.#otherDevice(),
      article: (passage) => client.article(passage.locale, passage.article_id),
      opened: (passage) => {
        const ref = this.conversation?.ref;
        // For the figures alone: the article opens whether or not it is told.
        if (ref) void client.opened(ref, passage).catch(() => {});
      },
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
    this.panel?.release();
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (!this.panel || !this.isConnected || before === value) return;
    if (name === 'open') this.#show(value !== null, true);
    else if (name === 'language') void this.#speak(wantedLanguage(this));
    else if (name !== 'identity' || subject(before) !== subject(value) || this.conversation?.unvouched) {
      // Another customer or another site: what was said before is not theirs to see. What a visitor has begun to write
      // before signing in is.
      const { unvouched } = this.conversation ?? {};
      const begun = name === 'identity' && (unvouched || !subject(before)) ? this.panel.input.value : '';
      // What was said while nobody stood for the customer stays with the api, as a visitor's.
      if (unvouched) this.conversation?.forget();
      this.disconnectedCallback();
      this.connectedCallback();
      this.panel.giveBack(begun);
    }
  }

  get isOpen() {
    return this.panel?.isOpen ?? false;
  }

  get unreadCount() {
    return this.panel?.unreadCount ?? 0;
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

  /** @param {string} language */
  setLanguage(language) {
    this.setAttribute('language', language);
    const choice = this.conversation?.timeline.openChoice(`language.${wantedLanguage(this)}`);
    if (choice) this.#choose(choice);
  }

  /** @param {string} jwt */
  identify(jwt) {
    this.setAttribute('identity', jwt);
  }

  logout() {
    this.close();
    this.#forget();
    this.panel = null; // no attribute has anything to bring up to date now
    this.removeAttribute('identity');
    // Whoever spoke here before signing in was the same person.
    this.#converse();
    this.#forget();
    this.connectedCallback();
  }

  #forget() {
    this.conversation?.forget();
    sessionFlag(this.memory.prefix, false);
    this.disconnectedCallback();
  }

  /** @param {CopilotContext} context */
  setContext({ page, app_version, last_error }) {
    this.context = { page: String(page ?? ''), app_version: String(app_version ?? ''), last_error: String(last_error ?? '') };
    const ref = this.conversation?.ref;
    // It helps who reads the ticket; nothing depends on it.
    if (ref) void this.client?.tellContext(ref, this.context).catch(() => {});
  }

  /**
   * @template {keyof CopilotEvents} Name
   * @param {Name} event
   * @param {(detail: CopilotEvents[Name]) => void} handler
   * @returns {() => void}
   */
  on(event, handler) {
    const heard = (/** @type {Event} */ happened) => handler(/** @type {CustomEvent<CopilotEvents[Name]>} */ (happened).detail);
    this.addEventListener(`copilot-${event}`, heard);
    return () => this.removeEventListener(`copilot-${event}`, heard);
  }

  /**
   * @template {keyof CopilotEvents} Name
   * @param {Name} event
   * @param {CopilotEvents[Name]} detail
   */
  #tell(event, detail) {
    this.dispatchEvent(new CustomEvent(`copilot-${event}`, { detail, bubbles: true, composed: true }));
  }

  /** @param {boolean} open @param {boolean} focus */
  #show(open, focus) {
    if (!this.panel || this.panel.isOpen === open) return;
    this.panel.show(open, focus);
    sessionFlag(this.memory.prefix, open);
    if (open) {
      this.toggleAttribute('open', true);
      if (!this.words.catalog) void this.#speak(wantedLanguage(this));
      void this.conversation?.begin();
      this.#count();
      this.#offerForm();
    } else if (focus) this.panel.launcher.focus();
    this.#tell(open ? 'open' : 'close', {});
  }

  #converse() {
    const client = /** @type {ChatClient} */ (this.client);
    const channel = this.getAttribute('channel') ?? 'widget';
    const widgetKey = this.getAttribute('widget-key');
    const who = subject(this.getAttribute('identity'));
    this.memory = new Memory(`copilot:${client.origin}:${widgetKey ?? ''}:${channel}:${who}:`);
    this.conversation = new Conversation(client, this.memory,
      () => ({ channel, widgetKey, language: wantedLanguage(this), identity: this.getAttribute('identity'), context: this.context }),
      {
        changed: (fresh) => this.#changed(fresh),
        cleared: () => {
          this.formSeen = 0;
          this.panel?.clear();
          this.panel?.tell('');
        },
        returned: (text, reason, kind) => {
          this.panel?.giveBack(text);
          this.panel?.tell(reason || (kind && this.words.text(kind)));
        },
        identityRefused: () => this.#renewIdentity(),
      });
  }

  /** Asks the host page for a fresh token: `event.detail.renew(token or promise of one)`. @returns {Promise<string | null>} */
  async #renewIdentity() {
    /** @type {unknown} */
    let renewed = null;
    this.#tell('identity-refused', { renew: (token) => void (renewed = token) });
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
    for (const message of heard) {
      this.#tell('message', message);
      if (message.ticket) this.#tell('ticket', message.ticket);
    }
    this.#count();
    this.#offerForm();
  }

  /** Counts what was said while nobody looked, reloads included. */
  #count() {
    const { panel, conversation } = this;
    const last = conversation?.timeline.lastSeq ?? 0;
    if (!panel || !conversation || !last) return;
    const seen = this.memory.get('seen') ?? (conversation.loading ? last : 0);
    if (panel.isOpen ? seen < last : this.memory.get('seen') === null) this.memory.put('seen', last);
    const count = panel.isOpen ? 0 : conversation.timeline.heardSince(seen);
    if (count === panel.unreadCount) return;
    panel.unread(count);
    this.#tell('unread', { count });
  }

  /** @param {string} language */
  async #speak(language) {
    this.wordsWanted = language;
    try {
      const catalog = await this.client?.catalog(language);
      if (!catalog || this.wordsWanted !== language) return;
      const first = !this.words.catalog;
      this.words = new Words(catalog);
      if (this.client) this.client.language = catalog.language;
      this.panel?.speak(this.words);
      this.attachments?.draw(this.words);
      if (this.conversation) this.panel?.update(this.conversation, []);
      this.#tell(first ? 'ready' : 'language', { language: catalog.language });
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
    if (files.length) this.attachments?.clear(this.words);
  }

  /** @param {Upload} upload */
  async #upload(upload) {
    const { client, ref } = this.#reached();
    return client.upload(ref, upload);
  }

  /** The client and the conversation. Throws `ChatError` where it has not begun. @returns {{client: ChatClient, ref: ConversationRef}} */
  #reached() {
    const ref = this.conversation?.ref;
    if (!ref || !this.client) throw new ChatError(0, '');
    return { client: this.client, ref };
  }

  /** Where turn after turn goes unanswered the dialogue is down: the plain form stands in its place. */
  #offerForm() {
    const unanswered = this.conversation?.timeline.unanswered ?? 0;
    if (!unanswered) this.formSeen = 0;
    if (unanswered < TOO_MANY_UNANSWERED || unanswered <= this.formSeen || !this.isOpen || !this.words.catalog) return;
    this.#writeTicket();
  }

  #writeTicket() {
    const { panel, conversation, words } = this;
    if (!panel || !conversation || !words.catalog || panel.sheet) return;
    this.formSeen = conversation.timeline.unanswered;
    const attach = panel.attachButton();
    panel.present(ticketForm(words, {
      open: async (request) => {
        const { client, ref } = this.#reached();
        return client.openTicket(ref, request);
      },
      verified: async () => {
        const { client, ref } = this.#reached();
        return (await client.me(ref)).verified;
      },
      ...this.#proving(),
      opened: () => this.attachments?.clear(words),
      back: () => panel.dismiss(),
    }, { text: [conversation.timeline.unheard, panel.input.value].filter(Boolean).join('\n'), category: '', extra: attach }));
  }

  #otherDevice() {
    const { panel, conversation, words } = this;
    if (!panel || !conversation || !words.catalog) return;
    panel.present(otherDevice(words, { ...this.#proving(), resume: () => conversation.resume(), back: () => panel.dismiss() }));
  }

  /** The two steps by which an address is proven. */
  #proving() {
    return {
      request: async (/** @type {string} */ email) => {
        const { client, ref } = this.#reached();
        return client.requestCode(ref, email);
      },
      verify: async (/** @type {string} */ code) => {
        const { client, ref } = this.#reached();
        return client.verifyCode(ref, code);
      },
    };
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
