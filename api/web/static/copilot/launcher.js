// The round button, with all that it needs to be seen: this is what a page loads before anything else of the widget.

import { h, icon } from './dom.js';

const LIGHT = `
  --accent: var(--copilot-accent, #0b6e66);
  --accent-text: var(--copilot-accent-text, #fff);
  --accent-soft: var(--copilot-accent-soft, #e3f2ef);
  --surface: var(--copilot-surface, #fff);
  --raised: var(--copilot-raised, #f2f5f4);
  --text: var(--copilot-text, #17211f);
  --muted: var(--copilot-muted, #55635f);
  --line: var(--copilot-line, #dbe3e0);
  --control: var(--copilot-control, #7c8d88);
  --warn: var(--copilot-warn, #8a4b00);
  --warn-soft: var(--copilot-warn-soft, #fdf3e1);
  --bad: var(--copilot-bad, #b3261e);
  --shadow: 0 1px 2px rgb(12 38 34 / .08), 0 12px 40px rgb(12 38 34 / .2);
`;
const DARK = `
  --accent: var(--copilot-accent, #62d2c3);
  --accent-text: var(--copilot-accent-text, #06211d);
  --accent-soft: var(--copilot-accent-soft, #143631);
  --surface: var(--copilot-surface, #131a19);
  --raised: var(--copilot-raised, #1f2927);
  --text: var(--copilot-text, #e8efed);
  --muted: var(--copilot-muted, #a0b0ab);
  --line: var(--copilot-line, #2e3b38);
  --control: var(--copilot-control, #71837e);
  --warn: var(--copilot-warn, #f5c983);
  --warn-soft: var(--copilot-warn-soft, #33270f);
  --bad: var(--copilot-bad, #ff9d94);
  --shadow: 0 1px 2px rgb(0 0 0 / .4), 0 12px 40px rgb(0 0 0 / .55);
`;

// Constructable, so that there is no inline style and `default-src 'self'` has nothing to block. Hosts theme the widget by the
// custom properties of the first rule (--copilot-accent ...) and by parts. What the panel alone needs is in styles.js.
const CSS = `
:host { all: initial; ${LIGHT} color-scheme: light; }
:host([theme="dark"]) { ${DARK} color-scheme: dark; }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${DARK} color-scheme: dark; } }
/* What a page's own styles could do to every element of it: move what is fixed, and what is inherited. Important rules of a
   shadow tree win over those of the page; whether the element is displayed at all stays the page's to say. */
:host { transform: none !important; filter: none !important; perspective: none !important; contain: none !important; will-change: auto !important; letter-spacing: normal !important; word-spacing: normal !important; text-transform: none !important; text-indent: 0 !important; text-shadow: none !important; white-space: normal !important; hyphens: manual !important; cursor: auto !important; visibility: visible !important; }
:host([hidden]) { display: none; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
.launcher, .panel { position: fixed; z-index: 2147483000; font: 400 15px/1.5 var(--copilot-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif); color: var(--text); -webkit-font-smoothing: antialiased; text-align: start; }
button, textarea, input, select { font: inherit; color: inherit; margin: 0; }
button { cursor: pointer; border: 0; background: none; padding: 0; touch-action: manipulation; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.icon { width: 1.35em; height: 1.35em; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }

.launcher { inset-block-end: calc(var(--copilot-bottom, 20px) + env(safe-area-inset-bottom)); inset-inline-end: calc(var(--copilot-side, 20px) + env(safe-area-inset-right)); width: 58px; height: 58px; border-radius: 50%; display: grid; place-items: center; background: var(--accent); color: var(--accent-text); box-shadow: var(--shadow); transition: transform .18s ease; }
.launcher:hover { transform: translateY(-2px); }
.launcher:focus-visible { outline-offset: 3px; }
.launcher .icon { grid-area: 1 / 1; width: 27px; height: 27px; transition: transform .2s ease, opacity .2s ease; }
.launcher .icon + .icon, .launcher[aria-expanded="true"] .icon:first-child { opacity: 0; transform: rotate(-45deg) scale(.6); }
.launcher[aria-expanded="true"] .icon + .icon { opacity: 1; transform: none; }
:host([launcher="none"]) .launcher { display: none; }
.badge { position: absolute; inset-block-start: -3px; inset-inline-end: -3px; min-width: 21px; height: 21px; padding: 0 6px; border-radius: 11px; background: #c62b21; color: #fff; font-size: 12px; font-weight: 700; line-height: 21px; text-align: center; }
.launcher[aria-busy] .icon:first-child { animation: coming 1s infinite ease-in-out; }
@keyframes coming { 50% { opacity: .35; } }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
@media (forced-colors: active) { .launcher { border: 1.5px solid ButtonText; } }
@media print { :host { display: none; } }
`;

/** @type {CSSStyleSheet | null} one for every widget of a page */
let sheet = null;

export function launcherSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}

/** @param {() => void} toggle @param {() => void} near  somebody is about to press it */
export function launcherButton(toggle, near) {
  return h('button', {
    type: 'button', class: 'launcher', part: 'launcher', 'aria-expanded': 'false', 'aria-controls': 'panel', 'aria-label': 'Copilot', onclick: toggle, onpointerenter: near, onfocus: near,
  }, icon('chat'), icon('close'), h('span', { class: 'badge', hidden: true }));
}
