// <support-copilot-panel>: the help of a host application's navigation bar. `Copilot` asks the copilot; `?` opens the
// Information Center with specialists' forms, articles for the open screen, my tickets and the satisfaction survey.
//
//   api           origin of the copilot; default: where this module came from
//   widget-key    names the host application
//   language      es, en, pt ...; default: the page's, else the browser's
//   identity-url  an address of the host's own server that answers {"token": "<signed token>"} for who is signed in
//   theme         light or dark; default: as the system says
//
//   identify(token | () => Promise<token>)   in place of identity-url; a function, as each token is good for one use
//   setContext({account, page, app_version, last_error})   shown to the customer, and sent only once they agree
//   setLanguage(language), open(view), close()
//
// Events: panel-open and panel-close (detail: {view}), panel-identified (detail: {name, email, account_id}), panel-unidentified.

import './support-copilot.js';
import { h, icon } from './copilot/dom.js';
import { wantedLanguage, Words } from './copilot/words.js';
import { Consent, consentBox } from './panel/consent.js';
import { PanelClient } from './panel/panel-client.js';
import { panelStyleSheet } from './panel/panel-styles.js';
import { showView, titleOf } from './panel/views.js';

/** @import {SupportCopilot} from './support-copilot.js' */
/** @import {PanelContext, PanelSession} from './panel/panel-client.js' */
/** @import {ViewName} from './panel/views.js' */

const HERE = new URL(import.meta.url).origin;
// What everybody hears before the words are there, or without them.
const NAMELESS = 'Copilot';
const REACHED = 'button, a[href], input';
const SPARK = 'M12 2.5c.8 5.3 4.2 8.700 9.500 9.500-5.300.8-8.700 4.200-9.500 9.500-.8-5.300-4.200-8.700-9.500-9.500 5.300-.8 8.700-4.200 9.500-9.500Z';

export class SupportCopilotPanel extends HTMLElement {
  static observedAttributes = ['language', 'identity-url', 'api', 'widget-key', 'theme'];

