// Mail that waits for staff: answers from addresses that nobody has proven, and mails of strangers.

import { h } from '../copilot/dom.js';
import { paragraphs } from '../copilot/text.js';
import { ask } from '../pages/desk.js';
import { address, at, say, tell } from './context.js';

/** @typedef {(event: Event | null, work: () => Promise<unknown>) => Promise<void>} Guarded */

/** @param {Guarded} guarded */
export async function showMails(guarded) {
  const answers = h('div', { class: 'cards' });
  const strangers = h('div', { class: 'cards' });
  const more = h('button', { type: 'button', class: 'button quiet', hidden: true, onclick: () => guarded(null, addPage) }, say('more'));
  let next = '';

  /** @param {string} path */
  const page = async (path) => {
    const { suspended_tickets: mails, links } = await ask(path);
    next = links?.next ? new URL(links.next).pathname + new URL(links.next).search : '';
    more.hidden = !next;
    return mails;
  };
  const addPage = async () => strangers.append(...(await page(next)).map(stranger));

  const refresh = async () => {
    const [waiting, mails] = await Promise.all([ask('/desk/data/mails'), page('/api/v2/suspended_tickets?page[size]=30')]);
    answers.replaceChildren(...(waiting.answers.length ? waiting.answers.map(answer) : [h('p', {}, say('mails_none'))]));
    strangers.replaceChildren(...(mails.length ? mails.map(stranger) : [h('p', {}, say('mails_none'))]));
    countMails(waiting.answers.length + mails.length + (next ? 1 : 0));
  };

  /** @param {string} path @param {string} method @param {string} done its words */
  const act = (path, method, done) => guarded(null, async () => {
    await ask(path, { method });
    await refresh();
    tell(say(done));
  });

  /** @param {any} mail */
  const answer = (mail) => h('article', { class: 'box waiting-mail' },
    h('h3', {}, h('a', { href: address(`/desk/tickets/${mail.ticket_id}`) }, `#${mail.ticket_id} ${mail.ticket_subject ?? ''}`)),
    h('p', { class: 'about' }, mail.from, ' · ', at(mail.created_at)),
    h('div', { class: 'text' }, ...paragraphs(mail.text)),
    h('p', { class: 'acts' }, h('button', { type: 'button', class: 'button', onclick: () => act(`/api/v2/tickets/${mail.ticket_id}/mails/${mail.id}/approve`, 'POST', 'mail_approved') }, say('mail_approve'))));

  /** @param {any} mail */
  const stranger = (mail) => h('article', { class: 'box waiting-mail' },
    h('h3', {}, mail.subject || say('mail_no_subject')),
    h('p', { class: 'about' }, [mail.author.name, mail.author.email].filter(Boolean).join(' · '), ' · ', at(mail.created_at), ' · ', say(`mail_cause_${mail.reason}`)),
    h('div', { class: 'text' }, ...paragraphs(mail.content)),
    mail.attachments.length > 0 && h('p', { class: 'about' }, say('mail_files', { count: mail.attachments.length })),
    h('p', { class: 'acts' },
      h('button', { type: 'button', class: 'button', onclick: () => act(`/api/v2/suspended_tickets/${mail.id}/recover`, 'PUT', 'mail_recovered') }, say('mail_recover')),
      h('button', { type: 'button', class: 'button quiet', onclick: () => act(`/api/v2/suspended_tickets/${mail.id}`, 'DELETE', 'mail_discarded') }, say('mail_discard'))));

  await refresh();
  return h('div', { class: 'page' }, h('h2', {}, say('waiting_mails')), h('p', { class: 'about' }, say('mails_note')),
    h('h3', {}, say('mails_answers')), answers, h('h3', {}, say('mails_strangers')), strangers, more);
}

/** The number beside the link to that page. @param {number} count */
export function countMails(count) {
  const place = document.querySelector('#mail-count');
  if (!(place instanceof HTMLElement)) return;
  place.hidden = count === 0;
  place.textContent = String(count);
}
