// What may help while somebody is still typing: articles, running service notices, details worth adding.

import { h } from '../copilot/dom.js';
import { safeUrl } from '../copilot/text.js';

/** @import {FormClient, Suggestions, Topic} from './client.js' */
/** @import {Text} from './fields.js' */

const PAUSE_MS = 450;

export class Suggested {
  /** @param {FormClient} client @param {{text: Text, topics: Topic[], prefix: string, changed: () => void, values: () => Record<string, string>}} form */
  constructor(client, form) {
    this.client = client;
    this.form = form;
    this.place = h('div', { class: 'tf-suggestions', 'aria-live': 'polite' });
    this.details = h('fieldset', { class: 'tf-details tf-field', hidden: true });
    /** @type {Set<string>} */
    this.asked = new Set();
    this.last = '';
    this.timer = 0;
    this.asking = new AbortController();
  }

  /** @param {string} text of title and description */
  typed(text) {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.#look(text), PAUSE_MS);
  }

  stop() {
    clearTimeout(this.timer);
    this.asking.abort();
  }

  /** @param {string} text */
  async #look(text) {
    const wanted = text.trim().replace(/\s+/g, ' ');
    if (wanted === this.last) return;
    this.last = wanted;
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const found = wanted.length < 8 ? { articles: [], notices: [], topics: [] } : await this.client.suggestions(wanted, signal);
      if (!signal.aborted) this.show(found);
    } catch {
      // Nobody asked for them: without an answer there are none.
    }
  }

  /** @param {Suggestions} found */
  show({ articles, notices, topics }) {
    const { text } = this.form;
    this.place.replaceChildren(
      ...notices.map((notice) => h('section', { class: 'tf-suggested tf-notice', 'data-kind': 'notice' },
        h('h3', {}, text('notice_fits')), h('p', { lang: notice.language }, h('b', {}, notice.title), ` ${notice.latest ?? notice.text}`))),
      ...(articles.length ? [h('section', { class: 'tf-suggested', 'data-kind': 'articles' },
        h('h3', {}, text('suggested')),
        h('ul', {}, ...articles.map((article) => {
          const href = safeUrl(article.url, this.client.origin);
          return h('li', { lang: article.locale },
            href ? h('a', { href, target: '_blank', rel: 'noopener' }, article.title, h('span', { class: 'tf-hidden-file', lang: this.client.language }, ` ${text('new_window')}`)) : article.title,
            h('small', {}, article.heading === article.title ? article.snippet : article.heading));
        })))] : []));
    for (const { details } of topics) for (const id of details) this.asked.add(id);
    this.drawDetails();
  }

  /** What was asked for once stays: somebody may have begun to fill it in. */
  drawDetails() {
    const values = this.form.values();
    const known = new Map(this.form.topics.flatMap(({ details }) => details.map((each) => [each.id, each])));
    for (const id of Object.keys(values)) if (known.has(id) && values[id]) this.asked.add(id);
    const missing = [...this.asked].filter((id) => known.has(id) && !this.details.querySelector(`[data-detail="${CSS.escape(id)}"]`));
    if (!missing.length) return;
    if (!this.details.childElementCount) this.details.append(h('legend', {}, this.form.text('details'), h('span', { class: 'tf-optional' }, ` ${this.form.text('optional')}`)), h('div', { class: 'tf-pair' }));
    const place = /** @type {HTMLElement} */ (this.details.lastElementChild);
    for (const id of missing) {
      const detail = /** @type {Topic['details'][0]} */ (known.get(id));
      const name = `${this.form.prefix}-${id}`;
      const attributes = { id: name, name, 'data-detail': id, oninput: this.form.changed, autocomplete: 'off', ...(detail.help && { 'aria-describedby': `${name}-hint` }) };
      const control = detail.kind === 'long_text' ? h('textarea', { ...attributes, rows: 3 }) : h('input', { ...attributes, type: 'text', inputmode: detail.kind === 'url' ? 'url' : null });
      control.value = values[id] ?? '';
      place.append(h('div', { class: 'tf-field' }, h('label', { for: name }, detail.label), detail.help && h('p', { class: 'tf-hint', id: `${name}-hint` }, detail.help), control));
    }
    this.details.hidden = false;
  }

  /** The details that were filled in, by id. @returns {Record<string, string>} */
  get filled() {
    const controls = /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */ (this.details.querySelectorAll('[data-detail]'));
    return Object.fromEntries([...controls].map((each) => [each.dataset['detail'] ?? '', each.value.trim()]).filter(([, value]) => value));
  }
}
