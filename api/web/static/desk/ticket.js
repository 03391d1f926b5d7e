// One ticket: what was said, the chat before it, its facts, and what the agent does next.

import { h } from '../copilot/dom.js';
import { paragraphs, safeUrl } from '../copilot/text.js';
import { ask, Refusal } from '../pages/desk.js';
import { Composer } from './composer.js';
import { address, ago, at, catalog, clockOf, fieldOf, kindOf, me, priorityChip, say, session, statusChip, statusLabel, teamLabel, tell, words } from './context.js';
import { Facts } from './facts.js';
import { requesterBox } from './invite.js';

/** @typedef {(event: Event | null, work: () => Promise<unknown>) => Promise<void>} Guarded */

/** A ticket on the page; its parts are drawn again at news, what is being typed stays as it is. */
export class TicketView {
  /** @param {number} id @param {Guarded} guarded */
  constructor(id, guarded) {
    this.id = id;
    this.guarded = guarded;
    /** @type {any} */
    this.view = null;
    // What the agent has seen: a change since then is told before theirs is stored.
    this.stamp = '';
    this.acting = false;
    this.head = h('header', { class: 'ticket-head' });
    this.conflict = h('section', { class: 'conflict', role: 'alert', hidden: true });
    this.before = h('div');
    this.comments = h('div', { class: 'comments' });
    this.after = h('div');
    this.beside = h('div');
    this.composer = new Composer(this);
    this.facts = new Facts(this);
    this.element = h('article', { class: 'ticket-room', 'aria-label': say('ticket', { id }) },
      h('div', { class: 'talk' }, this.head, this.conflict, this.before, this.comments, this.composer.element, this.after),
      h('aside', { class: 'beside', 'aria-label': say('facts') }, this.facts.element, this.beside));
  }

  /** Reads the ticket. @param {{seen?: boolean}} [options] seen: the agent knows of it, their next change builds on it */
  async refresh({ seen = false } = {}) {
    const view = await ask(`/desk/data/tickets/${this.id}`);
    const news = this.view && this.stamp !== view.ticket.updated_at;
    this.view = view;
    if (seen || !this.stamp || !this.busy) this.stamp = view.ticket.updated_at;
    else if (news) this.#tellOfOther();
    this.#draw();
  }

  get ticket() {
    return this.view.ticket;
  }

  /** Whether the agent is in the middle of something. */
  get busy() {
    return this.composer.busy || this.facts.dirty;
  }

