// Service notices: what leads publish, update and end, in every language; everybody on the desk reads them.

import { h } from '../copilot/dom.js';
import { ask } from '../pages/desk.js';
import { at, catalog, isLead, labelled, language, say, select, tell, words } from './context.js';

/** @typedef {(event: Event | null, work: () => Promise<unknown>) => Promise<void>} Guarded */

/** @param {Guarded} guarded */
export async function showNotices(guarded) {
  const list = h('div', { class: 'cards' });
  const form = h('div');
  const refresh = async () => {
    const { notices } = await ask('/notices/staff');
    form.replaceChildren(isLead() ? h('button', { type: 'button', class: 'button', onclick: () => begin(publisher(guarded, refresh)) }, say('notice_new')) : '');
    list.replaceChildren(...(notices.length ? notices.map(card) : [h('p', {}, say('notice_none'))]));
  };
  /** @param {HTMLElement} editor */
  const begin = (editor) => {
    form.replaceChildren(editor);
    /** @type {HTMLElement | null} */ (form.querySelector('select, input, textarea'))?.focus();
    form.scrollIntoView({ block: 'nearest' });
  };
  /** @param {any} notice */
  const card = (notice) => {
    const spoken = notice.title[language] ? language : Object.keys(notice.title)[0] ?? language;
    return h('article', { class: `box notice ${notice.state}` },
      h('h3', { lang: spoken }, notice.title[spoken], ' ', h('span', { class: `status ${notice.state}`, lang: language }, say(`notice_${notice.state}`))),
      h('p', { lang: spoken, class: 'text' }, notice.text[spoken]),
      h('p', { class: 'about' }, [say(`notice_${notice.kind}`), notice.categories.map((/** @type {string} */ id) => words.label('categories', id)).join(', '), say('notice_followers', { count: notice.subscribers })].filter(Boolean).join(' · '),
        ' · ', at(notice.kind === 'maintenance' && notice.planned_from ? notice.planned_from : notice.started_at), notice.planned_until && [' – '][0], notice.planned_until && at(notice.planned_until)),
      Object.keys(notice.missing).length > 0 && h('p', { class: 'mark' }, say('notice_missing', { languages: Object.keys(notice.missing).map((id) => words.label('languages', id)).join(', ') })),
      notice.updates.length > 0 && h('ul', {}, ...notice.updates.map((/** @type {any} */ each) => h('li', {}, at(each.at), ' ', say(`notice_${each.state}`), ': ', each.text[language] ?? Object.values(each.text)[0]))),
      isLead() && notice.state !== 'resolved' && h('p', { class: 'acts' },
        h('button', { type: 'button', class: 'button quiet', onclick: () => begin(updater(notice, false, guarded, refresh)) }, say('notice_update')),
        h('button', { type: 'button', class: 'button quiet', onclick: () => begin(updater(notice, true, guarded, refresh)) }, say('notice_resolve'))));
  };
  await refresh();
  return h('div', { class: 'page' }, h('h2', {}, say('notices')), h('p', { class: 'about' }, say('notices_note')), form, list);
}

/** A text in each language. @param {string} name @param {string} key of its label */
const texts = (name, key) => catalog.languages.map((/** @type {any} */ each, /** @type {number} */ place) =>
  labelled(`${name}-${each.id}`, say(key, { language: each.label }), name === 'title'
    ? h('input', { id: `${name}-${each.id}`, name: `${name}-${each.id}`, lang: each.id, maxlength: '200', required: place === 0 })
    : h('textarea', { id: `${name}-${each.id}`, name: `${name}-${each.id}`, lang: each.id, rows: 3, maxlength: '4000', required: place === 0 })));

/** @param {FormData} data @param {string} name @returns {Record<string, string>} */
const written = (data, name) => Object.fromEntries(catalog.languages.map((/** @type {any} */ each) => [each.id, String(data.get(`${name}-${each.id}`) ?? '').trim()]).filter((/** @type {string[]} */ [, text]) => text));

/** @param {FormData} data @param {string} name */
const moment = (data, name) => (data.get(name) ? new Date(String(data.get(name))).toISOString() : null);

/** @param {string} id @param {string} label */
const time = (id, label) => labelled(id, label, h('input', { id, name: id, type: 'datetime-local' }));

/** @param {Guarded} guarded @param {() => Promise<void>} done */
function publisher(guarded, done) {
  const form = h('form', { class: 'box editor', onsubmit: (/** @type {Event} */ event) => guarded(event, async () => {
    const data = new FormData(form);
    await ask('/notices', { method: 'POST', body: {
      kind: data.get('notice-kind'), title: written(data, 'title'), text: written(data, 'text'), categories: data.getAll('categories'),
      planned_from: moment(data, 'planned-from'), planned_until: moment(data, 'planned-until'),
    } });
    await done();
    tell(say('notice_published'));
  }) },
  labelled('notice-kind', say('notice_kind'), select('notice-kind', [['incident', say('notice_incident')], ['maintenance', say('notice_maintenance')]], 'incident')),
  ...texts('title', 'notice_title'), ...texts('text', 'notice_text'),
  h('fieldset', {}, h('legend', {}, say('notice_categories')), ...catalog.categories.map((/** @type {any} */ each) =>
    h('label', {}, h('input', { type: 'checkbox', name: 'categories', value: each.id }), ' ', each.label))),
  time('planned-from', say('notice_from')), time('planned-until', say('notice_until')),
  h('p', { class: 'acts' }, h('button', { class: 'button' }, say('notice_publish')), h('button', { type: 'button', class: 'button quiet', onclick: () => guarded(null, done) }, say('cancel'))));
  return form;
}

/** @param {any} notice @param {boolean} over @param {Guarded} guarded @param {() => Promise<void>} done */
function updater(notice, over, guarded, done) {
  const form = h('form', { class: 'box editor', onsubmit: (/** @type {Event} */ event) => guarded(event, async () => {
    const data = new FormData(form);
    const state = over ? 'resolved' : data.get('notice-state');
    await ask(`/notices/${notice.id}/updates`, { method: 'POST', body: { text: written(data, 'news'), state } });
    await done();
    tell(say('notice_told', { count: notice.subscribers }));
  }) },
  h('h3', {}, say(over ? 'notice_resolve' : 'notice_update'), ': ', notice.title[language] ?? Object.values(notice.title)[0]),
  h('p', { class: 'about' }, say('notice_mailed', { count: notice.subscribers })),
  ...texts('news', 'notice_news'),
  !over && labelled('notice-state', say('notice_state'), select('notice-state', [['open', say('notice_open')], ['monitoring', say('notice_monitoring')]], notice.state)),
  h('p', { class: 'acts' }, h('button', { class: 'button' }, say(over ? 'notice_resolve' : 'notice_tell')), h('button', { type: 'button', class: 'button quiet', onclick: () => guarded(null, done) }, say('cancel'))));
  return form;
}