  constructor() {
    super();
    this.root = this.attachShadow({ mode: 'open' });
    this.root.adoptedStyleSheets = [panelStyleSheet()];
    this.words = new Words(null, 'panel');
    /** @type {PanelContext} */
    this.context = {};
    /** @type {(() => Promise<string | null>) | null} */
    this.provider = null;
    /** @type {ViewName | null} */
    this.view = null;
    /** @type {SupportCopilot | null} */
    this.copilot = null;
    this.identified = false;
    /** @type {string | undefined} */
    this.account = undefined;
    this.client = new PanelClient(HERE, null, () => this.#fresh());
    this.consent = new Consent(HERE);
    this.consent.of('');
    const namespace = 'http://www.w3.org/2000/svg';
    const spark = document.createElementNS(namespace, 'svg');
    const path = document.createElementNS(namespace, 'path');
    path.setAttribute('d', SPARK);
    for (const [name, value] of Object.entries({ viewBox: '0 0 24 24', 'aria-hidden': 'true', class: 'spark' })) spark.setAttribute(name, value);
    spark.append(path);
    this.label = h('span', {}, NAMELESS);
    this.button = h('button', { type: 'button', part: 'copilot', 'aria-expanded': 'false', 'aria-controls': 'ask', onclick: () => this.#menu(this.asking.hidden !== false) }, spark, this.label);
    this.asking = h('div', { class: 'ask', id: 'ask', hidden: true });
    this.question = h('button', { type: 'button', class: 'question', part: 'help', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', onclick: () => (this.view === null ? this.open() : this.close()) },
      h('span', {}, '?'), h('span', { class: 'hidden' }));
    this.heading = h('h2', { id: 'title', tabindex: -1 });
    this.back = h('button', { type: 'button', onclick: () => this.open(this.view?.startsWith('form.') ? 'experts' : 'home') }, h('span', { 'aria-hidden': 'true' }, '‹'));
    this.shut = h('button', { type: 'button', onclick: () => this.close() }, icon('close'));
    this.place = h('div', { class: 'view' });
    this.drawer = h('div', { class: 'drawer', part: 'drawer', role: 'dialog', 'aria-labelledby': 'title', popover: 'manual' },
      h('div', { class: 'head' }, this.back, this.heading, this.shut), this.place);
    this.root.replaceChildren(h('div', { class: 'menu' }, this.button, this.asking), this.question, this.drawer);
  }

  connectedCallback() {
    const api = this.getAttribute('api');
    const origin = api ? new URL(api, location.href).origin : HERE;
    this.client = new PanelClient(origin, this.getAttribute('widget-key'), () => this.#fresh());
    this.copilot = this.#copilot(origin);
    document.addEventListener('click', this.#outside);
    this.addEventListener('keydown', this.#keys);
    void this.#speak(wantedLanguage(this));
  }

  disconnectedCallback() {
    document.removeEventListener('click', this.#outside);
    this.removeEventListener('keydown', this.#keys);
    this.close();
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (!this.isConnected || before === value) return;
    if (name === 'language') {
      this.copilot?.setAttribute('language', value ?? '');
      void this.#speak(wantedLanguage(this));
    } else if (name === 'identity-url') this.#forget();
    else if (name === 'theme' && value) this.copilot?.setAttribute('theme', value);
    else if (name !== 'theme') {
      this.disconnectedCallback();
      this.connectedCallback();
    }
  }

  /** @param {string | null | (() => Promise<string | null>)} token null: nobody is signed in */
  identify(token) {
    this.provider = typeof token === 'function' ? token : once(token);
    this.#forget();
    if (token === null) this.copilot?.removeAttribute('identity');
  }

  /** Replaces what was told before. @param {PanelContext} context */
  setContext(context) {
    this.context = { ...context };
    this.#tell();
    if (this.view === 'home') this.#draw();
  }

  /** @param {string} language */
  setLanguage(language) {
    this.setAttribute('language', language);
  }

  /** @param {ViewName} [view] */
  open(view = 'home') {
    const first = this.view === null;
    this.#menu(false);
    this.view = view;
    if (first) {
      this.drawer.classList.add('shown');
      // Above whatever the host stacks, whichever element the panel stands in.
      this.drawer.showPopover?.();
      this.question.setAttribute('aria-expanded', 'true');
      this.#say('panel-open', { view });
    }
    this.#draw();
    this.heading.focus();
    void this.#who();
    this.#speakAtLast();
  }

  close() {
    if (this.view === null) return;
    const { view } = this;
    this.view = null;
    const within = this.root.activeElement !== null && this.drawer.contains(this.root.activeElement);
    if (this.drawer.matches(':popover-open')) this.drawer.hidePopover();
    this.drawer.classList.remove('shown');
    this.question.setAttribute('aria-expanded', 'false');
    this.place.replaceChildren();
    if (within) this.question.focus();
    this.#say('panel-close', { view });
  }

  /** @param {boolean} open */
  #menu(open) {
    if (this.asking.hidden !== open) return;
    this.asking.hidden = !open;
    this.button.setAttribute('aria-expanded', String(open));
    if (!open) return;
    this.#drawMenu().focus();
    void this.#who();
    this.#speakAtLast();
  }

  #drawMenu() {
    const ask = h('button', { type: 'button', class: 'row main', onclick: () => void this.#ask() }, this.words.text('ask'));
    const box = consentBox(this.#known(), this.words, this.consent.given, (given) => this.#consented(given));
    this.asking.replaceChildren(ask, ...(box ? [box] : []));
    return ask;
  }

  #draw() {
    const { view, words } = this;
    if (view === null) return;
    this.heading.textContent = words.language ? titleOf(view, words) : NAMELESS;
    this.back.hidden = view === 'home';
    // Drawn again, for instance when it is known who asks: whoever is on their way through it by keyboard stays where they are.
    const reached = [...this.place.querySelectorAll(REACHED)].indexOf(/** @type {Element} */ (this.root.activeElement));
    void showView(view, {
      words, client: this.client, context: this.#known(), consent: this.consent,
      go: (next) => this.open(next),
      ask: () => void this.#ask(),
      consented: (given) => this.#consented(given),
    }, this.place);
    const again = reached < 0 ? null : this.place.querySelectorAll(REACHED)[reached];
    if (again instanceof HTMLElement) again.focus();
  }

  /** Opens the copilot for whom the host vouches for; without a token, for a visitor. */
  async #ask() {
    this.#menu(false);
    this.close();
    const token = await this.#fresh().catch(() => null);
    if (token) this.copilot?.setAttribute('identity', token);
    else this.#unknown();
    this.#tell();
    this.copilot?.open();
  }

  /** @param {boolean} given */
  #consented(given) {
    this.consent.give(given);
    this.#tell();
  }

  /** The copilot learns of the context what the customer agreed to, and forgets it where they take that back. */
  #tell() {
    const { page, app_version, last_error } = this.context;
    if (this.consent.given) this.copilot?.setContext({ ...(page && { page }), ...(app_version && { app_version }), ...(last_error && { last_error }) });
    else this.copilot?.setContext({});
  }

  /** What the host told, with the account that its token names. @returns {PanelContext} */
  #known() {
    return { ...this.context, ...(this.account && { account: this.context.account ?? this.account }) };
  }

  /** A token of the host's, new for each use. @returns {Promise<string | null>} */
  async #fresh() {
    if (this.provider) return this.provider();
    const address = this.getAttribute('identity-url');
    if (!address) return null;
    const response = await fetch(address, { cache: 'no-store', credentials: 'same-origin' });
    if (!response.ok) return null;
    const { token } = await response.json();
    return typeof token === 'string' ? token : null;
  }

  /** Whom the host vouches for, asked once. */
  async #who() {
    if (this.identified) return;
    this.identified = true;
    /** @type {PanelSession | null} */
    const session = await this.client.session().catch(() => null);
    if (!session) return this.#unknown();
    this.account = session.account_id ?? undefined;
    this.consent.of(session.email ?? '');
    this.#tell();
    this.#say('panel-identified', { name: session.name, email: session.email, account_id: session.account_id });
    if (this.view === 'home') this.#draw();
  }

  #unknown() {
    this.identified = false;
    this.#say('panel-unidentified', {});
  }

  #forget() {
    this.identified = false;
    this.account = undefined;
    this.client.forget();
  }

  /** The page's own <support-copilot channel="admin">, else one at the end of the page: a header may clip what is fixed. @param {string} origin */
  #copilot(origin) {
    const found = /** @type {SupportCopilot | null} */ (document.querySelector('support-copilot[channel="admin"]'));
    const copilot = found ?? /** @type {SupportCopilot} */ (document.createElement('support-copilot'));
    if (!found) {
      const key = this.getAttribute('widget-key');
      const theme = this.getAttribute('theme');
      for (const [name, value] of Object.entries({ api: origin, channel: 'admin', launcher: 'none', language: wantedLanguage(this), ...(key && { 'widget-key': key }), ...(theme && { theme }) })) copilot.setAttribute(name, value);
      document.body.append(copilot);
    }
    copilot.addEventListener('copilot-identity-refused', (event) => {
      const { detail } = /** @type {CustomEvent<{renew: (token: Promise<string | null>) => void}>} */ (event);
      detail.renew(this.#fresh());
    });
    copilot.addEventListener('copilot-close', () => this.button.focus());
    return copilot;
  }

  /** The words, where the api could not be reached for them before. */
  #speakAtLast() {
    if (!this.words.language) void this.#speak(wantedLanguage(this));
  }

