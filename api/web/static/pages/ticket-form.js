// The ticket form: in the portal, on the help center's pages, and in the widget's place where the dialogue is down.
// docs/portal.md describes it for whoever mounts it.

import { h } from '../copilot/dom.js';
import { newId } from '../copilot/memory.js';
import { FormClient, FormError } from '../ticket-form/client.js';
import { showCreated } from '../ticket-form/created.js';
import { draftOf, keepDraft } from '../ticket-form/draft.js';
import { drawField, fieldsOf, markField, wrong } from '../ticket-form/fields.js';
import { Files } from '../ticket-form/files.js';
import { adoptStyles } from '../ticket-form/styles.js';
import { Suggested } from '../ticket-form/suggestions.js';

/** @import {Category, FormData as Loaded, Problem, SupportType, Ticket} from '../ticket-form/client.js' */
/** @import {Draft} from '../ticket-form/draft.js' */
/** @import {Drawn} from '../ticket-form/fields.js' */

/**
 * @typedef {object} FormOptions
 * @property {string} [origin]        of the api; this page's
 * @property {string} [language]      es, en, pt ...; that of the element's surroundings
 * @property {string} [token]         of a conversation; without one the sign-in cookie counts, and a visitor proves an address here
 * @property {string} [category]      id of the catalog; else it is asked for
 * @property {string} [supportType]   financial, commercial ...
 * @property {Record<string, string>} [values]  by field id: title, description, platform, purpose ...
 * @property {{id: number, subject: string}} [followup]  the closed ticket that this one continues
 * @property {string} [draft]         name under which what is typed is kept through a reload
 * @property {(ticket: Ticket) => void} [onCreated]
 * @property {(matter: string) => void} [onMatter]  another category or support type was chosen ('': none)
 * @property {(token: string, email: string) => void | Promise<void>} [onVerified]  a visitor has proven an address with this token
 * @property {(id: number) => string | null} [ticketUrl]  where the ticket is shown; null: nowhere
 *
 * @typedef {object} MountedForm
 * @property {HTMLElement} element
 * @property {(values: Record<string, string>) => void} fill  gives fields their values
 * @property {() => void} destroy  takes the form away; what was typed stays as a draft
 */

let forms = 0;

/**
 * Puts the ticket form into an element, of the page or of a shadow root.
 *
 * @param {HTMLElement} element
 * @param {FormOptions} [options]
 * @returns {Promise<MountedForm>} once it is drawn; where the api is not there, the form says so and offers another try
 */
export async function mountTicketForm(element, options = {}) {
  adoptStyles(element);
  const form = new TicketForm(element, options);
  await form.load();
  return form;
}

class TicketForm {
  /** @param {HTMLElement} element @param {FormOptions} options */
  constructor(element, options) {
    this.element = element;
    this.options = options;
    this.prefix = `tf${(forms += 1)}`;
    const language = options.language ?? element.closest('[lang]')?.getAttribute('lang') ?? document.documentElement.lang;
    this.client = new FormClient(options.origin ?? location.origin, language, options.token ?? '');
    this.draftName = options.draft ?? (options.followup ? `followup-${options.followup.id}` : 'new');
    const kept = draftOf(this.draftName);
    /** @type {Draft} */
    this.draft = kept ?? { key: newId(), matter: '', values: {}, email: '', token: '', files: [], pending: null };
    this.wasKept = kept !== null;
    this.draft.values = { ...this.draft.values, ...options.values };
    this.draft.matter = options.category ?? options.supportType ?? this.draft.matter;
    this.confirmed = false;
    this.sending = false;
    this.codeSent = false;
    /** @type {Drawn[]} */
    this.drawn = [];
    /** @type {Ticket | null} an emergency's, opened before its customer was known */
    this.unproven = null;
    this.destroy = () => {
      this.suggested?.stop();
      element.replaceChildren();
    };
  }

  text = (/** @type {string} */ key, /** @type {Record<string, string | number>} */ values = {}) => {
    const found = this.loaded?.words[key] ?? '';
    const filled = { vendor: this.loaded?.catalog.vendor ?? '', ...values };
    return found.replace(/\{(\w+)\}/g, (whole, name) => (name in filled ? String(filled[/** @type {'vendor'} */ (name)]) : whole));
  };

