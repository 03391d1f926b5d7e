// What the Information Center shows: its home, the experts and their form, my tickets, the satisfaction survey.

import { h, icon } from '../copilot/dom.js';
import { safeUrl } from '../copilot/text.js';
import { consentBox, told } from './consent.js';
import { PanelError } from './panel-client.js';

/** @import {Labelled} from '../copilot/types.js' */
/** @import {Words} from '../copilot/words.js' */
/** @import {Consent} from './consent.js' */
/** @import {PanelClient, PanelContext, PanelTicket} from './panel-client.js' */

/** @typedef {'home' | 'experts' | 'tickets' | 'survey' | `form.${string}`} ViewName */
/**
 * @typedef {object} Around  what the views need of the panel
 * @property {Words} words
 * @property {PanelClient} client
 * @property {PanelContext} context
 * @property {Consent} consent
 * @property {(view: ViewName) => void} go
 * @property {() => void} ask            opens the copilot
 * @property {(given: boolean) => void} consented
 */

/** @param {ViewName} view @param {Words} words */
export function titleOf(view, words) {
  if (view === 'home') return words.text('help');
  if (view.startsWith('form.')) return supportTypes(words).find(({ id }) => `form.${id}` === view)?.label ?? '';
  return words.text(view);
}

/** @param {ViewName} view @param {Around} around @param {HTMLElement} place */
export function showView(view, around, place) {
  if (view === 'home') return showHome(around, place);
  if (view === 'experts') return showExperts(around, place);
  if (view === 'tickets') return showTickets(around, place);
  if (view === 'survey') return showSurvey(around, place);
  return showForm(view.slice('form.'.length), around, place);
}

/** @param {Words} words @returns {(Labelled & {subjects?: Labelled[]})[]} */
function supportTypes(words) {
  return /** @type {any[]} */ (words.catalog?.['support_types'] ?? []);
}

/** @param {string} text @param {() => void} act @param {string} [kind] */
function row(text, act, kind = '') {
  return h('button', { type: 'button', class: `row ${kind}`.trim(), onclick: act }, text, h('span', { class: 'more', 'aria-hidden': 'true' }, '›'));
}

/** @param {string} href @param {Words} words @param {string} kind @param {...(Node | string)} children */
function outside(href, words, kind, ...children) {
  return h('a', { href, class: kind || null, target: '_blank', rel: 'noopener' }, ...children, h('span', { class: 'hidden' }, ` (${words.text('new_tab')})`));
}

/** @param {Around} around @param {HTMLElement} place */
async function showHome(around, place) {
  const { words, client, context, consent, go } = around;
  const articles = h('div', { class: 'articles' });
  const fill = () => void showArticles(around, articles);
  place.replaceChildren(
    row(words.text('experts'), () => go('experts'), 'main'),
    row(words.text('tickets'), () => go('tickets')),
    row(words.text('survey'), () => go('survey')),
    outside(`${client.origin}/help/${encodeURIComponent(words.language)}`, words, 'row', words.text('help_center')),
  );
  const box = consentBox(context, words, consent.given, (given) => {
    around.consented(given);
    fill();
  });
  if (box) place.append(h('h3', {}, words.text('articles')), box, articles);
  fill();
}

/** @param {Around} around @param {HTMLElement} place */
async function showArticles({ words, client, context, consent }, place) {
  if (!consent.given || !(context.page || context.app_version || context.last_error)) return place.replaceChildren();
  try {
    const articles = await client.articles(context);
    if (!consent.given) return;
    const links = articles.flatMap(({ title, url }) => {
      const href = safeUrl(url, client.origin);
      return href ? [h('li', {}, outside(href, words, '', title))] : [];
    });
    place.replaceChildren(links.length ? h('ul', { class: 'list' }, ...links) : h('p', { class: 'quiet' }, words.text('articles_none')));
  } catch {
    place.replaceChildren(); // a help that is not there is no problem of the customer's
  }
}

/** @param {Around} around @param {HTMLElement} place */
async function showExperts({ words, go, ask }, place) {
  const [, ...others] = supportTypes(words);
  place.replaceChildren(
    h('p', {}, words.text('experts_intro')),
    ...others.map(({ id, label, subjects = [] }) => {
      const said = subjects.slice(0, 3).map((subject) => subject.label).join(', ');
      return h('button', { type: 'button', class: 'card', onclick: () => go(`form.${id}`) },
        h('b', {}, label), said !== '' && h('span', {}, words.text('subjects', { subjects: said })));
    }),
    row(words.text('technical'), ask),
  );
}

