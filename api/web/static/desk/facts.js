// What a ticket is sorted by: changed together, saved once, a change of priority with its reason.

import { h } from '../copilot/dom.js';
import { at, catalog, fieldOf, labelled, language, say, select, session, subcategoriesOf, teamLabel } from './context.js';

/** @import {TicketView} from './ticket.js' */

// These stand in places of their own.
const ELSEWHERE = new Set(['title', 'description', 'attachments', 'category', 'subcategory', 'support_type', 'subject']);

export class Facts {
  /** @param {TicketView} room */
  constructor(room) {
    this.room = room;
    this.element = h('form', { class: 'box facts-form', oninput: () => this.#touched(), onsubmit: (/** @type {Event} */ event) => room.guarded(event, () => this.#save()) });
    this.dirty = false;
    this.save = h('button', { class: 'button', hidden: true }, say('save'));
    this.reason = h('div', { hidden: true });
  }

  /** @param {number} id of a member of staff */
  nameOf(id) {
    return session.people?.staff.find((each) => each.id === id)?.name;
  }

  draw() {
    this.room.composer.drawStatus();
    if (this.dirty) return;
    const { ticket } = this.room;
    const people = session.people?.staff ?? [];
    const groups = session.people?.groups ?? [];
    /** @type {[string, string][]} */
    const nobody = [['', '–']];
    const values = valuesOf(ticket);
    const category = values['category'] ?? '';
    const asked = catalog.categories.find((/** @type {any} */ each) => each.id === category)?.fields ?? [];
    const priorities = catalog.priorities.map((/** @type {any} */ each) => [each.id, each.label]);
    this.save.hidden = true;
    this.reason.hidden = true;
    this.reason.replaceChildren(labelled('priority-reason', say('reason'), h('input', { id: 'priority-reason', maxlength: '1000' })));
    this.element.replaceChildren(
      h('h3', {}, say('facts')),
      h('p', { class: 'clocks' }, ...clockLines(ticket.sla)),
      this.room.view.expected && h('p', { class: 'about expected' }, this.room.view.expected[language]),
      labelled('assignee', say('field_assignee_id'), select('assignee', [...nobody, ...people.map(({ id, name }) => /** @type {[string, string]} */ ([String(id), name]))], String(ticket.assignee_id ?? ''))),
      labelled('group', say('field_group_id'), select('group', [...nobody, ...groups.map(({ id, name }) => /** @type {[string, string]} */ ([String(id), teamLabel(name)]))], String(ticket.group_id ?? ''))),
      labelled('priority', say('field_priority'), select('priority', priorities, ticket.priority), this.reason),
      labelled('category', fieldOf('category')?.label ?? '', select('category', [...nobody, ...catalog.categories.map((/** @type {any} */ each) => [each.id, each.label])], category, { onchange: () => this.#drawSubcategories('') })),
      h('div', { class: 'subcategory' }),
      ...catalog.fields.filter((/** @type {any} */ field) => !ELSEWHERE.has(field.id) && (values[field.id] !== undefined || asked.includes(field.id))).map((/** @type {any} */ field) => {
        const value = String(values[field.id] ?? '');
        const known = field.options.some((/** @type {any} */ each) => each.id === value);
        const control = field.kind === 'choice' && (known || !value)
          ? select(`field-${field.id}`, [...nobody, ...field.options.map((/** @type {any} */ each) => [each.id, each.label])], value, { 'data-field': field.id })
          : h('input', { id: `field-${field.id}`, 'data-field': field.id, value });
        return labelled(`field-${field.id}`, field.label, control);
      }),
      labelled('tags', say('field_tags'), h('input', { id: 'tags', value: ticket.tags.join(' ') })),
      labelled('ccs', say('field_ccs'), h('input', { id: 'ccs', type: 'email', multiple: true, placeholder: say('ccs_hint') }),
        this.room.view.ccs.length > 0 && h('ul', { class: 'plain-list copied' }, ...this.room.view.ccs.map((/** @type {any} */ each) => h('li', {}, each.name, ' ',
          h('button', { type: 'button', class: 'plain', onclick: () => this.room.guarded(null, () => this.#takeOut(each.id)) }, say('take_away', { name: each.name })))))),
      this.save);
    this.#drawSubcategories(values['subcategory'] ?? '');
  }

  /** @param {string} value */
  #drawSubcategories(value) {
    const options = subcategoriesOf(this.#value('category'));
    const place = this.element.querySelector('.subcategory');
    place?.replaceChildren(...(options.length ? [labelled('subcategory', fieldOf('subcategory')?.label ?? '',
      select('subcategory', [['', '–'], ...options.map((each) => /** @type {[string, string]} */ ([each.id, each.label]))], value))] : []));
  }

  /** @param {string} id */
  #value(id) {
    return /** @type {HTMLInputElement | null} */ (this.element.querySelector(`#${id}`))?.value ?? '';
  }

  #touched() {
    this.dirty = true;
    this.save.hidden = false;
    this.reason.hidden = this.#value('priority') === this.room.ticket.priority;
  }

  /** Out of the copies. @param {number} id of the user */
  async #takeOut(id) {
    if (await this.room.change({ email_ccs: [{ user_id: id, action: 'delete' }] })) await this.room.changed();
  }

  async #save() {
    const { ticket } = this.room;
    const before = valuesOf(ticket);
    /** @type {Record<string, unknown>} */
    const change = {};
    const assignee = this.#value('assignee');
    if (assignee !== String(ticket.assignee_id ?? '')) change['assignee_id'] = assignee ? Number(assignee) : null;
    const group = session.people?.groups.find(({ id }) => String(id) === this.#value('group'));
    if (group && group.id !== ticket.group_id) change['group_id'] = group.id;
    if (this.#value('priority') !== ticket.priority) Object.assign(change, { priority: this.#value('priority'), priority_reason: this.#value('priority-reason') });
    const tags = this.#value('tags').split(/\s+/).filter(Boolean);
    if (tags.join(' ') !== ticket.tags.join(' ')) change['tags'] = tags;
    const ccs = this.#value('ccs').split(/[\s,;]+/).filter(Boolean);
    if (ccs.length) change['email_ccs'] = ccs.map((address) => ({ user_email: address, action: 'put' }));
    /** @type {{id: string, value: string | null}[]} */
    const fields = [];
    for (const id of ['category', 'subcategory']) {
      if (this.#value(id) !== (before[id] ?? '')) fields.push({ id, value: this.#value(id) || null });
    }
    for (const control of /** @type {NodeListOf<HTMLInputElement>} */ (this.element.querySelectorAll('[data-field]'))) {
      const id = control.dataset['field'] ?? '';
      if (control.value !== String(before[id] ?? '')) fields.push({ id, value: control.value || null });
    }
    if (fields.length) change['custom_fields'] = fields;
    if (!(await this.room.change(change))) return;
    this.dirty = false;
    await this.room.changed();
  }
}

/** @param {any} ticket @returns {Record<string, string>} */
function valuesOf(ticket) {
  return Object.fromEntries(ticket.custom_fields.filter((/** @type {any} */ each) => each.value !== null).map((/** @type {any} */ each) => [each.id, each.value]));
}

/** @param {any} sla */
function clockLines(sla) {
  return ['first_response', 'resolution'].flatMap((name) => {
    const target = sla?.[name];
    if (!target || target.state === 'none') return [];
    const when = target.state === 'missed' ? target.missed_at : target.state === 'met' ? target.at : target.due_at;
    return [h('span', { class: `clock ${target.state}` }, say(`${name}`), ' ', say(`clock_${target.state}`), ' ', when && at(when))];
  });
}
