// News of tickets, as they happen: one event stream for all tabs of a browser, resumed where it was cut.

import { readEvents } from '../copilot/event-stream.js';
import { alone } from '../copilot/memory.js';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
// The api sends something every 15 s.
const SILENCE_MS = 45_000;

/** @typedef {{ticket_id: number, audit_id: number}} News */

/**
 * Calls back for every act on a ticket until stopped. Only one tab holds the stream (a browser opens six connections to a
 * host, and agents open many tabs); it tells the others.
 *
 * @param {string} path of the stream
 * @param {(news: News | null) => void} heard null: something may have been missed
 * @param {{token?: string, headers?: Record<string, string>, gone?: () => void, signal: AbortSignal}} options `gone`: whoever asks may not any more
 */
export function follow(path, heard, { token, headers, gone, signal }) {
  const tabs = typeof BroadcastChannel === 'function' ? new BroadcastChannel(`copilot:live:${path}`) : null;
  tabs?.addEventListener('message', (event) => heard(event.data));
  signal.addEventListener('abort', () => tabs?.close());
  alone(`copilot:live:${path}`, () => hold(path, (news) => {
    heard(news);
    if (!signal.aborted) tabs?.postMessage(news);
  }, { ...(token !== undefined && { token }), ...(headers && { headers }), ...(gone && { gone }), signal }), signal).catch(() => {}); // stopped while waiting for its turn
}

/** @param {string} path @param {(news: News | null) => void} heard @param {{token?: string, headers?: Record<string, string>, gone?: () => void, signal: AbortSignal}} options */
async function hold(path, heard, { token, headers, gone, signal }) {
  let wait = FIRST_WAIT_MS;
  let last = '';
  for (let tries = 0; !signal.aborted; tries += 1) {
    const began = Date.now();
    const silence = new AbortController();
    let alarm = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const response = await fetch(path, {
        cache: 'no-store',
        headers: { ...headers, Accept: 'text/event-stream', ...(token && { Authorization: `Bearer ${token}` }), ...(last && { 'Last-Event-ID': last }) },
        signal: AbortSignal.any([signal, silence.signal]),
      });
      if (response.status === 401 || response.status === 403) return gone?.();
      if (!response.ok || !response.body) throw new Error(String(response.status));
      if (tries) heard(null);
      const alive = () => {
        clearTimeout(alarm);
        alarm = setTimeout(() => silence.abort(), SILENCE_MS);
      };
      for await (const { id, event, data } of readEvents(response.body, alive)) {
        if (id) last = id;
        if (event === 'ticket') heard(JSON.parse(data));
      }
    } catch {
      // cut: again below
    } finally {
      clearTimeout(alarm);
    }
    if (Date.now() - began > 10_000) wait = FIRST_WAIT_MS;
    await new Promise((resolve) => setTimeout(resolve, wait / 2 + (Math.random() * wait) / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}
