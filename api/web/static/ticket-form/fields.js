// The fields of a ticket form, drawn from the catalog: whatever another deployment's catalog holds is asked for here.

import { h } from '../copilot/dom.js';

/** @import {Catalog, Category, Field, Option, SupportType} from './client.js' */

/** @typedef {(key: string, values?: Record<string, string | number>) => string} Text */
/** @typedef {{id: string, element: HTMLElement, focus: () => void, value: () => string, limit: number, required: boolean}} Drawn */

// As the api counts them.
export const LONGEST = { title: 255, description: 65_535, value: 10_000 };
// So few options with an explanation are shown at once; more become a list.
const AT_ONCE = 4;
const FORM_ITSELF = new Set(['support_type', 'category', 'attachments']);

/**
 * What is asked for this category, or support type, in the catalog's order.
 *
 * @param {Catalog} catalog
 * @param {Category | SupportType} matter
 * @param {string[]} platforms
 * @returns {{field: Field, options: Option[], required: boolean}[]}
 */
export function fieldsOf(catalog, matter, platforms) {
  return matter.fields.filter((id) => !FORM_ITSELF.has(id)).flatMap((id) => {
    const field = catalog.fields.find((each) => each.id === id);
    if (!field) return [];
    const options = optionsOf(field, matter, platforms);
    // A list of one is not asked, nor what this matter has no options for.
    const fixed = ['subcategory', 'purpose', 'subject'].includes(id);
    if (field.kind === 'choice' && fixed && options.length < 2) return [];
    return [{ field, options, required: matter.required_fields.includes(id) || (fixed && options.length > 1) }];
  });
}

/** @param {Field} field @param {Category | SupportType} matter @param {string[]} platforms @returns {Option[]} */
function optionsOf(field, matter, platforms) {
  if (field.options.length) return field.options;
  if (field.id === 'subcategory') return 'subcategories' in matter ? matter.subcategories : [];
  if (field.id === 'purpose') return 'purposes' in matter ? matter.purposes : [];
  if (field.id === 'subject') return 'subjects' in matter ? matter.subjects : [];
  if (field.id === 'platform') return platforms.map((name) => ({ id: name, label: name }));
  return [];
}

/**
 * @param {{field: Field, options: Option[], required: boolean}} asked
 * @param {string} value
 * @param {{prefix: string, text: Text, changed: () => void}} form
 * @returns {Drawn}
 */
export function drawField({ field, options, required }, value, form) {
  const name = `${form.prefix}-${field.id}`;
  const limit = field.id === 'title' ? LONGEST.title : field.id === 'description' ? LONGEST.description : LONGEST.value;
  if (field.kind === 'choice' && options.length > 1 && options.length <= AT_ONCE && options.some(({ help }) => help)) {
    return drawRadios(field, options, required, value, name, form);
  }
  const control = options.length ? drawSelect(options, value, name, form) : drawText(field, value, name, form);
  control.setAttribute('aria-describedby', `${name}-hint ${name}-wrong`);
  if (required) control.setAttribute('aria-required', 'true');
  const wildcard = field.id === 'subcategory' && options.find(({ id }) => id === 'other');
  const hint = wildcard ? form.text('wildcard', { other: wildcard.label }) : field.help ?? '';
  const element = h('div', { class: 'tf-field', 'data-field': field.id },
    h('label', { for: name }, field.label, !required && h('span', { class: 'tf-optional' }, ` ${form.text('optional')}`)),
    hint && h('p', { class: 'tf-hint', id: `${name}-hint` }, hint),
    control,
    wrong(name));
  return { id: field.id, element, focus: () => control.focus(), value: () => control.value.trim(), limit, required };
}

/** Where a field says what is wrong with it. @param {string} name */
export function wrong(name) {
  return h('p', { class: 'tf-error', id: `${name}-wrong`, hidden: true });
}

/** @param {Option[]} options @param {string} value @param {string} name @param {{text: Text, changed: () => void}} form */
function drawSelect(options, value, name, form) {
  const one = options.length === 1;
  const select = h('select', { id: name, name, onchange: form.changed }, !one && h('option', { value: '' }, form.text('choose_one')),
    ...options.map(({ id, label }) => h('option', { value: id }, label)));
  select.value = options.some(({ id }) => id === value) ? value : one ? /** @type {Option} */ (options[0]).id : '';
  return select;
}

/** @param {Field} field @param {string} value @param {string} name @param {{text: Text, changed: () => void}} form */
function drawText(field, value, name, form) {
  const long = field.id === 'description' || field.id === 'what_happened';
  const attributes = { id: name, name, autocomplete: 'off', oninput: form.changed };
  const control = long ? h('textarea', { ...attributes, rows: 6 }) : h('input', { ...attributes, type: 'text' });
  if (field.id === 'title') control.placeholder = form.text('title_hint');
  control.value = value;
  return control;
}

/** @param {Field} field @param {Option[]} options @param {boolean} required @param {string} value @param {string} name @param {{text: Text, changed: () => void}} form @returns {Drawn} */
function drawRadios(field, options, required, value, name, form) {
  const radios = options.map(({ id }) => {
    const radio = h('input', { type: 'radio', name, value: id, id: `${name}-${id}`, onchange: form.changed });
    radio.checked = id === value;
    return radio;
  });
  const element = h('fieldset', { class: 'tf-field', 'data-field': field.id, role: 'radiogroup', 'aria-required': required ? 'true' : null, 'aria-describedby': `${name}-wrong` },
    h('legend', {}, field.label, !required && h('span', { class: 'tf-optional' }, ` ${form.text('optional')}`)),
    field.help && h('p', { class: 'tf-hint' }, field.help),
    h('div', { class: 'tf-choices' }, ...options.map(({ label, help }, at) =>
      h('label', { class: 'tf-choice' }, /** @type {HTMLInputElement} */ (radios[at]), h('span', {}, h('b', {}, label), help && h('small', {}, help))))),
    wrong(name));
  return {
    id: field.id,
    element,
    focus: () => (radios.find(({ checked }) => checked) ?? radios[0])?.focus(),
    value: () => radios.find(({ checked }) => checked)?.value ?? '',
    limit: LONGEST.value,
    required,
  };
}

/** Says what is wrong with a field, '' that nothing is. @param {HTMLElement} element of `drawField` @param {string} text */
export function markField(element, text) {
  const place = element.querySelector('.tf-error');
  if (place instanceof HTMLElement) {
    place.textContent = text;
    place.hidden = !text;
  }
  for (const control of element.querySelectorAll('input, textarea, select')) {
    if (text) control.setAttribute('aria-invalid', 'true');
    else control.removeAttribute('aria-invalid');
  }
}
