// What the panel asks of the api, with the session that the host's signed token was exchanged for.

const PATIENCE_MS = 20_000;

/** @typedef {{page?: string, app_version?: string, last_error?: string, account?: string}} PanelContext */
/** @typedef {{token: string, expires_at: string, email: string | null, name: string | null, account_id: string | null, platforms: string[]}} PanelSession */
/** @typedef {{id: number, subject: string, status: string, updated_at: string, url: string, rateable: boolean, score: string | null}} PanelTicket */

export class PanelError extends Error {
  /** @param {number} status 0: not reached @param {string} message for the customer, in their language, where the api sent one */
  constructor(status, message) {
    super(message);
    this.name = 'PanelError';
    this.status = status;
  }
}

export class PanelClient {
  /**
   * @param {string} origin of the api
   * @param {string | null} widgetKey
   * @param {() => Promise<string | null>} freshToken asks the host; each token is good for one use
   */
  constructor(origin, widgetKey, freshToken) {
    this.origin = origin;
    this.widgetKey = widgetKey;
    this.freshToken = freshToken;
    this.language = '';
    /** @type {Promise<PanelSession | null> | null} */
    this.opening = null;
  }

  /** @param {string} language @returns {Promise<import('../copilot/types.js').CatalogJson>} */
  catalog(language) {
    return this.#ask('GET', `/catalog?language=${encodeURIComponent(language)}`);
  }

  /** The customer's session; null where the host vouches for nobody. @returns {Promise<PanelSession | null>} */
  async session() {
    this.opening ??= this.#open();
    const found = await this.opening;
    if (found && Date.parse(found.expires_at) - Date.now() > 60_000) return found;
    this.opening = null;
    return found ? this.session() : null;
  }

  forget() {
    this.opening = null;
  }

  async #open() {
    const identity = await this.freshToken();
    if (!identity) return null;
    return this.#ask('POST', '/panel/sessions', { body: { identity, ...(this.widgetKey && { widget_key: this.widgetKey }) } }).catch((error) => {
      this.opening = null;
      throw error;
    });
  }

  /** @param {PanelContext} context @returns {Promise<import('../copilot/types.js').Related[]>} */
  async articles({ page, app_version, last_error }) {
    const context = { page, app_version, last_error };
    const { articles } = await this.#ask('POST', '/panel/articles', { body: { language: this.language, context } });
    return articles;
  }

  /** @returns {Promise<PanelTicket[]>} */
  async tickets() {
    return (await this.#own('GET', '/panel/tickets')).tickets;
  }

  /** @param {number} id @param {string} score @param {string} comment @returns {Promise<PanelTicket>} */
  rate(id, score, comment) {
    return this.#own('POST', `/panel/tickets/${id}/rating`, { score, ...(comment && { comment }) });
  }

  /** As the customer; a session that is over is opened again once. @param {string} method @param {string} path @param {unknown} [body] */
  async #own(method, path, body) {
    for (let tries = 0; ; tries += 1) {
      const session = await this.session();
      if (!session) throw new PanelError(401, '');
      try {
        return await this.#ask(method, path, { body, token: session.token });
      } catch (error) {
        if (!(error instanceof PanelError) || error.status !== 401 || tries) throw error;
        this.forget();
      }
    }
  }

  /** @param {string} method @param {string} path @param {{body?: unknown, token?: string}} [options] @returns {Promise<any>} */
  async #ask(method, path, { body, token } = {}) {
    let response;
    try {
      response = await fetch(this.origin + path, {
        method,
        cache: 'no-store',
        credentials: 'omit',
        signal: AbortSignal.timeout(PATIENCE_MS),
        headers: {
          ...(this.language && { 'Accept-Language': this.language }),
          ...(token && { Authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new PanelError(0, '');
    }
    const answer = await response.json().catch(() => null);
    if (response.ok) return answer;
    throw new PanelError(response.status, answer?.error?.message ?? '');
  }
}