  get verified() {
    return this.loaded?.verified ?? false;
  }

  /** @returns {Category | SupportType | null} */
  get matter() {
    const { categories = [], support_types: types = [] } = this.loaded?.catalog ?? {};
    // The first support type is that of the categories.
    return categories.find(({ id }) => id === this.draft.matter) ?? types.slice(1).find(({ id }) => id === this.draft.matter) ?? null;
  }

  get emergency() {
    const matter = this.matter;
    return matter !== null && 'emergency' in matter && matter.emergency;
  }

  async load() {
    this.element.setAttribute('aria-busy', 'true');
    try {
      this.loaded = await this.client.form();
      this.client.known = this.loaded.verified && !this.client.token;
      if (!this.loaded.verified && !this.client.token && this.draft.token) {
        this.client.token = this.draft.token;
        this.loaded = await this.client.form();
      }
    } catch {
      this.#unavailable();
      return;
    } finally {
      this.element.removeAttribute('aria-busy');
    }
    const { catalog } = this.loaded;
    this.files = new Files(this.client, { text: this.text, limits: catalog.attachments, changed: () => this.#changed() });
    this.files.restore(this.draft.files);
    this.suggested = new Suggested(this.client, {
      text: this.text, topics: catalog.topics, prefix: this.prefix, changed: () => this.#changed(), values: () => this.draft.values,
    });
    this.draw();
  }

  /** No words were loaded: the element brings the sentence itself (`data-unavailable`, `data-again`), or signs have to do. */
  #unavailable() {
    const { unavailable = '⚠', again = '↻' } = this.element.dataset;
    this.element.replaceChildren(h('div', { class: 'ticket-form' },
      h('p', { role: 'alert' }, unavailable), h('p', {}, h('button', { type: 'button', class: 'tf-button', onclick: () => void this.load() }, again))));
  }

  draw() {
    this.drawn = [];
    const kept = this.wasKept && Object.values(this.draft.values).some(Boolean);
    this.form = h('form', { class: 'ticket-form', novalidate: true, onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.submit();
    } });
    this.problems = h('div', { class: 'tf-problems', role: 'alert', tabindex: '-1', hidden: true });
    this.form.append(this.problems);
    if (kept) {
      this.form.append(h('p', { class: 'tf-row', role: 'status' }, this.text('draft_back'), h('button', { type: 'button', class: 'tf-plain', onclick: () => this.#startOver() }, this.text('draft_drop'))));
    }
    if (!this.options.followup) this.form.append(this.#drawMatter());
    const matter = this.matter;
    if (this.options.followup) this.#drawFields([]);
    else if (matter && this.emergency && !this.confirmed) this.form.append(this.#drawEmergency());
    else if (matter) this.#drawFields(fieldsOf(/** @type {Loaded} */ (this.loaded).catalog, matter, this.loaded?.platforms ?? []));
    this.element.replaceChildren(this.form);
  }

  // What it is about

  #drawMatter() {
    const { catalog } = /** @type {Loaded} */ (this.loaded);
    const matter = this.matter;
    if (matter) {
      const emoji = 'card' in matter ? matter.card.emoji : '';
      return h('div', { class: 'tf-chosen', 'data-matter': matter.id }, emoji && h('span', { class: 'tf-emoji', 'aria-hidden': 'true' }, emoji), h('b', {}, matter.label),
        h('button', { type: 'button', class: 'tf-plain', onclick: () => this.#choose('') }, this.text('change')));
    }
    const choice = (/** @type {Category | SupportType} */ each) => h('button', { type: 'button', class: 'tf-choice', 'data-matter': each.id, onclick: () => this.#choose(each.id) },
      'card' in each && h('span', { class: 'tf-emoji', 'aria-hidden': 'true' }, each.card.emoji),
      h('span', {}, h('b', {}, each.label), 'card' in each ? h('small', {}, each.card.question) : each.help && h('small', {}, each.help)));
    const legend = `${this.prefix}-about`;
    return h('div', { role: 'group', 'aria-labelledby': legend }, h('p', { id: legend }, h('b', {}, this.text('about'))),
      h('div', { class: 'tf-choices' }, ...catalog.categories.map(choice), ...catalog.support_types.slice(1).map(choice)));
  }

  /** @param {string} id '' for another choice */
  #choose(id) {
    this.#keep();
    this.draft.matter = id;
    this.confirmed = false;
    this.options.onMatter?.(id);
    this.draw();
    this.#keep();
    const next = id ? this.form?.querySelector('.tf-emergency button, select, input, textarea') : this.form?.querySelector('.tf-choice');
    if (next instanceof HTMLElement) next.focus();
  }

  #drawEmergency() {
    const question = `${this.prefix}-emergency`;
    return h('div', { class: 'tf-emergency', role: 'group', 'aria-labelledby': question },
      h('p', { id: question }, h('b', {}, this.text('outage_question'))),
      h('p', {}, this.text('outage_note')),
      h('div', { class: 'tf-row' },
        h('button', { type: 'button', class: 'tf-button', 'data-answer': 'yes', onclick: () => {
          this.confirmed = true;
          this.draft.values['title'] ||= this.text('outage_title');
          this.draw();
          this.drawn[0]?.focus();
        } }, this.text('outage_yes')),
        h('button', { type: 'button', class: 'tf-button tf-second', 'data-answer': 'no', onclick: () => this.#choose('') }, this.text('outage_no'))));
  }

  // The fields

  /** @param {ReturnType<typeof fieldsOf>} asked */
  #drawFields(asked) {
    const form = /** @type {HTMLFormElement} */ (this.form);
    const { values } = this.draft;
    const { followup } = this.options;
    if (followup) {
      values['title'] ||= followup.subject;
      const own = this.loaded?.catalog.fields.filter(({ id }) => id === 'title' || id === 'description') ?? [];
      asked = own.map((field) => ({ field, options: [], required: true }));
    }
    const drawn = asked.map((each) => drawField(
      // An emergency asks nothing that can wait: its title says what there is to say.
      this.emergency && each.field.id === 'description' ? { ...each, required: false } : each,
      values[each.field.id] ?? each.field.default ?? '', { prefix: this.prefix, text: this.text, changed: () => this.#changed() }));
    this.drawn = drawn;
    const last = ['title', 'description'];
    const first = drawn.filter(({ id, element }) => !last.includes(id) && element.tagName === 'DIV');
    const radios = drawn.filter(({ id, element }) => !last.includes(id) && element.tagName !== 'DIV');
    form.append(
      first.length ? h('div', { class: 'tf-pair' }, ...first.map(({ element }) => element)) : '',
      ...radios.map(({ element }) => element),
      ...drawn.filter(({ id }) => last.includes(id)).map(({ element }) => element),
      /** @type {Suggested} */ (this.suggested).place,
      /** @type {Suggested} */ (this.suggested).details);
    if (this.matter?.fields.includes('attachments') || followup) form.append(this.#drawFiles());
    this.contact = this.#drawContact();
    this.button = h('button', { class: 'tf-button' }, this.text('submit'));
    form.append(this.contact, h('div', { class: 'tf-row' }, this.button, (this.status = h('p', { role: 'status', class: 'tf-hint' }))));
    this.suggested?.drawDetails();
    this.#suggest();
  }

  #drawFiles() {
    const files = /** @type {Files} */ (this.files);
    const { max_bytes: largest, max_files: count } = /** @type {Loaded} */ (this.loaded).catalog.attachments;
    const field = this.loaded?.catalog.fields.find(({ id }) => id === 'attachments');
    const name = `${this.prefix}-attachments`;
    const input = h('input', { type: 'file', multiple: true, id: name, class: 'tf-hidden-file', 'aria-describedby': `${name}-hint`, onchange: () => {
      files.add(input.files ?? []);
      input.value = '';
    } });
    const drop = h('div', { class: 'tf-drop tf-field', 'data-field': 'attachments' },
      h('p', {}, h('b', {}, field?.label ?? ''), h('span', { class: 'tf-optional' }, ` ${this.text('optional')}`)),
      h('p', { class: 'tf-hint', id: `${name}-hint` }, `${field?.help ?? ''} ${this.text('file_limits', { count, size: files.size(largest) })}`.trim()),
      h('div', { class: 'tf-row' }, input, h('label', { for: name, class: 'tf-button tf-second' }, this.text('add_files')), h('span', { class: 'tf-hint' }, this.text('drop_files'))),
      files.list, files.told, wrong(name));
    drop.addEventListener('dragover', (event) => {
      event.preventDefault();
      drop.classList.add('over');
    });
    drop.addEventListener('dragleave', () => drop.classList.remove('over'));
    drop.addEventListener('drop', (event) => {
      event.preventDefault();
      drop.classList.remove('over');
      files.add(event.dataTransfer?.files ?? []);
    });
    this.form?.addEventListener('paste', (event) => {
      const pasted = [...(event.clipboardData?.files ?? [])];
      if (!pasted.length) return;
      event.preventDefault();
      files.add(pasted);
    });
    return drop;
  }

  #drawContact() {
    const place = h('div', { class: 'tf-field', 'data-field': 'email' });
    if (this.verified) {
      place.append(h('p', { class: 'tf-hint' }, this.text('contact_known', { email: this.loaded?.email ?? '' })));
      return place;
    }
    const name = `${this.prefix}-email`;
    if (!this.codeSent) {
      const email = h('input', { type: 'email', id: name, name: 'email', autocomplete: 'email', 'aria-describedby': `${name}-hint ${name}-wrong`, 'aria-required': 'true', oninput: () => this.#changed() });
      email.value = this.draft.email;
      place.append(h('label', { for: name }, this.text('contact')), h('p', { class: 'tf-hint', id: `${name}-hint` }, this.text('contact_hint')), email, wrong(name));
      return place;
    }
    const code = h('input', { id: `${this.prefix}-code`, name: 'code', inputmode: 'numeric', autocomplete: 'one-time-code', 'aria-describedby': `${name}-wrong` });
    place.append(
      h('p', { role: 'status' }, this.text('code_sent', { email: this.draft.email })),
      h('label', { for: `${this.prefix}-code` }, this.text('code')), code, wrong(name),
      h('p', {}, h('button', { type: 'button', class: 'tf-plain', onclick: () => {
        this.codeSent = false;
        this.#redrawContact('input');
      } }, this.text('other_email'))));
    return place;
  }

  /** @param {string} [focus] */
  #redrawContact(focus) {
    const fresh = this.#drawContact();
    this.contact?.replaceWith(fresh);
    this.contact = fresh;
    if (focus) /** @type {HTMLElement | null} */ (fresh.querySelector(focus))?.focus();
  }

  /** @param {Record<string, string>} values */
  fill(values) {
    this.#keep();
    this.draft.values = { ...this.draft.values, ...values };
    if (this.loaded) this.draw();
  }

  // What is typed

  #changed() {
    this.#keep();
    this.#suggest();
  }

  #suggest() {
    const { title = '', description = '' } = this.draft.values;
    this.suggested?.typed(`${title}. ${description}`.replace(/^\. |\. $/g, ''));
  }

  #keep() {
    for (const each of this.drawn) this.draft.values[each.id] = each.value();
    Object.assign(this.draft.values, this.suggested?.filled);
    const email = this.contact?.querySelector('input[type=email]');
    if (email instanceof HTMLInputElement) this.draft.email = email.value.trim();
    this.draft.files = this.files?.kept ?? [];
    this.draft.token = this.options.token ? '' : this.client.token;
    keepDraft(this.draftName, this.draft);
  }

  #startOver() {
    keepDraft(this.draftName, null);
    this.draft = { key: newId(), matter: this.draft.matter, values: {}, email: this.draft.email, token: this.client.token, files: [], pending: null };
    this.wasKept = false;
    this.files?.clear();
    this.suggested?.stop();
    this.suggested = new Suggested(this.client, {
      text: this.text, topics: this.loaded?.catalog.topics ?? [], prefix: this.prefix, changed: () => this.#changed(), values: () => this.draft.values,
    });
    this.draw();
    this.drawn[0]?.focus();
  }

  // Sending

  async submit() {
    if (this.sending || !this.button) return;
    this.#keep();
    if (this.files?.busy) return this.#say(this.text('waiting_files'));
    if (!this.#check()) return;
    this.sending = true;
    this.button.setAttribute('aria-disabled', 'true');
    this.#say(this.text('sending'));
    try {
      if (this.unproven) await this.#prove();
      else if (this.emergency && !this.verified) await this.#openUnproven();
      else if (this.verified || (await this.#prove())) await this.#open();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.sending = false;
      this.button?.removeAttribute('aria-disabled');
    }
  }

  #check() {
    /** @type {Map<string, string>} */
    const found = new Map();
    for (const { id, value, limit, required } of this.drawn) {
      const said = value();
      if (required && !said) found.set(id, this.text('missing'));
      else if (said.length > limit) found.set(id, this.text('too_long', { limit: new Intl.NumberFormat(this.client.language).format(limit) }));
    }
    const email = this.contact?.querySelector('input[type=email]');
    if (email instanceof HTMLInputElement && !this.verified && !(this.emergency && !email.value) && (!email.value.trim() || !email.checkValidity())) {
      found.set('email', this.text('email_invalid'));
    }
    this.#mark(found);
    return found.size === 0;
  }

  /** @param {Map<string, string>} found what is wrong, by field */
  #mark(found) {
    const form = /** @type {HTMLFormElement} */ (this.form);
    for (const element of form.querySelectorAll('[data-field]')) markField(/** @type {HTMLElement} */ (element), found.get(/** @type {HTMLElement} */ (element).dataset['field'] ?? '') ?? '');
    const problems = /** @type {HTMLElement} */ (this.problems);
    problems.hidden = !found.size;
    this.#say('');
    const reach = (/** @type {string} */ id) => {
      const place = form.querySelector(`[data-field="${CSS.escape(id)}"]`);
      /** @type {HTMLElement | null | undefined} */ (place?.querySelector('input, select, textarea'))?.focus();
    };
    const label = (/** @type {string} */ id) => form.querySelector(`[data-field="${CSS.escape(id)}"] :is(label, legend, b)`)?.firstChild?.textContent ?? '';
    problems.replaceChildren(...(found.size ? [h('p', {}, h('b', {}, this.text('problems'))), h('ul', {}, ...[...found].map(([id, said]) =>
      h('li', {}, label(id) ? h('button', { type: 'button', class: 'tf-plain', onclick: () => reach(id) }, label(id)) : '', label(id) ? `: ${said}` : said)))] : []));
    const first = [...found.keys()][0];
    if (first !== undefined) reach(first);
  }

  /** Proves a visitor's address: first the code is mailed, then it is checked. @returns {Promise<boolean>} whether it is proven */
  async #prove() {
    if (!this.codeSent) {
      await this.client.visitIfNeeded();
      await this.client.sendCode(this.draft.email);
      this.codeSent = true;
      this.#redrawContact('input');
      this.#say('');
      return false;
    }
    const code = /** @type {HTMLInputElement} */ (this.contact?.querySelector('input'));
    const { email } = await this.client.verify(code.value.trim());
    if (this.loaded) Object.assign(this.loaded, { verified: true, email });
    this.codeSent = false;
    this.#redrawContact();
    this.#keep();
    await this.options.onVerified?.(this.client.token, email);
    if (!this.unproven) return true;
    await this.#created(this.unproven, []);
    return false;
  }

  get request() {
    const { values } = this.draft;
    const { followup } = this.options;
    const matter = this.matter;
    const technical = matter !== null && 'card' in matter;
    const asked = this.drawn.map(({ id }) => id).filter((id) => id !== 'title' && id !== 'description');
    const details = Object.entries(this.suggested?.filled ?? {});
    const fields = [...asked.map((id) => [id, values[id] ?? '']), ...details].filter(([, value]) => value);
    if (matter && !followup) fields.unshift([technical ? 'category' : 'support_type', matter.id]);
    const uploads = this.files?.tokens ?? [];
    return {
      subject: values['title'] ?? '',
      comment: { body: values['description'] || values['title'] || '', ...(uploads.length && { uploads }) },
      custom_fields: fields.map(([id, value]) => ({ id, value })),
      ...(followup && { via_followup_source_id: followup.id }),
    };
  }

  /** @returns {Promise<void>} */
  async #open() {
    const wanted = this.request;
    const before = this.draft.pending;
    const changed = before !== null && JSON.stringify(before) !== JSON.stringify(wanted);
    // Of what was sent before nobody knows whether it arrived: it is asked for once more, as it was.
    const sent = changed ? before : wanted;
    this.draft.pending = sent;
    keepDraft(this.draftName, this.draft);
    /** @type {Ticket} */
    let ticket;
    try {
      ticket = await this.client.open(this.draft.key, sent);
    } catch (error) {
      const final = error instanceof FormError && error.status >= 400 && error.status < 500;
      if (final) {
        // Refused for good: what is sent next is another request.
        this.draft.pending = null;
        this.draft.key = newId();
        this.#keep();
        if (changed) return this.#open();
      }
      throw error;
    }
    await this.#created(ticket, changed ? [this.text('created_first')] : []);
  }

  async #openUnproven() {
    await this.client.visitIfNeeded();
    const ticket = await this.client.open(this.draft.key, this.request);
    this.unproven = ticket;
    if (!this.draft.email) return this.#created(ticket, []);
    await this.client.sendCode(this.draft.email).then(() => {
      this.codeSent = true;
    }, () => {});
    this.#redrawContact();
    this.#say('');
    await this.#show(ticket, [this.text('created_unproven')]);
    /** @type {HTMLElement | null | undefined} */ (this.contact?.querySelector('input'))?.focus();
  }

  /** @param {Ticket} ticket @param {string[]} lines */
  async #created(ticket, lines) {
    const email = this.verified ? this.loaded?.email : '';
    const { token } = this.client;
    keepDraft(this.draftName, null);
    this.#say('');
    this.options.onCreated?.(ticket);
    const how = await this.#show(ticket, [...lines, email ? this.text('created_mail', { email }) : '']);
    this.unproven = null;
    this.confirmed = false;
    this.wasKept = false;
    this.draft = { key: newId(), matter: how === 'another' ? '' : this.draft.matter, values: {}, email: email ?? '', token, files: [], pending: null };
    this.files?.clear();
    this.suggested?.stop();
    if (how === 'another') this.options.onMatter?.('');
    void this.load();
  }

  /** @param {Ticket} ticket @param {string[]} lines */
  async #show(ticket, lines) {
    const url = this.options.ticketUrl ? this.options.ticketUrl(ticket.id) : `${this.client.origin}/portal/tickets/${ticket.id}?lang=${this.client.language}`;
    const alerted = this.emergency ? this.text('created_alert') : '';
    return showCreated(this.element, {
      heading: this.text('created'),
      number: this.text('created_number', { id: ticket.id }),
      lines: [alerted, await this.client.expected(ticket), ...lines],
      see: url && this.verified ? { label: this.text('see_ticket'), href: url } : null,
      another: this.text('another'),
      close: this.text('close'),
    });
  }

  /** @param {unknown} error */
  #failed(error) {
    if (!(error instanceof FormError)) {
      this.#mark(new Map([['', this.text('not_sent')]]));
      throw error;
    }
    if ((error.status === 401 || error.code === 'not_verified' || error.status === 403) && !this.codeSent) {
      // The proof is over, in the middle: it is asked for again, and what was typed stays.
      if (!this.options.token) this.client.token = '';
      this.client.known = false;
      if (this.loaded) this.loaded.verified = false;
      this.#redrawContact('input');
    }
    const said = Object.entries(error.details ?? {}).filter(([field]) => field !== 'base');
    const named = said.map(([field, problems]) => /** @type {const} */ ([this.#fieldOf(field), this.#said(problems)]));
    if (named.length) this.#mark(new Map(named));
    else if (this.contact?.querySelector('input') && (error.code.startsWith('code_') || error.code === 'email_invalid')) this.#mark(new Map([['email', error.message]]));
    else this.#mark(new Map([['', (error.status && error.status < 500 && error.message) || this.text('not_sent')]]));
  }

  /** The api says `subject` of the title and of the catalog's field of that name. @param {string} name */
  #fieldOf(name) {
    const drawn = this.drawn.some(({ id }) => id === name);
    if (name === 'subject' && (!drawn || this.draft.values['subject'])) return 'title';
    return name === 'uploads' ? 'attachments' : name === 'comment' ? 'description' : name;
  }

  /** @param {Problem[]} problems */
  #said(problems) {
    return this.text(problems.some(({ error }) => error === 'BlankValue') ? 'missing' : 'invalid');
  }

  /** @param {string} text */
  #say(text) {
    if (this.status) this.status.textContent = text;
  }
}
