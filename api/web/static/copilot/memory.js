// What survives a reload. Falls back to plain memory where the browser refuses storage (private modes, blocked
// cookies, a full disk): the conversation then lasts as long as the page.

/**
 * As JSON. Old libraries give arrays a `toJSON` of their own, which would send every list as a text.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function toJson(value) {
  const prototypes = /** @type {any[]} */ ([Array.prototype, String.prototype, Object.prototype, Number.prototype]);
  const kept = prototypes.map((each) => Object.getOwnPropertyDescriptor(each, 'toJSON'));
  for (const each of prototypes) delete each.toJSON;
  try {
    return JSON.stringify(value);
  } finally {
    prototypes.forEach((each, at) => kept[at] && Object.defineProperty(each, 'toJSON', kept[at]));
  }
}

// Browsers tell other pages of what is stored, and never the page that stores it: a second widget there hears of it here.
const samePage = new EventTarget();

export class Memory {
  /** @param {string} prefix */
  constructor(prefix) {
    this.prefix = prefix;
    /** @type {Map<string, string>} */
    this.fallback = new Map();
  }

  /** @param {string} name @returns {any} what was put, or null */
  get(name) {
    let kept = this.fallback.get(name) ?? null;
    try {
      kept = localStorage.getItem(this.prefix + name) ?? kept;
    } catch {
      // refused: the fallback has it
    }
    if (kept === null) return null;
    try {
      return JSON.parse(kept);
    } catch {
      return null;
    }
  }

  /** @param {string} name @param {unknown} value null removes */
  put(name, value) {
    const text = value === null ? null : toJson(value);
    this.fallback.delete(name);
    try {
      if (text === null) localStorage.removeItem(this.prefix + name);
      else localStorage.setItem(this.prefix + name, text);
    } catch {
      if (text !== null) this.fallback.set(name, text);
    }
    samePage.dispatchEvent(new CustomEvent(this.prefix + name, { detail: this }));
  }

  /**
   * Calls back when another tab, or another widget of this page, changes `name`.
   *
   * @param {string} name
   * @param {() => void} changed
   * @param {AbortSignal} signal
   */
  watch(name, changed, signal) {
    addEventListener('storage', (event) => {
      if (event.key === this.prefix + name) changed();
    }, { signal });
    samePage.addEventListener(this.prefix + name, (event) => {
      if (/** @type {CustomEvent<Memory>} */ (event).detail !== this) changed();
    }, { signal });
  }
}

/**
 * Runs `work` while no other tab runs work of this name. Without the Web Locks API (plain http, old browsers) it just runs.
 *
 * @template Result
 * @param {string} name
 * @param {() => Promise<Result>} work
 * @param {AbortSignal} [signal]
 * @returns {Promise<Result>}
 */
export async function alone(name, work, signal) {
  if (!navigator.locks) return work();
  return navigator.locks.request(name, signal ? { signal } : {}, work);
}

/** A new id; `crypto.randomUUID` exists in secure contexts only, and shops on plain http exist too. */
export function newId() {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
