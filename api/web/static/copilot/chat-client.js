// The chat contract over fetch. One method a call; every failure is a ChatError that says whether to try again.

import { toJson } from './memory.js';

/** @import {Article, Attachment, CatalogJson, ConversationRef, CopilotContext, Message, OpenedConversation, Opening, Outgoing, Ticket, TurnOutcome, Upload} from './types.js' */

// The api gives a turn 30 s; past this the connection is dead, and the same client_message_id may be sent again.
const TURN_TIMEOUT_MS = 60_000;

export class ChatError extends Error {
  /**
   * @param {number} status    0: the api was not reached
   * @param {string} message   for the customer, in their language, where the api sent one
   * @param {number} [retryAfter] seconds
   * @param {string} [code]       the api's own name of it
   * @param {string[]} [fields]   of a form, that were wrong
   */
  constructor(status, message, retryAfter = 0, code = '', fields = []) {
    super(message);
    this.code = code;
    this.fields = fields;
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
    return this.#post('/chat/conversations', '', {
      channel: opening.channel,
      ...(opening.widgetKey && { widget_key: opening.widgetKey }),
      ...(opening.language && { language: opening.language }),
      ...(opening.identity && { identity: opening.identity }),
      // The query and the fragment of an address may hold secrets of the host page; its path is enough.
      page: { url: location.origin + location.pathname, title: document.title.slice(0, 200) },
      ...(opening.context && { context: opening.context }),
    });
  }

  /** @param {ConversationRef} conversation @param {Outgoing} outgoing @returns {Promise<TurnOutcome>} */
  send(conversation, outgoing) {
    const { client_message_id, text, choice_id, attachment_ids } = outgoing;
    return this.#post(`${this.#path(conversation)}/messages`, conversation.token, { client_message_id, text, choice_id, attachment_ids }, TURN_TIMEOUT_MS);
  }

  /** @param {ConversationRef} conversation @param {Pick<Article, 'article_id' | 'locale'>} article @returns {Promise<void>} */
  opened(conversation, { article_id, locale }) {
    return this.#post(`${this.#path(conversation)}/opened`, conversation.token, { article_id, locale });
  }

  /** @param {ConversationRef} conversation @param {CopilotContext} context @returns {Promise<void>} */
  tellContext(conversation, context) {
    return this.#post(`${this.#path(conversation)}/context`, conversation.token, context);
  }

  /** The customer's earlier conversation, where this one is proven theirs. @param {ConversationRef} conversation @returns {Promise<ConversationRef>} */
  resume(conversation) {
    return this.#post(`${this.#path(conversation)}/resume`, conversation.token, {});
  }

  /** @param {ConversationRef} conversation @param {string} email @returns {Promise<{email: string}>} */
  requestCode(conversation, email) {
    return this.#post('/identity/codes', conversation.token, { email });
  }

  /** @param {ConversationRef} conversation @param {string} code @returns {Promise<{ticket_ids: number[]}>} */
  verifyCode(conversation, code) {
    return this.#post('/identity/codes/verify', conversation.token, { code });
  }

  /** @param {ConversationRef} conversation @returns {Promise<{verified: boolean, email: string | null}>} */
  me(conversation) {
    return this.#json('GET', '/identity/me', { token: conversation.token });
  }

  /** Opens a ticket; the same `external_id` again is the same ticket. @param {ConversationRef} conversation @param {Ticket} request @returns {Promise<{request: {id: number}}>} */
  openTicket(conversation, request) {
    return this.#post('/api/v2/requests', conversation.token, { request });
  }

  /** @param {string} locale @param {string} id @returns {Promise<Article>} */
  article(locale, id) {
    return this.#json('GET', `/help-center/articles/${encodeURIComponent(locale)}/${id.split('/').map(encodeURIComponent).join('/')}`);
  }

  /** @param {ConversationRef} conversation @param {number} after @returns {Promise<Message[]>} */
  async history(conversation, after) {
    const found = await this.#json('GET', `${this.#path(conversation)}/messages?after=${after}`, { token: conversation.token });
    return Array.isArray(found) ? found : found.messages;
  }

  /**
   * Sends a file. By XMLHttpRequest: fetch does not tell how much of a body is sent. The same `id` again is the same file.
   *
   * @param {ConversationRef} conversation
   * @param {Upload} upload
   * @returns {Promise<Attachment>}
   */
  upload(conversation, { id, file, signal, progress }) {
    const body = new FormData();
    body.append('client_upload_id', id);
    body.append('file', file, file.name);
    const request = new XMLHttpRequest();
    return new Promise((resolve, reject) => {
      request.open('POST', `${this.origin}${this.#path(conversation)}/attachments`);
      request.setRequestHeader('Authorization', `Bearer ${conversation.token}`);
      if (this.language) request.setRequestHeader('Accept-Language', this.language);
      request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
      request.onload = () => {
        const answer = parsed(request.responseText);
        if (request.status < 300 && answer?.id) resolve(answer);
        else reject(failureOf(request.status < 300 ? 0 : request.status, answer));
      };
      request.onerror = request.onabort = () => reject(new ChatError(0, ''));
      signal.addEventListener('abort', () => request.abort());
      request.send(body);
    });
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

  /** @param {string} path @param {string} token @param {unknown} body @param {number} [timeout] @returns {Promise<any>} */
  #post(path, token, body, timeout = 20_000) {
    return this.#json('POST', path, { token, body: toJson(body), type: 'application/json', timeout });
  }

  /** @param {string} method @param {string} path @param {Options} [options] @returns {Promise<any>} */
  async #json(method, path, options = {}) {
    const response = await this.#fetch(method, path, { timeout: 20_000, ...options });
    if (response.status === 204) return null;
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
    throw failureOf(response.status, parsed(await response.text().catch(() => '')), Number(response.headers.get('Retry-After')));
  }
}

/** @param {number} status @param {any} body the chat's errors, or the ticketing API's @param {number} [retryAfter] */
function failureOf(status, body, retryAfter = 0) {
  const error = body?.error;
  return new ChatError(status, typeof error?.message === 'string' ? error.message : '', retryAfter || 0,
    String(error?.code ?? error ?? ''), Object.keys(body?.details ?? {}));
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
