// The event stream of one conversation: read, resumed where it was cut, shared between the tabs of a browser.

import { ChatError } from './chat-client.js';
import { alone } from './memory.js';

/** @import {ChatClient} from './chat-client.js' */
/** @import {ConversationRef, Message} from './types.js' */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
// The api sends something every 15 s; three silent periods mean a dead connection that nobody told us about.
const SILENCE_MS = 45_000;

/** @typedef {{id: string, event: string, data: string}} ServerEvent */

/**
 * The events of a body, as the HTML standard parses them (comments and `retry` are dropped).
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} heard called for every chunk
 * @returns {AsyncGenerator<ServerEvent>}
 */
export async function* readEvents(body, heard) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let event = { id: '', event: '', data: '' };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      rest += decoder.decode(value, { stream: true });
      // A carriage return at the very end may be half of a CRLF: it waits for the next chunk.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') {
          if (event.data !== '') yield { ...event, data: event.data.slice(0, -1) };
          event = { id: event.id, event: '', data: '' };
          continue;
        }
        const colon = line.indexOf(':');
        const field = colon < 0 ? line : line.slice(0, colon);
        const content = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (field === 'data') event.data += `${content}\n`;
        else if (field === 'event' || field === 'id') event[field] = content;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * Delivers every message of a conversation from `lastSeq` on, once and in order, until stopped.
 *
 * Only one tab of a browser holds the stream (HTTP/1.1 allows six connections a host, and a customer opens many
 * tabs); it passes the messages on to the others, and when it closes the next one takes over.
 */
export class EventStream {
  /**
   * @param {ChatClient} client
   * @param {ConversationRef} conversation
   * @param {{lastSeq: () => number, received: (messages: Message[]) => void, missed: () => void,
   *          connected: (yes: boolean) => void, gone: () => void}} listener
   */
  constructor(client, conversation, listener) {
    this.client = client;
    this.conversation = conversation;
    this.listener = listener;
    this.stopped = new AbortController();
    this.name = `copilot:${client.origin}:${conversation.id}`;
    /** @type {BroadcastChannel | null} */
    this.tabs = null;
    /** @type {(() => void) | null} */
    this.wake = null;
    this.reached = false;
  }

  start() {
    const { signal } = this.stopped;
    this.tabs = typeof BroadcastChannel === 'function' ? new BroadcastChannel(this.name) : null;
    this.tabs?.addEventListener('message', (event) => {
      const message = /** @type {Message} */ (event.data);
      // A gap means that this tab was not listening for a while; the api knows what was said.
      if (message.seq > this.listener.lastSeq() + 1) this.listener.missed();
      else this.listener.received([message]);
    });
    addEventListener('online', () => this.wake?.(), { signal });
    alone(this.name, () => this.#hold(), signal).catch(() => {}); // stopped while waiting for its turn
  }

  stop() {
    this.stopped.abort();
    this.tabs?.close();
    this.wake?.();
  }

  async #hold() {
    let wait = FIRST_WAIT_MS;
    while (!this.stopped.signal.aborted) {
      // Never by the clock of the day, which may jump.
      const began = performance.now();
      this.reached = false;
      try {
        await this.#read();
      } catch (error) {
        if (error instanceof ChatError && error.gone) return this.listener.gone();
      }
      if (this.stopped.signal.aborted) return;
      // A stream that is cut again and again (proxies do) is no lost connection, as long as the next one comes about.
      if (!this.reached) this.listener.connected(false);
      else if (performance.now() - began > 2_000) wait = FIRST_WAIT_MS;
      // A random half keeps a thousand widgets from coming back in the same second after a restart.
      await this.#sleep(wait / 2 + (Math.random() * wait) / 2);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  async #read() {
    const silence = new AbortController();
    let alarm = setTimeout(() => silence.abort(), SILENCE_MS);
    const heard = () => {
      clearTimeout(alarm);
      alarm = setTimeout(() => silence.abort(), SILENCE_MS);
    };
    try {
      const signal = AbortSignal.any([this.stopped.signal, silence.signal]);
      const response = await this.client.events(this.conversation, this.listener.lastSeq(), signal);
      if (!response.body) return;
      this.reached = true;
      this.listener.connected(true);
      for await (const { event, data } of readEvents(response.body, heard)) {
        if (event !== '' && event !== 'message') continue;
        /** @type {Message} */
        const message = JSON.parse(data);
        if (typeof message?.seq !== 'number') continue;
        this.listener.received([message]);
        this.tabs?.postMessage(message);
      }
    } finally {
      clearTimeout(alarm);
    }
  }

  /** @param {number} milliseconds */
  #sleep(milliseconds) {
    return new Promise((resolve) => {
      this.wake = () => resolve(undefined);
      setTimeout(resolve, milliseconds);
    });
  }
}