  /**
   * Changes the ticket, unless somebody else did since the agent read it: then that is shown, and what was typed stays.
   *
   * @param {Record<string, unknown>} change
   */
  async change(change) {
    try {
      await ask(`/api/v2/tickets/${this.id}.json`, { method: 'PUT', body: { ticket: { ...change, safe_update: true, updated_stamp: this.stamp } } });
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 409)) throw error;
      await this.refresh({ seen: true });
      this.#tellOfOther();
      return false;
    }
    this.conflict.hidden = true;
    return true;
  }

  /** After a change of one's own. */
  async changed() {
    await this.refresh({ seen: true });
    this.conflict.hidden = true;
    tell(say('saved'));
  }

  #tellOfOther() {
    const act = this.view.audits.at(-1);
    const name = this.view.people[act?.author_id]?.name ?? say('somebody');
    this.conflict.hidden = false;
    this.conflict.replaceChildren(h('p', {}, h('b', {}, say('conflict', { name })), ' ', say('conflict_cure')), h('ul', {}, ...this.#acts(act)),
      h('button', { type: 'button', class: 'button quiet', onclick: () => {
        this.stamp = this.ticket.updated_at;
        this.conflict.hidden = true;
      } }, say('conflict_read')));
  }

  /** @param {string} name of a shortcut */
  act(name) {
    if (name === 'reply' || name === 'note') this.composer.begin(name === 'note');
    else if (name === 'assign') void this.guarded(null, () => this.assignToMe());
    else if (name === 'solve') void this.guarded(null, () => this.solve());
  }

  assignToMe() {
    return this.#once({ assignee_id: me().id });
  }

  solve() {
    if (this.composer.text.trim() || this.composer.files.length) return this.composer.send('solved');
    return this.#once({ status: 'solved' });
  }

  /** One button's change: a second press while it is on its way would be told as somebody else's. @param {Record<string, unknown>} change */
  async #once(change) {
    if (this.acting) return;
    this.acting = true;
    try {
      if (await this.change(change)) await this.changed();
    } finally {
      this.acting = false;
    }
  }

  #draw() {
    const { ticket, comments, messages, mails, audits, others, outage, remote, context } = this.view;
    document.title = `#${ticket.id} ${ticket.subject}`;
    const closed = ticket.status === 'closed';
    this.head.replaceChildren(
      h('p', {}, h('a', { href: address('/desk'), class: 'back' }, say('back')), ' ', h('span', { class: 'number' }, `#${ticket.id}`), ' ', statusChip(ticket.status), ' ', priorityChip(ticket.priority), ' ', clockOf(ticket.sla)),
      h('h2', { tabindex: '-1' }, ticket.subject),
      h('p', { class: 'about' }, [kindOfTicket(ticket), words.label('languages', ticket.language)].filter(Boolean).join(' · '), ' · ', say('opened'), ' ', ago(ticket.created_at)),
      h('p', { class: 'acts' },
        !closed && h('button', { type: 'button', class: 'button', onclick: () => this.composer.begin(false) }, say('reply')),
        !closed && h('button', { type: 'button', class: 'button quiet', onclick: () => this.composer.begin(true) }, say('note')),
        !closed && ticket.assignee_id !== me().id && h('button', { type: 'button', class: 'button quiet', onclick: () => this.guarded(null, () => this.assignToMe()) }, say('assign_me')),
        !closed && ticket.status !== 'solved' && h('button', { type: 'button', class: 'button quiet', onclick: () => this.guarded(null, () => this.solve()) }, say('solve')),
        !closed && h('button', { type: 'button', class: 'button quiet', onclick: () => this.#askForMerge() }, say('merge'))));
    this.composer.element.hidden = closed;
    replaceFolded(this.before, [folded('chat', say('chat', { count: messages.length }), messages.length, () => messages.map(chatLine))]);
    this.comments.replaceChildren(h('h3', { class: 'visually-hidden' }, say('comments')), ...comments.map((/** @type {any} */ each) => this.#comment(each)));
    replaceFolded(this.after, [
      folded('history', say('history', { count: audits.length }), audits.length, () => audits.toReversed().map((/** @type {any} */ each) => this.#audit(each))),
      folded('mails', say('mails', { count: mails.length }), mails.length, () => mails.map((/** @type {any} */ each) => this.#mail(each))),
    ]);
    this.facts.draw();
    replaceFolded(this.beside, [
      outage && h('section', { class: 'box' }, h('h3', {}, say('outage_group')), h('p', {}, say('outage_reports', { tickets: outage.tickets, accounts: outage.accounts })), ticketList(outage.others)),
      remote && remoteBox(remote),
      requesterBox(this),
      context && h('section', { class: 'box context' }, h('h3', {}, say('context')), ...['page', 'app_version', 'last_error'].filter((name) => context[name]).map((name) => h('p', {}, h('b', {}, say(`context_${name}`)), ' ', context[name]))),
      others.length ? h('section', { class: 'box' }, h('h3', {}, say('others')), ticketList(others)) : null,
    ]);
  }

  /** @param {any} comment */
  #comment(comment) {
    const author = this.view.people[comment.author_id];
    const kind = comment.public ? (author?.staff ? 'support' : '') : 'internal';
    return h('section', { class: `comment ${kind}` },
      h('h4', {}, h('span', {}, author?.name ?? say('nobody_yet'), !comment.public && h('span', { class: 'mark' }, say('internal'))), at(comment.created_at)),
      h('div', {}, ...paragraphs(comment.plain_body)),
      comment.attachments.length > 0 && h('ul', { class: 'files' }, ...comment.attachments.map(attachment)));
  }

  /** A mail, both ways; what came from another address is made public here. @param {any} mail */
  #mail(mail) {
    const out = mail.direction === 'out';
    return h('section', { class: 'mail' }, h('p', {}, h('b', {}, mail.subject)),
      h('p', { class: 'about' }, out ? mail.to : say('mail_from', { address: mail.from }), ' · ', say(`mail_${mail.status === 'discarded' ? 'thrown' : mail.status}`), ' · ', at(mail.created_at)),
      mail.waits_for_approval && h('p', { class: 'acts' }, h('span', { class: 'mark' }, say('mail_waits')), ' ', h('button', { type: 'button', class: 'button', onclick: () => this.guarded(null, async () => {
        await ask(`/api/v2/tickets/${this.id}/mails/${mail.id}/approve`, { method: 'POST' });
        await this.changed();
        tell(say('mail_approved'));
      }) }, say('mail_approve'))),
      h('details', { 'data-name': `mail-${mail.direction}-${mail.id}` }, h('summary', {}, say('mail_text')), h('pre', {}, mail.text)));
  }

  /** @param {any} audit */
  #audit(audit) {
    const who = this.view.people[audit.author_id]?.name ?? say('system');
    return h('section', { class: 'act' }, h('p', {}, h('b', {}, who), ' ', at(audit.created_at)), h('ul', {}, ...this.#acts(audit)));
  }

  /** @param {any} audit @returns {HTMLElement[]} */
  #acts(audit) {
    return (audit?.events ?? []).flatMap((/** @type {any} */ event) => {
      if (event.type === 'Comment') return [h('li', {}, say(event.public ? 'act_reply' : 'act_note'))];
      if (event.type !== 'Change' && event.type !== 'Create') return [h('li', {}, event.type)];
      const before = event.type === 'Change' && event.previous_value !== null ? `${this.#value(event.field_name, event.previous_value)} → ` : '';
      return [h('li', {}, `${nameOf(event.field_name)}: ${before}${this.#value(event.field_name, event.value)}`, event.reason && h('q', {}, event.reason))];
    });
  }

  /** @param {string} field @param {any} value */
  #value(field, value) {
    if (value === null || value === '') return '–';
    if (field === 'assignee_id' || field === 'requester_id') return this.facts.nameOf(value) ?? this.view.people[value]?.name ?? String(value);
    if (field === 'status') return statusLabel(value);
    if (field === 'priority') return words.label('priorities', value);
    if (field === 'team') return teamLabel(value);
    if (field === 'group_id') return teamLabel(session.people?.groups.find(({ id }) => id === value)?.name ?? String(value));
    if (field === 'category') return words.label('categories', value);
    if (field === 'subcategory') return words.label('subcategories', value);
    const listed = catalog[`${field === 'type' ? 'ticket_type' : field}s`] ?? fieldOf(field)?.options ?? [];
    return listed.find((/** @type {any} */ each) => each.id === value)?.label ?? (Array.isArray(value) ? value.join(', ') : String(value));
  }

  #askForMerge() {
    const number = h('input', { id: 'merge-into', inputmode: 'numeric', pattern: '[0-9]+', required: true });
    const dialog = h('dialog', { 'aria-labelledby': 'merge-title', onclose: () => dialog.remove() },
      h('form', { method: 'dialog', onsubmit: (/** @type {SubmitEvent} */ event) => this.guarded(event, async () => {
        const into = Number(number.value);
        dialog.close();
        await ask(`/api/v2/tickets/${into}/merge.json`, { method: 'POST', body: { ids: [this.id] } });
        location.assign(address(`/desk/tickets/${into}`));
      }) }, h('h2', { id: 'merge-title' }, say('merge_title', { id: this.id })), h('p', {}, say('merge_note')),
      h('label', { for: 'merge-into' }, say('merge_into')), number,
      h('p', { class: 'acts' }, h('button', { class: 'button' }, say('merge')), h('button', { type: 'button', class: 'button quiet', onclick: () => dialog.close() }, say('cancel')))));
    document.body.append(dialog);
    dialog.showModal();
  }
}

/** @param {any} ticket */
function kindOfTicket(ticket) {
  const value = (/** @type {string} */ id) => ticket.custom_fields.find((/** @type {any} */ field) => field.id === id)?.value ?? null;
  return kindOf({ category: value('category'), subcategory: value('subcategory') });
}

/** What the audit calls a field. @param {string} field */
function nameOf(field) {
  const own = ['assignee_id', 'requester_id', 'tags', 'group_id', 'team', 'type', 'status', 'priority', 'subject'];
  return own.includes(field) ? say(`field_${field}`) : fieldOf(field)?.label ?? field;
}

/** @param {any} file */
function attachment(file) {
  const path = (/** @type {string} */ url) => new URL(url, location.origin).pathname;
  const [picture] = file.thumbnails ?? [];
  const removed = Object.values(file.removed ?? {}).reduce((/** @type {number} */ sum, count) => sum + Number(count), 0);
  return h('li', {}, h('a', { href: path(file.content_url), download: file.file_name },
    picture && h('img', { src: path(picture.content_url), width: picture.width, height: picture.height, alt: '', loading: 'lazy' }),
    h('span', {}, file.file_name), ' ', h('small', {}, size(file.size))), removed > 0 && h('small', {}, say('removed', { count: removed })));
}

/** @param {number} bytes */
export function size(bytes) {
  const [unit, length] = bytes < 1_000_000 ? ['kilobyte', 1_000] : ['megabyte', 1_000_000];
  return new Intl.NumberFormat(words.language, { style: 'unit', unit: String(unit), maximumFractionDigits: 1 }).format(bytes / Number(length));
}

/** @param {any} message */
function chatLine(message) {
  const articles = (message.answer?.passages ?? []).slice(0, 3);
  return h('section', { class: `line from-${message.role}`, lang: message.language },
    h('p', { class: 'author', lang: words.language }, say(`chat_${message.role}`), ' ', at(message.created_at)),
    ...paragraphs(message.text),
    articles.length > 0 && h('ul', { class: 'articles', 'aria-label': say('articles') }, ...articles.map((/** @type {any} */ passage) => {
      const href = safeUrl(passage.url, location.origin);
      return h('li', { lang: passage.locale }, href ? h('a', { href, target: '_blank', rel: 'noopener' }, passage.title) : passage.title);
    })));
}

/** @param {any[]} tickets */
const ticketList = (tickets) => h('ul', { class: 'plain-list' }, ...tickets.map((each) =>
  h('li', {}, h('a', { href: address(`/desk/tickets/${each.id}`) }, `#${each.id} ${each.subject}`), ' ', statusChip(each.status))));

/** How the ticket stands in another ticketing system. @param {any} remote */
function remoteBox(remote) {
  const href = remote.url && safeUrl(remote.url, location.origin);
  const name = `${remote.backend} ${remote.remote_id ? `#${remote.remote_id}` : ''}`;
  return h('section', { class: 'box remote' }, h('h3', {}, say('remote')),
    h('p', {}, href ? h('a', { href, target: '_blank', rel: 'noopener' }, name) : name, ' ', h('span', { class: 'status' }, say(`remote_${remote.state}`))),
    remote.waiting > 0 && h('p', {}, say('remote_waits', { count: remote.waiting })),
    remote.synced_at && h('p', { class: 'about' }, say('remote_synced'), ' ', ago(remote.synced_at)),
    remote.error && h('p', { class: 'about' }, remote.error));
}

/**
 * A part that is opened when it is wanted; drawn only then.
 *
 * @param {string} name
 * @param {string} title
 * @param {number} count
 * @param {() => HTMLElement[]} draw
 */
function folded(name, title, count, draw) {
  if (!count) return null;
  // On a phone it is scrolled by itself: with the keyboard, too.
  const content = h('div', { class: 'inside', tabindex: '0', role: 'region', 'aria-label': title });
  const details = h('details', { class: 'folded', 'data-name': name, ontoggle: () => {
    if (details.open && !content.childElementCount) content.append(...draw());
  } }, h('summary', {}, title), content);
  return details;
}

/** Draws a place again; what was open stays open. @param {HTMLElement} place @param {(HTMLElement | null)[]} parts */
function replaceFolded(place, parts) {
  const open = new Set([...place.querySelectorAll('details[open]')].map((each) => each.getAttribute('data-name')));
  const shown = parts.filter((each) => each !== null);
  place.replaceChildren(...shown);
  for (const each of shown) if (each instanceof HTMLDetailsElement && open.has(each.getAttribute('data-name'))) each.open = true;
}
