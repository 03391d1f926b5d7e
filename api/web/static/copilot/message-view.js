// How each kind of message looks: bubbles, quick replies, answer cards, ticket cards, notices.

import { unfolding } from './article.js';
import { h, icon } from './dom.js';
import { excerpt } from './excerpt.js';
import { paragraphs, safeUrl } from './text.js';
import { filesOf, isCustomer, shown } from './timeline.js';

/** @import {Answer, Article, Choice, Entry, Message, Passage, Related, TicketCard} from './types.js' */
/** @import {Words} from './words.js' */

/**
 * @typedef {object} Scene              what a message needs to know of its surroundings
 * @property {Words} words
 * @property {string} base              addresses in messages are relative to the api
 * @property {boolean} open             the choices can be chosen
 * @property {Choice | null} chosen
 * @property {(choice: Choice, event: Event) => void} choose
 * @property {(entry: Entry) => void} retry
 * @property {() => void} writeTicket    instead of trying again
 * @property {(passage: Passage) => Promise<Article>} article
 * @property {(passage: Passage | Related) => void} opened  told of each article that is read
 */

/** @param {Entry} entry @param {Scene} scene @returns {HTMLElement} */
export function drawEntry(entry, scene) {
  if (isCustomer(entry)) return customerBubble(entry, scene);
  const message = /** @type {Message} */ (entry.message);
  const { words } = scene;
  const author = message.role === 'copilot' ? 'copilot' : message.role === 'agent' ? 'agent' : 'system';
  const notice = message.kind === 'notice' || message.role === 'system';
  const row = h('div', {
    class: `row from-${author}${notice ? ' notice' : ''}`,
    part: `message message-${author}`,
    lang: message.language || null,
    'data-seq': message.seq,
    'data-kind': message.kind,
    'data-asks': message.asks || null,
  });
  if (message.text) row.append(h('div', { class: 'bubble' }, said(words.text(`author_${author}`)), ...paragraphs(message.text)));
  if (message.answer?.passages.length) row.append(answerCards(message.answer, message.language, scene));
  if (message.ticket) row.append(ticketCard(message.ticket, scene));
  if (message.choices?.length) row.append(choiceButtons(message, scene));
  return row;
}

/** The author, for those who hear the conversation. @param {string} author */
function said(author) {
  return h('span', { class: 'hidden' }, `${author}: `);
}

/** @param {Entry} entry @param {Scene} scene */
function customerBubble(entry, { words, retry, writeTicket }) {
  const row = h('div', { class: `row from-customer is-${entry.delivery}`, part: 'message message-customer', 'data-seq': entry.message?.seq });
  row.append(h('div', { class: 'bubble' }, said(words.text('author_customer')), ...paragraphs(shown(entry)),
    ...filesOf(entry).map(({ name }) => h('p', { class: 'file' }, icon('file'), name))));
  if (entry.delivery === 'waiting') row.append(h('div', { class: 'delivery' }, words.text('waiting')));
  if (entry.delivery === 'failed') {
    row.append(
      h('div', { class: 'delivery' }, words.text('failed'), ' ',
        h('button', { type: 'button', class: 'retry', onclick: () => retry(entry) }, icon('again'), words.text('retry')),
        h('button', { type: 'button', class: 'retry', onclick: writeTicket }, icon('ticket'), words.text('form_open'))),
    );
  }
  return row;
}

/** @param {Message} message @param {Scene} scene */
function choiceButtons(message, { words, open, chosen, choose }) {
  const group = h('div', {
    class: open ? 'choices' : 'choices settled',
    part: 'choices',
    role: 'group',
    'aria-label': words.text(open ? 'choices' : 'choices_settled'),
    onkeydown: moveBetween,
  });
  for (const choice of message.choices ?? []) {
    const isChosen = choice.id === chosen?.id;
    group.append(
      h('button', {
        type: 'button',
        class: isChosen ? 'choice chosen' : 'choice',
        part: 'choice',
        'data-name': choice.name,
        'aria-pressed': open ? null : String(isChosen),
        disabled: !open,
        onclick: (event) => choose(choice, event),
      }, isChosen && icon('check'), choice.label),
    );
  }
  return group;
}

