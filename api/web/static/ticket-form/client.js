// What the ticket form asks of the api. By the sign-in cookie on our own pages, by a token everywhere else.

/** @typedef {{id: string, label: string, help?: string}} Option */
/** @typedef {Option & {kind: string, ask: string, default: string | null, options: Option[]}} Field */
/** @typedef {Option & {card: {emoji: string, question: string, use: string}, emergency: boolean, subcategories: Option[], purposes: Option[], fields: string[], required_fields: string[]}} Category */
/** @typedef {Option & {subjects: Option[], fields: string[], required_fields: string[]}} SupportType */
/** @typedef {Option & {details: (Option & {kind: string})[]}} Topic */
/** @typedef {{vendor: string, language: string, support_types: SupportType[], categories: Category[], fields: Field[], topics: Topic[], attachments: {max_bytes: number, max_files: number}}} Catalog */
/** @typedef {{catalog: Catalog, words: Record<string, string>, platforms: string[], email: string | null, verified: boolean}} FormData */
/** @typedef {{title: string, heading: string, url: string, snippet: string, locale: string}} Article */
/** @typedef {{id: number, title: string, text: string, latest: string | null, language: string}} Notice */
/** @typedef {{articles: Article[], notices: Notice[], topics: {id: string, label: string, details: string[]}[]}} Suggestions */
/** @typedef {{id: number, subject: string, status: string, priority: string, html_url: string, custom_fields: {id: string, value: string | null}[]}} Ticket */
/** @typedef {{error: string, description: string}} Problem */

const PATIENCE_MS = 30_000;

/** An answer that is no success; `status` 0: the api was not reached. */
export class FormError extends Error {
  /** @param {number} status @param {string} message @param {string} [code] @param {Record<string, Problem[]>} [details] by field */
  constructor(status, message, code = '', details = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export class FormClient {
  /** @param {string} origin @param {string} language @param {string} token '' for the cookie */
  constructor(origin, language, token) {
    this.origin = origin;
    this.language = language;
    this.token = token;
    /** The cookie says who this is. */
    this.known = false;
    /** @type {Promise<void> | null} */
    this.visiting = null;
  }

  /** @returns {Promise<FormData>} */
  form() {
    return this.#ask('GET', `/portal/data/form?language=${encodeURIComponent(this.language)}`);
  }

  /** @param {string} text @param {AbortSignal} signal @returns {Promise<Suggestions>} */
  suggestions(text, signal) {
    const query = new URLSearchParams({ q: text.slice(0, 1000), language: this.language });
    return this.#ask('GET', `/portal/data/suggestions?${query}`, { signal });
  }

  /** Gets a token for somebody without an account, once. */
  async visitIfNeeded() {
    if (this.known || this.token) return;
    this.visiting ??= this.#ask('POST', '/identity/visitors', { body: { language: this.language } }).then(({ token }) => {
      this.token = token;
    });
    try {
      await this.visiting;
    } finally {
      this.visiting = null;
    }
  }

  /** @param {string} email */
  sendCode(email) {
    return this.#ask('POST', '/identity/codes', { body: { email } });
  }

  /** @param {string} code @returns {Promise<{email: string}>} */
  verify(code) {
    return this.#ask('POST', '/identity/codes/verify', { body: { code } });
  }

  /** @param {string} key of this form @param {unknown} request @returns {Promise<Ticket>} the same for the same key */
  async open(key, request) {
    for (let tries = 0; ; tries += 1) {
      try {
        const { request: ticket } = await this.#ask('POST', '/api/v2/requests.json', { body: { request }, key });
        return ticket;
      } catch (error) {
        // The first of two is still being worked on.
        if (!(error instanceof FormError) || error.status !== 409 || tries > 5) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  }

  /** When a ticket like this one is answered first. @param {Ticket} ticket @returns {Promise<string>} '' where that is not known */
  async expected(ticket) {
    const query = new URLSearchParams({ priority: ticket.priority, language: this.language });
    const category = ticket.custom_fields.find(({ id }) => id === 'category')?.value;
    if (category) query.set('category', category);
    return this.#ask('GET', `/api/v2/expected_response?${query}`).then((found) => found.expected_response.text, () => '');
  }

  /**
   * @param {File} file
   * @param {string} key the same when it is sent again
   * @param {(share: number) => void} progress from 0 to 1
   * @param {AbortSignal} signal
   * @returns {Promise<string>} the token to name in the ticket
   */
  upload(file, key, progress, signal) {
    return new Promise((resolve, reject) => {
      // fetch does not tell how much of a body is sent.
      const request = new XMLHttpRequest();
      request.open('POST', `${this.origin}/api/v2/uploads.json?filename=${encodeURIComponent(file.name)}`);
      for (const [name, value] of Object.entries(this.#headers({ key }))) request.setRequestHeader(name, value);
      request.setRequestHeader('Content-Type', 'application/octet-stream');
      request.upload.addEventListener('progress', ({ loaded, total }) => progress(total ? loaded / total : 0));
      request.addEventListener('load', () => {
        const answer = parsed(request.responseText);
        if (request.status === 201) resolve(answer.upload.token);
        else reject(refusal(request.status, answer));
      });
      request.addEventListener('error', () => reject(new FormError(0, '')));
      request.addEventListener('abort', () => reject(new FormError(0, 'aborted')));
      signal.addEventListener('abort', () => request.abort());
      request.send(file);
    });
  }

  /** @param {{key?: string}} options */
  #headers({ key }) {
    return {
      'Accept-Language': this.language,
      'Copilot-Face': 'portal',
      ...(this.token && { Authorization: `Bearer ${this.token}` }),
      ...(key && { 'Idempotency-Key': key }),
    };
  }

  /**
   * @param {string} method @param {string} path
   * @param {{body?: unknown, key?: string, signal?: AbortSignal}} [options]
   * @returns {Promise<any>}
   */
  async #ask(method, path, { body, key, signal } = {}) {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    let response;
    let text;
    try {
      response = await fetch(this.origin + path, {
        method,
        cache: 'no-store',
        credentials: 'same-origin',
        signal: signal ? AbortSignal.any([signal, patience]) : patience,
        headers: { ...this.#headers({ ...(key && { key }) }), ...(body !== undefined && { 'Content-Type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch (error) {
      throw new FormError(0, String(error));
    }
    const answer = parsed(text);
    if (response.ok) return answer;
    throw refusal(response.status, answer);
  }
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Both of the api's shapes: ours, and Zendesk's. @param {number} status @param {any} answer */
function refusal(status, answer) {
  if (typeof answer?.error === 'object') return new FormError(status, answer.error.message ?? '', answer.error.code ?? '');
  const details = answer?.details ?? {};
  const said = Object.values(details).flat().map((problem) => /** @type {Problem} */ (problem)?.description).filter(Boolean);
  return new FormError(status, said.join(' '), answer?.error ?? '', details);
}
