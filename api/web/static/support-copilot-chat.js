// What stands behind the launcher of <support-copilot>: the panel, the conversation, and what the element's methods do with them.
// A module of its own, which the element loads when the page has nothing else to do, or when somebody opens it.

import { Attachments } from './copilot/attachments.js';
import { ChatClient, ChatError } from './copilot/chat-client.js';
import { Conversation } from './copilot/conversation.js';
import { keptOpen, subject } from './copilot/kept.js';
import { Memory } from './copilot/memory.js';
import { otherDevice } from './copilot/other-device.js';
import { Panel } from './copilot/panel.js';
import { styleSheet } from './copilot/styles.js';
import { ticketForm } from './copilot/ticket-form.js';
import { wantedLanguage, Words } from './copilot/words.js';

/** @import {CopilotContext} from './copilot-element.js' */
/** @import {SupportCopilot} from './support-copilot.js' */
/** @import {Choice, ConversationRef, Message, Passage, Upload} from './copilot/types.js' */

// So many turns in a row that nobody answered, and the plain form takes the chat's place.
const TOO_MANY_UNANSWERED = 2;

export class Chat {
  /** @param {SupportCopilot} host */
  constructor(host) {
    this.host = host;
    this.root = /** @type {ShadowRoot} */ (host.shadowRoot);
    this.root.adoptedStyleSheets.push(styleSheet());
    /** @type {Panel | null} */
    this.panel = null;
    /** @type {Conversation | null} */
    this.conversation = null;
    /** @type {ChatClient | null} */
    this.client = null;
    this.memory = new Memory('');
    this.words = new Words(null);
    this.wordsWanted = '';
    /** How many unanswered turns the customer has seen the form for. */
    this.formSeen = 0;
  }

  /** @param {boolean} focus  where the panel is to be open: whether the focus goes there */
  connect(focus) {
    const { host } = this;
    const client = new ChatClient(host.origin);
    const attachments = new Attachments((upload) => this.#upload(upload), (told) => void (panel.live.textContent = told));
    const panel = new Panel({
      close: () => host.close(),
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
    }, attachments, `${client.origin}/`, host.launcher);
    this.client = client;
    this.attachments = attachments;
    this.panel = panel;
    host.launcher.before(panel.panel);
    this.#converse();
    void this.#speak(wantedLanguage(host));
    // After a reload the panel is as the customer left it in this tab.
    if (host.hasAttribute('open') || keptOpen(this.memory.prefix)) this.#show(true, focus);
    // A conversation that goes on is followed in the background: an agent may have written.
    else if (this.conversation?.known) void this.conversation.begin();
  }

  disconnect() {
    this.conversation?.close();
    this.conversation = null;
    this.panel?.release();
    this.panel?.panel.remove();
  }

  /** An attribute of the element. @param {string} name @param {string | null} before @param {string | null} value */
  changed(name, before, value) {
    if (!this.panel) return;
    if (name === 'open') this.#show(value !== null, true);
    else if (name === 'language') void this.#speak(wantedLanguage(this.host));
    else if (name !== 'identity' || subject(before) !== subject(value) || this.conversation?.unvouched) {
      // Another customer or another site: what was said before is not theirs to see. What a visitor has begun to write
      // before signing in is.
      const { unvouched } = this.conversation ?? {};
      const begun = name === 'identity' && (unvouched || !subject(before)) ? this.panel.input.value : '';
      // What was said while nobody stood for the customer stays with the api, as a visitor's.
      if (unvouched) this.conversation?.forget();
      this.disconnect();
      this.connect(false);
      this.panel.giveBack(begun);
    }
  }

  get isOpen() {
    return this.panel?.isOpen ?? false;
  }

  get unreadCount() {
    return this.panel?.unreadCount ?? 0;
  }

  hide() {
    if (this.isOpen) this.#show(false, true);
  }

  /** Where the conversation asks for a language, the element's is the answer. */
  answerLanguage() {
    const choice = this.conversation?.timeline.openChoice(`language.${wantedLanguage(this.host)}`);
    if (choice) this.#choose(choice);
  }

  logout() {
    this.host.close();
    this.#forget();
    this.panel = null; // no attribute has anything to bring up to date now
    this.host.removeAttribute('identity');
    // Whoever spoke here before signing in was the same person.
    this.#converse();
    this.#forget();
    if (this.host.isConnected) this.connect(false);
  }

  #forget() {
    this.conversation?.forget();
    keptOpen(this.memory.prefix, false);
    this.disconnect();
  }

  /** @param {CopilotContext} context */
  tellContext(context) {
    const ref = this.conversation?.ref;
    // It helps who reads the ticket; nothing depends on it.
    if (ref) void this.client?.tellContext(ref, context).catch(() => {});
  }

  /** @param {boolean} open @param {boolean} focus */
  #show(open, focus) {
    if (!this.panel || this.panel.isOpen === open) return;
    this.panel.show(open, focus);
    keptOpen(this.memory.prefix, open);
    if (open) {
      this.host.toggleAttribute('open', true);
      if (!this.words.catalog) void this.#speak(wantedLanguage(this.host));
      void this.conversation?.begin();
      this.#count();
      this.#offerForm();
    } else if (focus) this.panel.launcher.focus();
    this.host.tell(open ? 'open' : 'close', {});
  }

  #converse() {
    const client = /** @type {ChatClient} */ (this.client);
    const { host } = this;
    const channel = host.getAttribute('channel') ?? 'widget';
    const widgetKey = host.getAttribute('widget-key');
    this.memory = new Memory(host.keptAs);
    this.conversation = new Conversation(client, this.memory,
      () => ({ channel, widgetKey, language: wantedLanguage(host), identity: host.getAttribute('identity'), context: host.context }),
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
    this.host.tell('identity-refused', { renew: (token) => void (renewed = token) });
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
      this.host.tell('message', message);
      if (message.ticket) this.host.tell('ticket', message.ticket);
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
    this.host.tell('unread', { count });
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
      this.host.tell(first ? 'ready' : 'language', { language: catalog.language });
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

