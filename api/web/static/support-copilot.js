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
//
// This module is the launcher alone, so that a page is not kept waiting: what stands behind it (support-copilot-chat.js) comes
// when the page has nothing else to do, or as soon as somebody is about to open it. Until then everything asked of it waits.

import { forgetKept, keptOpen, prefixOf } from './copilot/kept.js';
import { launcherButton, launcherSheet } from './copilot/launcher.js';

/** @import {CopilotContext, CopilotElement, CopilotEvents} from './copilot-element.js' */
/** @import {Chat} from './support-copilot-chat.js' */

const HOME = new URL(import.meta.url).origin;
// A page that is never done loading has its copilot all the same.
const IDLE_AT_THE_LATEST_MS = 4_000;

/** @implements {CopilotElement} */
export class SupportCopilot extends HTMLElement {
  static observedAttributes = ['open', 'language', 'identity', 'widget-key', 'channel', 'api'];

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [launcherSheet()];
    this.launcher = launcherButton(() => this.toggle(), () => void this.#bring());
    root.append(this.launcher);
    /** @type {Chat | null} what stands behind the launcher, once it is there */
    this.chat = null;
    /** @type {CopilotContext | null} */
    this.context = null;
    this.connected = false;
    /** @type {Element | null | undefined} what had the focus when it was asked to open; undefined: nobody has asked */
    this.askedFrom = undefined;
  }

  connectedCallback() {
    this.connected = true;
    if (this.chat) this.chat.connect(false);
    else if (this.hasAttribute('open') || keptOpen(this.keptAs)) void this.#bring();
    else whenIdle(() => void this.#bring());
  }

  disconnectedCallback() {
    this.connected = false;
    this.chat?.disconnect();
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (!this.connected || before === value) return;
    if (this.chat) this.chat.changed(name, before, value);
    else if (name === 'open') {
      this.askedFrom = value === null ? undefined : document.activeElement;
      if (value === null) this.launcher.removeAttribute('aria-busy');
      else this.launcher.setAttribute('aria-busy', 'true');
      void this.#bring();
    }
  }

  /** Loads what stands behind the launcher, once. */
  async #bring() {
    const { Chat: Loaded } = await chatModule();
    if (this.chat || !this.connected) return;
    this.chat = new Loaded(this);
    this.launcher.removeAttribute('aria-busy');
    // Whoever has gone on to something else meanwhile is left there.
    this.chat.connect(this.askedFrom !== undefined && this.askedFrom === document.activeElement);
  }

  /** Of the api. */
  get origin() {
    const api = this.getAttribute('api');
    return api ? new URL(api, location.href).origin : HOME;
  }

  /** What begins the names of all that this browser keeps for who is there now. */
  get keptAs() {
    return prefixOf(this, this.origin);
  }

  get isOpen() {
    return this.chat ? this.chat.isOpen : this.hasAttribute('open');
  }

  get unreadCount() {
    return this.chat?.unreadCount ?? 0;
  }

  open() {
    this.setAttribute('open', '');
  }

  close() {
    this.removeAttribute('open');
    if (this.chat) this.chat.hide();
    else keptOpen(this.keptAs, false);
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  /** @param {string} language */
  setLanguage(language) {
    this.setAttribute('language', language);
    this.chat?.answerLanguage();
  }

  /** @param {string} jwt */
  identify(jwt) {
    this.setAttribute('identity', jwt);
  }

  logout() {
    if (this.chat) return this.chat.logout();
    this.close();
    forgetKept(this.keptAs);
    this.removeAttribute('identity');
    // Whoever spoke here before signing in was the same person.
    forgetKept(this.keptAs);
  }

  /** @param {CopilotContext} context */
  setContext({ page, app_version, last_error }) {
    this.context = { page: String(page ?? ''), app_version: String(app_version ?? ''), last_error: String(last_error ?? '') };
    this.chat?.tellContext(this.context);
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
  tell(event, detail) {
    this.dispatchEvent(new CustomEvent(`copilot-${event}`, { detail, bubbles: true, composed: true }));
  }
}

/** @param {() => void} work */
function whenIdle(work) {
  const idle = () => {
    if (typeof requestIdleCallback === 'function') requestIdleCallback(work, { timeout: IDLE_AT_THE_LATEST_MS });
    else setTimeout(work);
  };
  if (document.readyState === 'complete') return idle();
  addEventListener('load', idle, { once: true });
  setTimeout(idle, IDLE_AT_THE_LATEST_MS);
}

/** @type {Promise<typeof import('./support-copilot-chat.js')> | null} one for every widget of a page */
let coming = null;

function chatModule() {
  coming ??= untilLoaded();
  return coming;
}

/** @returns {Promise<typeof import('./support-copilot-chat.js')>} */
async function untilLoaded() {
  for (let tries = 0; ; tries += 1) {
    try {
      // Browsers remember of an address that it failed.
      return await import(`./support-copilot-chat.js${tries ? `?${tries}` : ''}`);
    } catch {
      await new Promise((resolve) => {
        addEventListener('online', resolve, { once: true });
        setTimeout(resolve, Math.min(2 ** tries, 30) * 1000);
      });
    }
  }
}

if (!customElements.get('support-copilot')) customElements.define('support-copilot', SupportCopilot);