/** The portal's form, mounted here; where its module cannot be loaded, a link to it. @param {string} type @param {Around} around @param {HTMLElement} place */
async function showForm(type, { words, client, context, consent }, place) {
  place.replaceChildren(h('p', { class: 'quiet' }, words.text('loading')));
  const session = await client.session().catch(() => null);
  const lines = consent.given ? told(context, words).map(([label, value]) => `${label}: ${value}`) : [];
  const page = new URLSearchParams({ support_type: type, lang: words.language });
  try {
    /** @type {typeof import('../pages/ticket-form.js')} */
    const { mountTicketForm } = await import(`${client.origin}/widget/pages/ticket-form.js`);
    const mount = h('div', { lang: words.language });
    place.replaceChildren(mount);
    await mountTicketForm(mount, {
      origin: client.origin,
      language: words.language,
      supportType: type,
      draft: `panel-${type}`,
      ...(session && { token: session.token }),
      values: {
        ...(session?.platforms.length === 1 && { platform: session.platforms[0] ?? '' }),
        // Once for one form: what the customer has typed over it stays, after a reload, too.
        ...(lines.length > 0 && !prefilled(type) && { description: `\n\n${lines.join('\n')}` }),
      },
      onCreated: () => void prefilled(type, false),
      ticketUrl: (id) => `${client.origin}/portal/tickets/${id}`,
    });
  } catch {
    place.replaceChildren(h('p', { role: 'alert' }, words.text('form_failed')),
      h('p', {}, outside(`${client.origin}/portal/new?${page}`, words, '', words.text('form_link'))));
  }
}

/** Whether a form of this tab was filled in before, and from now on. @param {string} type @param {boolean} [from] */
function prefilled(type, from = true) {
  const key = `copilot-panel:filled:${type}`;
  try {
    const before = sessionStorage.getItem(key) === '1';
    if (from) sessionStorage.setItem(key, '1');
    else sessionStorage.removeItem(key);
    return before;
  } catch {
    return false;
  }
}

/** @param {Words} words @param {HTMLElement} place @param {unknown} error */
function complain(words, place, error) {
  const status = error instanceof PanelError ? error.status : 0;
  const said = status === 401 ? words.text('signed_out') : (error instanceof PanelError && error.message) || words.text('broken');
  place.replaceChildren(h('p', { class: 'problem', role: 'alert' }, said));
}

/** @param {Around} around @param {HTMLElement} place */
async function showTickets({ words, client }, place) {
  place.replaceChildren(h('p', { class: 'quiet' }, words.text('loading')));
  try {
    const tickets = await client.tickets();
    const moment = new Intl.DateTimeFormat(words.language, { dateStyle: 'medium', timeStyle: 'short' });
    const links = tickets.map(({ id, subject, status, url, updated_at }) => h('li', {}, outside(safeUrl(url, client.origin) ?? '', words, '',
      h('b', {}, subject), h('small', {}, words.text('ticket', { id, status: words.label('statuses', status) }), ' · ', h('time', { datetime: updated_at }, moment.format(new Date(updated_at)))))));
    place.replaceChildren(
      links.length ? h('ul', { class: 'list' }, ...links) : h('p', { class: 'quiet' }, words.text('tickets_none')),
      h('p', {}, outside(`${client.origin}/portal?lang=${words.language}`, words, '', words.text('tickets_all'))),
    );
  } catch (error) {
    complain(words, place, error);
  }
}

/** @param {Around} around @param {HTMLElement} place */
async function showSurvey({ words, client }, place) {
  place.replaceChildren(h('p', { class: 'quiet' }, words.text('loading')));
  try {
    const waiting = (await client.tickets()).filter(({ rateable }) => rateable);
    const heading = h('p', {}, words.text(waiting.length ? 'survey_intro' : 'survey_none'));
    place.replaceChildren(heading, ...waiting.map((ticket) => question(ticket, words, client)));
  } catch (error) {
    complain(words, place, error);
  }
}

/** @param {PanelTicket} ticket @param {Words} words @param {PanelClient} client */
function question({ id, subject }, words, client) {
  const status = h('p', { role: 'status' });
  const comment = h('textarea', { rows: 3, maxlength: 2000, id: `comment-${id}` });
  /** @param {string} score */
  const radio = (score) => h('label', {}, h('input', { type: 'radio', name: `score-${id}`, value: score }), words.text(`survey_${score}`));
  const send = h('button', { type: 'submit', class: 'primary' }, words.text('survey_send'));
  const form = h('form', { onsubmit: (/** @type {Event} */ event) => void submit(event) },
    h('fieldset', {}, h('legend', {}, subject), radio('good'), radio('bad'),
      h('label', { class: 'above', for: comment.id }, words.text('survey_comment')), comment, send), status);

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    const score = new FormData(form).get(`score-${id}`);
    if (!score) {
      status.textContent = words.text('survey_choose');
      return;
    }
    send.disabled = true;
    try {
      await client.rate(id, String(score), comment.value.trim());
      status.tabIndex = -1;
      status.append(icon('check'), ` ${words.text('survey_thanks')}`);
      form.querySelector('fieldset')?.remove();
      status.focus();
    } catch (error) {
      send.disabled = false;
      status.textContent = (error instanceof PanelError && error.message) || words.text('broken');
    }
  }
  return form;
}
