// One customer's conversation: begun once, resumed after a reload or in a second tab, nothing said in it lost.

import { ChatError } from './chat-client.js';
import { EventStream } from './event-stream.js';
import { alone, newId } from './memory.js';
import { Timeline } from './timeline.js';

/** @import {ChatClient} from './chat-client.js' */
/** @import {Memory} from './memory.js' */
/** @import {Attachment, Choice, ConversationRef, Entry, Message, Opening, Outgoing} from './types.js' */

const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
// The api answers with an error of its own, not the network: after this many the customer decides, by the retry button.
const TRIES_AGAINST_ERRORS = 5;

/**
 * @typedef {object} Listener
 * @property {(fresh: Message[]) => void} changed     the timeline or the state is another one
 * @property {() => void} cleared                     another conversation begins
 * @property {(text: string, reason: string, kind: 'refused' | 'lost' | 'identify_again' | '') => void} returned  `text` could not be said: give it back
 * @property {() => Promise<string | null>} identityRefused  a fresh token, where the host page gives one
 */

export class Conversation {
  /**
   * @param {ChatClient} client
   * @param {Memory} memory
   * @param {() => Opening} opening
   * @param {Listener} listener
   */
  constructor(client, memory, opening, listener) {
    this.client = client;
    this.memory = memory;
    this.opening = opening;
    this.listener = listener;
    this.timeline = new Timeline();
    /** @type {ConversationRef | null} */
    this.ref = null;
    /** @type {{outgoing: Outgoing, entry: Entry}[]} */
    this.outbox = [];
    this.answering = false;
    this.reachable = true;
    this.loading = false;
    /** Whether the host's word for the customer was refused, and nobody stands for them. */
    this.unvouched = false;
    /** Whether the conversation to begin is to go on where the lost one stopped. */
    this.wantsEarlier = false;
    /** @type {EventStream | null} */
    this.stream = null;
    this.closed = new AbortController();
    /** @type {Promise<void> | null} */
    this.beginning = null;
    /** @type {ConversationRef | null} the conversation whose outbox is being emptied */
    this.pumping = null;
    /** @type {(() => void) | null} */
    this.wake = null;
    const { signal } = this.closed;
    addEventListener('online', () => this.wake?.(), { signal });
    addEventListener('pageshow', (event) => event.persisted && this.catchUp(), { signal });
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.catchUp(), { signal });
    memory.watch('conversation', () => this.#followOtherTab(), signal);
  }

  /** Whether there is something to come back to. */
  get known() {
    return this.ref !== null || this.memory.get('conversation') !== null;
  }

