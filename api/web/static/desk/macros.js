// Macros: what leads write, and agents read.

import { h } from '../copilot/dom.js';
import { ask } from '../pages/desk.js';
import { catalog, isLead, labelled, say, select, statusLabel, tell, words } from './context.js';

/** @typedef {(event: Event | null, work: () => Promise<unknown>) => Promise<void>} Guarded */

const COMMENT = ['comment_value', 'comment_mode_is_public'];

/** @param {Guarded} guarded */
export async function showMacros(guarded) {
  const list = h('div', { class: 'cards' });
  const form = h('div');
  const refresh = async () => {
    const { macros } = await ask('/api/v2/macros.json');
    form.replaceChildren(isLead() ? h('button', { type: 'button', class: 'button', onclick: () => edit(null) }, say('macro_new')) : '');
    list.replaceChildren(...(macros.length ? macros.map(card) : [h('p', {}, say('macro_none'))]));
  };
  /** @param {any} macro null: a new one */
  const edit = (macro) => {
    form.replaceChildren(editor(macro, guarded, refresh));
    /** @type {HTMLElement | null} */ (form.querySelector('input'))?.focus();
  };
  /** @param {any} macro */
  const card = (macro) => h('article', { class: 'box' },
    h('h3', {}, macro.title, ' ', !macro.active && h('span', { class: 'mark' }, say('macro_off'))),
    ...Object.entries(macro.texts).map(([language, text]) => h('p', { lang: language, class: 'text' }, h('b', {}, words.label('languages', language)), ' ', String(text))),
    h('p', { class: 'about' }, macro.actions.filter((/** @type {any} */ each) => !COMMENT.includes(each.field)).map((/** @type {any} */ each) => `${each.field}: ${each.value}`).join(' · ')),
    isLead() && h('p', { class: 'acts' },
      h('button', { type: 'button', class: 'button quiet', onclick: () => edit(macro) }, say('change')),
      h('button', { type: 'button', class: 'button quiet', onclick: () => guarded(null, async () => {
        await ask(`/api/v2/macros/${macro.id}.json`, { method: 'PUT', body: { macro: { active: !macro.active } } });
        await refresh();
      }) }, say(macro.active ? 'macro_stop' : 'macro_use'))));
  await refresh();
  return h('div', { class: 'page' }, h('h2', {}, say('macros')), h('p', { class: 'about' }, say('macros_note')), form, list);
}

/** @param {any} macro @param {Guarded} guarded @param {() => Promise<void>} done */
function editor(macro, guarded, done) {
  const value = (/** @type {string} */ field) => macro?.actions.find((/** @type {any} */ each) => each.field === field)?.value ?? '';
  const others = (macro?.actions ?? []).filter((/** @type {any} */ each) => ![...COMMENT, 'status', 'priority', 'current_tags'].includes(each.field));
  /** @type {[string, string][]} */
  const none = [['', say('unchanged')]];
  const listed = (/** @type {string} */ list, /** @type {string[]} */ without = []) =>
    catalog[list].filter((/** @type {any} */ each) => !without.includes(each.id)).map((/** @type {any} */ each) => [each.id, list === 'statuses' ? statusLabel(each.id) : each.label]);
  const form = h('form', { class: 'box editor', onsubmit: (/** @type {Event} */ event) => guarded(event, async () => {
    const data = Object.fromEntries(new FormData(form));
    const texts = Object.fromEntries(words.catalog ? catalog.languages.map((/** @type {any} */ each) => [each.id, data[`text-${each.id}`] ?? '']) : []);
    const actions = [
      { field: 'comment_mode_is_public', value: data['macro-kind'] === 'reply' },
      ...[['status', data['macro-status']], ['priority', data['macro-priority']], ['current_tags', data['macro-tags']]].filter(([, each]) => each).map(([field, each]) => ({ field, value: each })),
      ...others,
    ];
    await ask(macro ? `/api/v2/macros/${macro.id}.json` : '/api/v2/macros.json', { method: macro ? 'PUT' : 'POST', body: { macro: { title: data['macro-title'], texts, actions } } });
    await done();
    tell(say('saved'));
  }) },
  labelled('macro-title', say('macro_title'), h('input', { id: 'macro-title', name: 'macro-title', required: true, maxlength: '255', value: macro?.title ?? '' })),
  ...catalog.languages.map((/** @type {any} */ each) => {
    const text = h('textarea', { id: `text-${each.id}`, name: `text-${each.id}`, rows: 4, lang: each.id });
    text.value = macro?.texts[each.id] ?? '';
    return labelled(`text-${each.id}`, say('macro_text', { language: each.label }), text);
  }),
  h('p', { class: 'about' }, say('macro_placeholders'), ' ', h('code', {}, '{{ticket.id}} {{requester.first_name}} {{agent.name}}')),
  labelled('macro-kind', say('kind'), select('macro-kind', [['reply', say('reply_public')], ['note', say('note_internal')]], value('comment_mode_is_public') === false ? 'note' : 'reply')),
  labelled('macro-status', say('field_status'), select('macro-status', [...none, ...listed('statuses', ['new', 'closed'])], value('status'))),
  labelled('macro-priority', say('field_priority'), select('macro-priority', [...none, ...listed('priorities')], value('priority'))),
  labelled('macro-tags', say('field_tags'), h('input', { id: 'macro-tags', name: 'macro-tags', value: value('current_tags') })),
  h('p', { class: 'acts' }, h('button', { class: 'button' }, say('save')), h('button', { type: 'button', class: 'button quiet', onclick: () => guarded(null, done) }, say('cancel'))));
  return form;
}
