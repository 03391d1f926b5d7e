// What the host knows of the moment, shown to the customer before it goes anywhere: nothing is sent until they tick it.

import { h } from '../copilot/dom.js';

/** @import {Words} from '../copilot/words.js' */
/** @import {PanelContext} from './panel-client.js' */

const SHOWN = /** @type {const} */ (['account', 'page', 'app_version', 'last_error']);

/** The choice of one customer in this browser; refused storage keeps it for the page. */
export class Consent {
  /** @param {string} origin */
  constructor(origin) {
    this.origin = origin;
    this.who = '';
    this.given = false;
    /** Said on this page before it was known who says it. */
    this.early = false;
  }

  /** @param {string} who whom the host vouches for */
  of(who) {
    if (this.early && who) {
      // It was this customer who has just said so.
      const { given } = this;
      this.give(false);
      this.early = false;
      this.who = who;
      this.give(given);
      return;
    }
    this.who = who;
    try {
      this.given = localStorage.getItem(this.#key()) === '1';
    } catch {
      // refused: asked again on the next page
    }
  }

  /** @param {boolean} given */
  give(given) {
    this.given = given;
    this.early = this.who === '';
    try {
      if (given) localStorage.setItem(this.#key(), '1');
      else localStorage.removeItem(this.#key());
    } catch {
      // refused
    }
  }

  #key() {
    return `copilot-panel:${this.origin}:${this.who}:consent`;
  }
}

/** What there is to tell, as labelled lines. @param {PanelContext} context @param {Words} words @returns {[string, string][]} */
export function told(context, words) {
  return SHOWN.flatMap((name) => (context[name] ? [/** @type {[string, string]} */ ([words.text(name), String(context[name])])] : []));
}

/**
 * The box with everything that would be sent.
 *
 * @param {PanelContext} context @param {Words} words @param {boolean} given
 * @param {(given: boolean) => void} changed
 * @returns {HTMLElement | null} null where the host told nothing
 */
export function consentBox(context, words, given, changed) {
  const lines = told(context, words);
  if (!lines.length) return null;
  const box = h('input', { type: 'checkbox', checked: given, onchange: () => changed(box.checked) });
  return h('div', { class: 'consent' },
    h('label', {}, box, words.text('consent')),
    h('p', {}, words.text('consent_note')),
    h('dl', {}, ...lines.flatMap(([label, value]) => [h('dt', {}, label), h('dd', {}, value)])));
}