  /** Begins or resumes, once; keeps trying while the api is out of reach. */
  begin() {
    this.beginning ??= this.#untilReached(() => this.#begin()).finally(() => {
      this.beginning = null;
    });
    return this.beginning;
  }

  async #begin() {
    if (this.ref) return;
    this.loading = true;
    this.listener.changed([]);
    try {
      // Alone: two tabs opened at once must not begin two conversations.
      await alone(`copilot:begin:${this.memory.prefix}`, async () => {
        const kept = this.memory.get('conversation');
        if (kept && (await this.#resume(kept))) return;
        const { messages, ...begun } = await this.#start();
        const earlier = this.wantsEarlier && !this.unvouched ? await this.#earlier(begun) : null;
        const { ref, said } = earlier ?? { ref: begun, said: messages };
        if (earlier) this.listener.returned('', '', '');
        this.wantsEarlier = false;
        this.memory.put('conversation', ref);
        this.#enter(ref, said);
      });
    } finally {
      this.loading = false;
      this.listener.changed([]);
    }
    void this.#pump();
  }

  /** @param {ConversationRef} begun */
  async #earlier(begun) {
    try {
      const ref = await this.client.resume(begun);
      return { ref, said: await this.client.history(ref, 0) };
    } catch {
      return null; // there is none: the new one it is
    }
  }

  /** Goes on with the customer's conversation of another device. Rejects where there is none. */
  async resume() {
    if (!this.ref) return;
    const ref = await this.client.resume(this.ref);
    this.#leave();
    this.memory.put('conversation', ref);
    await this.begin();
  }

  async #start() {
    const opening = this.opening();
    this.unvouched = false;
    try {
      return await this.client.start(opening);
    } catch (error) {
      const refused = opening.identity && error instanceof ChatError && [400, 401, 403, 422].includes(error.status);
      if (!refused) throw error;
      // The host's token is stale, or was spent on an attempt whose answer got lost. Without a fresh one the customer
      // is still helped, as somebody whom nobody vouches for.
      const fresh = await this.listener.identityRefused();
      this.unvouched = !fresh;
      try {
        return await this.client.start({ ...opening, identity: fresh });
      } catch (again) {
        if (!fresh || !(again instanceof ChatError) || again.passing) throw again;
        this.unvouched = true;
        return this.client.start({ ...opening, identity: null });
      }
    }
  }

  /** @param {ConversationRef} kept @returns {Promise<boolean>} false: the api no longer has it */
  async #resume(kept) {
    try {
      this.#enter(kept, await this.client.history(kept, 0));
      return true;
    } catch (error) {
      if (!(error instanceof ChatError && error.gone)) throw error;
      this.memory.put('conversation', null);
      return false;
    }
  }

  /** @param {ConversationRef} ref @param {Message[]} messages */
  #enter(ref, messages) {
    this.ref = ref;
    this.timeline.add(messages);
    /** @type {{conversation: string, outgoing: Outgoing}[]} */
    const kept = this.memory.get('outbox') ?? [];
    for (const { conversation, outgoing } of kept) {
      const waits = this.outbox.some((item) => item.outgoing.client_message_id === outgoing.client_message_id);
      if (conversation === ref.id && !waits) this.outbox.push({ outgoing, entry: this.timeline.sayAgain(outgoing) });
    }
    if (!this.outbox.length) this.timeline.recoverFailure();
    this.#keepOutbox();
    this.stream = new EventStream(this.client, ref, {
      lastSeq: () => this.timeline.lastSeq,
      received: (received) => this.#received(received),
      missed: () => void this.catchUp(),
      connected: (yes) => this.#reached(yes),
      gone: () => this.#lost(),
    });
    this.stream.start();
  }

  /** @param {Message[]} messages */
  #received(messages) {
    this.listener.changed(this.timeline.add(messages));
  }

  /** Fetches what was said while this tab did not listen. */
  async catchUp() {
    if (!this.ref) return;
    const { ref } = this;
    try {
      const messages = await this.client.history(ref, this.timeline.lastSeq);
      if (this.ref === ref && messages.length) this.#received(messages);
    } catch {
      // the stream, or the next look at the page, brings them
    }
  }

  /** @param {string} text @param {Attachment[]} [attachments] */
  say(text, attachments = []) {
    this.#send({ text, shown: text, ...attached(attachments) });
  }

  /** @param {Choice} choice @param {Attachment[]} [attachments] */
  choose(choice, attachments = []) {
    this.#send({ choice_id: choice.id, shown: choice.label, ...attached(attachments) });
  }

  /** Says again what a failed turn left unanswered. @param {Entry} entry */
  retry(entry) {
    if (!entry.outgoing) return;
    const { client_message_id, ...content } = entry.outgoing;
    if (entry.stored) {
      // The api has stored this id's outcome and would repeat it: the same words get a new id.
      this.timeline.mark(entry, 'done');
      this.#send(content);
    } else {
      this.timeline.remove(entry);
      this.#send({ ...content, client_message_id });
    }
  }

  /** @param {Omit<Outgoing, 'client_message_id'> & {client_message_id?: string}} content */
  #send(content) {
    for (const entry of this.timeline.entries) if (entry.delivery === 'failed') this.timeline.mark(entry, 'done');
    const outgoing = { client_message_id: newId(), ...content };
    this.outbox.push({ outgoing, entry: this.timeline.say(outgoing, 'sending') });
    this.#keepOutbox();
    this.listener.changed([]);
    void this.#pump();
  }

  #keepOutbox() {
    const id = this.ref?.id;
    this.memory.put('outbox', id && this.outbox.length ? this.outbox.map(({ outgoing }) => ({ conversation: id, outgoing })) : null);
  }

  /** Sends what waits, one at a time and in order. */
  async #pump() {
    const { ref } = this;
    if (!ref || this.pumping === ref) return;
    this.pumping = ref;
    while (this.ref === ref && this.outbox[0]) await this.#deliver(ref, this.outbox[0].outgoing, this.outbox[0].entry);
    if (this.ref !== ref) return;
    this.pumping = null;
    this.answering = false;
    this.listener.changed([]);
  }

  /** @param {ConversationRef} ref @param {Outgoing} outgoing @param {Entry} entry */
  async #deliver(ref, outgoing, entry) {
    let errors = 0;
    for (let tries = 0; ; tries += 1) {
      this.answering = true;
      this.listener.changed([]);
      try {
        const outcome = await this.client.send(ref, outgoing);
        if (this.ref !== ref) return;
        this.#reached(true);
        this.#unqueue(outgoing);
        this.answering = this.outbox.length > 0;
        this.timeline.settle(entry, outcome.status === 'failed' ? 'failed' : 'done', outcome.messages);
        this.listener.changed(this.timeline.add(outcome.messages, { ahead: true }));
        return;
      } catch (error) {
        if (this.ref !== ref) return;
        const failure = error instanceof ChatError ? error : new ChatError(0, String(error));
        if (failure.gone) return this.#lost();
        if (!failure.passing) return this.#refused(outgoing, entry, failure);
        errors += failure.status >= 500 ? 1 : 0;
        if (errors >= TRIES_AGAINST_ERRORS) {
          this.#unqueue(outgoing);
          return this.timeline.mark(entry, 'failed');
        }
        // 409: another tab, or our own broken connection, is having this very message answered.
        if (failure.status !== 409) this.#reached(failure.status !== 0);
        this.answering = failure.status === 409;
        this.timeline.mark(entry, failure.status === 409 ? 'sending' : 'waiting');
        this.listener.changed([]);
        await this.#pause(tries, failure);
        if (this.ref !== ref) return;
        this.timeline.mark(entry, 'sending');
      }
    }
  }

  /** @param {Outgoing} outgoing */
  #unqueue(outgoing) {
    this.outbox = this.outbox.filter((item) => item.outgoing !== outgoing);
    this.#keepOutbox();
  }

  /** @param {Outgoing} outgoing @param {Entry} entry @param {ChatError} failure */
  #refused(outgoing, entry, failure) {
    this.#unqueue(outgoing);
    this.timeline.remove(entry);
    this.listener.returned(outgoing.text ?? '', failure.message, 'refused');
    // A choice that the api no longer offers: the history tells what it offers now.
    void this.catchUp();
  }

  /** The api no longer knows this conversation: begin another and give back what was typed. */
  #lost() {
    const typed = this.outbox.map(({ outgoing }) => outgoing.text ?? '').filter(Boolean).join('\n');
    const vouched = Boolean(this.opening().identity);
    this.#leave();
    this.memory.put('conversation', null);
    this.wantsEarlier = vouched;
    this.listener.returned(typed, '', vouched ? 'identify_again' : 'lost');
    void this.begin();
  }

  /** Begins a new conversation; this one stays with the api. */
  restart() {
    this.#leave();
    this.memory.put('conversation', null);
    return this.begin();
  }

  #followOtherTab() {
    const kept = this.memory.get('conversation');
    if (!this.ref || !kept || kept.id === this.ref.id) return;
    this.#leave();
    void this.begin();
  }

  #leave() {
    this.stream?.stop();
    this.stream = null;
    this.ref = null;
    this.outbox = [];
    this.#keepOutbox();
    this.answering = false;
    this.timeline = new Timeline();
    this.wake?.();
    this.listener.cleared();
  }

  /** Nothing of it stays in this browser. */
  forget() {
    this.#leave();
    for (const name of ['conversation', 'outbox', 'seen']) this.memory.put(name, null);
    this.close();
  }

  /** Lets go of the page; the conversation itself stays with the api. */
  close() {
    this.closed.abort();
    this.stream?.stop();
    this.ref = null;
    this.wake?.();
  }

  /** @param {boolean} yes */
  #reached(yes) {
    if (this.reachable === yes) return;
    this.reachable = yes;
    this.listener.changed([]);
    if (yes) this.wake?.();
  }

  /** @param {() => Promise<void>} work */
  async #untilReached(work) {
    for (let tries = 0; !this.closed.signal.aborted; tries += 1) {
      try {
        await work();
        this.#reached(true);
        return;
      } catch (error) {
        const failure = error instanceof ChatError ? error : new ChatError(0, String(error));
        this.#reached(false);
        if (!failure.passing) {
          this.listener.returned('', failure.message, 'refused');
          return;
        }
        await this.#pause(tries, failure);
      }
    }
  }

  /** @param {number} tries so far @param {ChatError} failure */
  #pause(tries, failure) {
    const wait = WAITS_MS[Math.min(tries, WAITS_MS.length - 1)] ?? 0;
    const milliseconds = Math.max(failure.retryAfter * 1000, wait);
    return new Promise((resolve) => {
      this.wake = () => resolve(undefined);
      setTimeout(resolve, milliseconds);
    });
  }
}

/** @param {Attachment[]} files @returns {{files?: Attachment[], attachment_ids?: string[]}} */
function attached(files) {
  return files.length ? { files, attachment_ids: files.map(({ id }) => id) } : {};
}