  /** @param {string} language */
  async #speak(language) {
    let speechless;
    try {
      const catalog = await this.client.catalog(language);
      speechless = !this.words.language;
      this.words = new Words(catalog, 'panel');
      this.client.language = catalog.language;
    } catch {
      return; // out of reach: the next opening asks again
    }
    this.lang = this.words.language;
    this.label.textContent = this.words.text('copilot');
    for (const [element, key] of /** @type {const} */ ([[this.shut, 'close'], [this.back, 'back']])) element.setAttribute('aria-label', this.words.text(key));
    const said = /** @type {HTMLElement} */ (this.question.lastElementChild);
    said.textContent = this.words.text('help');
    this.question.firstElementChild?.setAttribute('aria-hidden', 'true');
    this.question.title = this.words.text('help');
    if (speechless && !this.asking.hidden) {
      const reached = this.asking.contains(this.root.activeElement);
      const ask = this.#drawMenu();
      if (reached) ask.focus();
    }
    this.#draw();
  }

  #outside = (/** @type {Event} */ event) => {
    if (!event.composedPath().includes(/** @type {HTMLElement} */ (this.asking.parentElement))) this.#menu(false);
  };

  #keys = (/** @type {KeyboardEvent} */ event) => {
    // The form's own pop-up is closed first, by itself.
    if (event.key !== 'Escape' || event.defaultPrevented || this.drawer.querySelector('dialog[open]')) return;
    if (!this.asking.hidden) {
      this.#menu(false);
      this.button.focus();
    } else this.close();
  };

  /** @param {string} name @param {object} detail */
  #say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** A token that was passed as it is serves once. @param {string | null} token */
function once(token) {
  let left = token;
  return async () => {
    const given = left;
    left = null;
    return given;
  };
}

if (!customElements.get('support-copilot-panel')) customElements.define('support-copilot-panel', SupportCopilotPanel);
