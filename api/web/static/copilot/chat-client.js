// The chat contract over fetch. One method a call; every failure is a ChatError that says whether to try again.

/** @import {Attachment, CatalogJson, ConversationRef, Message, OpenedConversation, Opening, Outgoing, TurnOutcome} from './types.js' */

// The api gives a turn 30 s; past this the connection is dead, and the same client_message_id may be sent again.
const TURN_TIMEOUT_MS = 60_000;

export class ChatError extends Error {
  /**
   * @param {number} status    0: the api was not reached
   * @param {string} message   for the customer, in their language, where the api sent one
   * @param {number} [retryAfter] seconds
   */
  constructor(status, message, retryAfter = 0) {
    super(message);
    this.name = 'ChatError';
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** Worth sending again as it stands. */
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 409 || this.status === 429 || this.status >= 500;
  }

  /** The conversation or its token is gone. */
  get gone() {
    return this.status === 401 || this.status === 403 || this.status === 404;
  }
}

export class ChatClient {
  /** @param {string} origin of the api */
  constructor(origin) {
    this.origin = origin;
    /** The api words its errors in it. */
    this.language = '';
  }

  /** @param {string} language @returns {Promise<CatalogJson>} */
  async catalog(language) {
    const path = '/catalog';
    try {
      return await this.#json('GET', `${path}?language=${encodeURIComponent(language)}`);
    } catch (error) {
      // A page in a language that the deployment does not speak gets the deployment's own.
      if (error instanceof ChatError && error.status >= 400 && error.status < 500) return this.#json('GET', path);
      throw error;
    }
  }

  /** @param {Opening} opening @returns {Promise<OpenedConversation>} */
  start(opening) {
    return this.#json('POST', '/chat/conversations', {
      body: JSON.stringify({
        channel: opening.channel,
        ...(opening.widgetKey && { widget_key: opening.widgetKey }),
        ...(opening.language && { language: opening.language }),
        ...(opening.identity && { identity: opening.identity }),
        // The query and the fragment of an address may hold secrets of the host page; its path is enough.
        page: { url: location.origin + location.pathname, title: document.title.slice(0, 200) },
      }),
      type: 'application/json',
    });
  }

  /** @param {ConversationRef} conversation @param {Outgoing} outgoing @returns {Promise<TurnOutcome>} */
  send(conversation, outgoing) {
    const { client_message_id, text, choice_id, attachment_ids } = outgoing;
    return this.#json('POST', `${this.#path(conversation)}/messages`, {
      token: conversation.token,
      body: JSON.stringify({ client_message_id, text, choice_id, attachment_ids }),
      type: 'application/json',
      timeout: TURN_TIMEOUT_MS,
    });
  }

  /** @param {ConversationRef} conversation @param {number} after @returns {Promise<Message[]>} */
  async history(conversation, after) {
    const found = await this.#json('GET', `${this.#path(conversation)}/messages?after=${after}`, { token: conversation.token });
    return Array.isArray(found) ? found : found.messages;
  }

  /** @param {ConversationRef} conversation @param {File} file @param {AbortSignal} signal @returns {Promise<Attachment>} */
  upload(conversation, file, signal) {
    const body = new FormData();
    body.append('file', file, file.name);
    return this.#json('POST', `${this.#path(conversation)}/attachments`, { token: conversation.token, body, signal });
  }

  /**
   * The open event stream. EventSource cannot send the token, so the body is read by `readEvents`.
   *
   * @param {ConversationRef} conversation
   * @param {number} lastSeq
   * @param {AbortSignal} signal
   */
  events(conversation, lastSeq, signal) {
    return this.#fetch('GET', `${this.#path(conversation)}/events`, {
      token: conversation.token,
      signal,
      headers: { Accept: 'text/event-stream', 'Last-Event-ID': String(lastSeq) },
    });
  }

  /** @param {ConversationRef} conversation */
  #path(conversation) {
    return `/chat/conversations/${encodeURIComponent(conversation.id)}`;
  }

  /**
   * @typedef {object} Options
   * @property {string} [token]
   * @property {BodyInit} [body]
   * @property {string} [type]
   * @property {number} [timeout] milliseconds
   * @property {AbortSignal} [signal]
   * @property {Record<string, string>} [headers]
   */

  /** @param {string} method @param {string} path @param {Options} [options] @returns {Promise<any>} */
  async #json(method, path, options = {}) {
    const response = await this.#fetch(method, path, { timeout: 20_000, ...options });
    try {
      return await response.json();
    } catch (error) {
      throw new ChatError(0, String(error)); // cut in the middle: the same as not reached
    }
  }

  /** @param {string} method @param {string} path @param {Options} options */
  async #fetch(method, path, { token, body, type, timeout, signal, headers }) {
    /** @type {Response} */
    let response;
    const signals = [signal, timeout ? AbortSignal.timeout(timeout) : undefined].filter((one) => one !== undefined);
    try {
      response = await fetch(this.origin + path, {
        method,
        ...(body !== undefined && { body }),
        signal: signals.length ? AbortSignal.any(signals) : null,
        credentials: 'omit',
        cache: 'no-store',
        headers: { ...headers, ...(this.language && { 'Accept-Language': this.language }), ...(token && { Authorization: `Bearer ${token}` }), ...(type && { 'Content-Type': type }) },
      });
    } catch (error) {
      throw new ChatError(0, String(error));
    }
    if (response.ok) return response;
    throw new ChatError(response.status, await errorText(response), Number(response.headers.get('Retry-After')) || 0);
  }
}

/** @param {Response} response @returns {Promise<string>} the sentence that the api gave, or '' */
async function errorText(response) {
  try {
    const body = await response.json();
    return typeof body?.error?.message === 'string' ? body.error.message : '';
  } catch {
    return '';
  }
}
