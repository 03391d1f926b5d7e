// The conversation as it is shown: what the api has numbered, and what the customer has said that it has not yet.

/** @import {Choice, Delivery, Entry, Message, Outgoing} from './types.js' */

const UNNUMBERED = 1e9;

/** @param {string | undefined} text */
function plain(text) {
  return (text ?? '').normalize('NFKC').replace(/\s+/g, ' ').trim().toLowerCase();
}

export class Timeline {
  constructor() {
    /** @type {Entry[]} */
    this.entries = [];
    /** The last `seq` up to which nothing is missing: replies to a POST run ahead of the stream and do not count. */
    this.lastSeq = 0;
    this.made = 0;
  }

  /**
   * Takes messages in, each `seq` once.
   *
   * @param {Message[]} messages
   * @param {{ahead?: boolean}} [how] ahead: they came as replies, earlier messages may be under way
   * @returns {Message[]} those that were new
   */
  add(messages, { ahead = false } = {}) {
    const fresh = messages.filter((message) => this.#addOne(message));
    if (!ahead) for (const { seq } of messages) this.lastSeq = Math.max(this.lastSeq, seq);
    this.#sort();
    return fresh;
  }

  /** @param {Message} message */
  #addOne(message) {
    if (this.entries.some((entry) => entry.message?.seq === message.seq)) return false;
    const own = message.role === 'customer' ? this.#ownFor(message) : undefined;
    if (own) {
      own.message = message;
      own.order = message.seq;
      own.version += 1;
      return false;
    }
    this.entries.push({
      key: `s${message.seq}`, order: message.seq, message, outgoing: null, delivery: 'done', stored: true, version: 0,
    });
    return true;
  }

  /** @param {Message} message the bubble that stands for it since before it had a number */
  #ownFor(message) {
    const unnumbered = this.entries.filter((entry) => entry.outgoing && !entry.message);
    return (
      unnumbered.find((entry) => entry.outgoing?.client_message_id === message.client_message_id) ??
      unnumbered.find((entry) => plain(entry.outgoing?.shown) === plain(message.text)) ??
      // The api may store a text otherwise than it was typed; then its place tells: just before its replies.
      unnumbered.find((entry) => Math.floor(entry.order) === message.seq)
    );
  }

  /** @param {Outgoing} outgoing @param {Delivery} delivery @returns {Entry} */
  say(outgoing, delivery) {
    this.made += 1;
    const key = `o${outgoing.client_message_id}`;
    const entry = { key, order: UNNUMBERED + this.made, message: null, outgoing, delivery, stored: false, version: 0 };
    this.entries.push(entry);
    return entry;
  }

  /**
   * Puts a message from before a reload back in line. Where the api has it already, its bubble is there.
   *
   * @param {Outgoing} outgoing
   * @returns {Entry}
   */
  sayAgain(outgoing) {
    const last = this.entries.findLast(isCustomer);
    if (!last || last.outgoing || plain(last.message?.text) !== plain(outgoing.shown)) return this.say(outgoing, 'sending');
    last.outgoing = outgoing;
    this.mark(last, 'sending');
    return last;
  }

  /** After a reload only the apology tells that the last turn failed: what was said can then be tried again. */
  recoverFailure() {
    const [said, apology] = this.entries.slice(-2);
    if (said?.message?.role !== 'customer' || apology?.message?.role !== 'system') return;
    const { text } = said.message;
    const offered = this.entries.slice(0, -2).findLast((entry) => entry.message?.role === 'copilot' && entry.message.choices?.length);
    const choice = offered?.message?.choices?.find(({ label }) => plain(label) === plain(text));
    said.outgoing = { client_message_id: '', shown: text, ...(choice ? { choice_id: choice.id } : { text }) };
    this.mark(said, 'failed');
  }

  /** @param {Entry} entry @param {Delivery} delivery @param {Message[]} [replies] */
  settle(entry, delivery, replies = []) {
    entry.stored = true;
    const first = replies[0];
    if (first && !entry.message) entry.order = first.seq - 0.5;
    this.mark(entry, delivery);
  }

  /** @param {Entry} entry @param {Delivery} delivery */
  mark(entry, delivery) {
    if (entry.delivery === delivery) return;
    entry.delivery = delivery;
    entry.version += 1;
  }

  /** @param {Entry} entry */
  remove(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
  }

  #sort() {
    this.entries.sort((one, other) => one.order - other.order);
  }

  /**
   * What became of an entry's choices: still `open`, or answered, by the choice `chosen` where it was one of them.
   * A failed turn answers nothing: its choices open again.
   *
   * @param {Entry} entry
   * @returns {{open: boolean, chosen: Choice | null}}
   */
  choicesOf(entry) {
    const choices = entry.message?.choices ?? [];
    const later = this.entries.slice(this.entries.indexOf(entry) + 1);
    const reply = later.find((other) => isCustomer(other) && other.delivery !== 'failed');
    const superseded = later.some((other) => (other.message?.choices ?? []).length > 0 || other.message?.asks);
    if (!reply) return { open: !superseded, chosen: null };
    const chosen = choices.find((choice) =>
      reply.outgoing?.choice_id ? choice.id === reply.outgoing.choice_id : plain(choice.label) === plain(shown(reply)),
    );
    return { open: false, chosen: chosen ?? null };
  }

  /** The choice of that name, while it can be chosen. @param {string} name @returns {Choice | null} */
  openChoice(name) {
    for (const entry of this.entries.toReversed()) {
      const found = entry.message?.choices?.find((choice) => choice.name === name);
      if (found) return this.choicesOf(entry).open ? found : null;
    }
    return null;
  }

  /**
   * How many turns in a row went unanswered. A conversation in which the copilot never spoke counts as many.
   */
  get unanswered() {
    const from = this.entries.findLastIndex(({ message }) => message?.role === 'copilot' || message?.role === 'agent');
    const later = this.entries.slice(from + 1);
    const apologised = later.filter(({ message }, at) => message?.role === 'system' && (at > 0 ? isCustomer(/** @type {Entry} */ (later[at - 1])) : from < 0));
    return from < 0 && apologised.length ? 99 : apologised.length;
  }

  /** What the customer has said since the copilot last answered. */
  get unheard() {
    const from = this.entries.findLastIndex(({ message }) => message?.role === 'copilot');
    const texts = this.entries.slice(from + 1).filter(isCustomer).filter((entry) => !entry.outgoing?.choice_id).map(shown);
    return [...new Set(texts)].join('\n');
  }

  /** How much others have said since. @param {number} seq */
  heardSince(seq) {
    return this.entries.filter((entry) => !isCustomer(entry) && (entry.message?.seq ?? 0) > seq).length;
  }

  /** What the copilot waits for, or null: the id that its last message asks for. */
  get asks() {
    const last = this.entries.findLast((entry) => entry.message?.role === 'copilot');
    if (!last) return null;
    const after = this.entries.slice(this.entries.indexOf(last) + 1);
    return after.some((entry) => isCustomer(entry) && entry.delivery !== 'failed') ? null : (last.message?.asks ?? null);
  }
}

/** @param {Entry} entry */
export function isCustomer(entry) {
  return entry.outgoing !== null || entry.message?.role === 'customer';
}

/** @param {Entry} entry what a customer's bubble says */
export function shown(entry) {
  return entry.outgoing?.shown ?? entry.message?.text ?? '';
}

/** @param {Entry} entry the files that went with what the customer said */
export function filesOf(entry) {
  return entry.message?.attachments ?? entry.outgoing?.files ?? [];
}