/** Arrows, Home and End walk through the quick replies; Tab does too. @param {KeyboardEvent} event */
function moveBetween(event) {
  const group = /** @type {HTMLElement} */ (event.currentTarget);
  const buttons = [...group.querySelectorAll('button')];
  const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target));
  const steps = /** @type {Record<string, number>} */ ({ ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: -1 });
  const to = steps[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  buttons.at(to % buttons.length)?.focus();
}

/** The best passage as a card, the rest as links; where there is no answer, links to what comes nearest and no card.
 *
 * @param {Answer} answer @param {string} language of the message @param {Scene} scene */
function answerCards({ confident, clarified, decision, passages, related = [] }, language, scene) {
  const { words } = scene;
  const sure = confident || clarified;
  const nearest = decision === 'person';
  const box = h('div', { class: sure ? 'answer' : 'answer unsure', part: 'answer' });
  if (!nearest) for (const best of passages.slice(0, 1)) box.append(passageCard(best, language, sure ? words.text('answer_sure') : words.text('answer_unsure'), scene));
  const others = [...passages.slice(nearest ? 0 : 1), ...related];
  if (others.length) {
    const list = h('ul', { class: 'others' });
    for (const article of others) list.append(h('li', {}, passageLink(article, scene, 'article', article.title)));
    box.append(h('p', { class: 'label' }, nearest ? words.text('answer_nearest') : words.text('answer_more')), list);
  }
  return box;
}

/** @param {Passage} passage @param {string} language of the message @param {string} label @param {Scene} scene */
function passageCard(passage, language, label, scene) {
  const { words } = scene;
  const spoken = passage.locale?.split('-')[0] ?? '';
  const foreign = spoken && spoken !== language;
  const heading = (passage.heading_path ?? [passage.heading]).filter((part) => part && part !== passage.title).join(' › ');
  const [unfold, place] = unfolding(passage, scene);
  return h('article', { class: 'card', part: 'card', 'data-article': passage.article_id },
    h('p', { class: 'label' }, label),
    h('h3', { lang: passage.locale }, passage.title),
    heading && h('p', { class: 'heading', lang: passage.locale }, heading),
    excerpt(passage),
    place,
    foreign && h('p', { class: 'foreign' }, words.text('other_language', { language: words.label('languages', spoken) })),
    h('p', { class: 'source' }, safeUrl(passage.url, scene.base) && unfold, passageLink(passage, scene, 'out', passage.continues ? words.text('steps_continue') : words.text('read_article'))),
  );
}

/** @param {Passage | Related} passage @param {Scene} scene @param {'out' | 'article'} sign @param {string} text */
function passageLink(passage, { words, base, opened }, sign, text) {
  const href = safeUrl(passage.url, base);
  if (!href) return h('span', {}, text);
  return h('a', { href, onclick: () => opened(passage), target: '_blank', rel: 'noopener', lang: sign === 'article' ? passage.locale : null },
    sign === 'article' && icon('article'), text, h('span', { class: 'hidden' }, ` (${words.text('new_tab')})`), sign === 'out' && icon('out'));
}

/** @param {TicketCard} ticket @param {Scene} scene */
function ticketCard(ticket, { words, base }) {
  const href = safeUrl(ticket.url, base);
  const category = [
    ticket.category && words.label('categories', ticket.category),
    ticket.subcategory && words.label('subcategories', ticket.subcategory),
  ].filter(Boolean).join(' › ');
  /** @type {[string, string][]} */
  const rows = [
    ['ticket_status', words.label('statuses', ticket.status)],
    ['ticket_priority', ticket.priority ? words.label('priorities', ticket.priority) : ''],
    ['ticket_category', category],
    ['ticket_subject', ticket.subject],
  ];
  return h('article', { class: 'card ticket', part: 'card ticket', 'data-ticket': ticket.id, 'data-status': ticket.status, 'data-priority': ticket.priority },
    h('h3', {}, icon('ticket'), words.text('ticket_number', { id: ticket.id })),
    h('dl', {}, ...rows.filter(([, value]) => value).flatMap(([key, value]) => [h('dt', {}, words.text(key)), h('dd', {}, value)])),
    href && h('p', { class: 'source' },
      h('a', { href, target: '_blank', rel: 'noopener' }, words.text('follow_ticket'), h('span', { class: 'hidden' }, ` (${words.text('new_tab')})`), icon('out'))),
  );
}
