// The panel's looks. Colours, and what it shares with the launcher, are in launcher.js.

const CSS = `
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
button:disabled { cursor: default; }

.panel { inset-block-end: calc(var(--copilot-bottom, 20px) + 72px); inset-inline-end: var(--copilot-side, 20px); width: min(400px, calc(100vw - 40px)); height: min(660px, calc(100dvh - 112px)); display: flex; flex-direction: column; overflow: hidden; background: var(--surface); border: 1px solid var(--line); border-radius: var(--copilot-radius, 20px); box-shadow: var(--shadow); animation: rise .22s cubic-bezier(.2, .8, .3, 1); }
:host([launcher="none"]) .panel { inset-block-end: var(--copilot-bottom, 20px); height: min(720px, calc(100dvh - 40px)); }
@keyframes rise { from { opacity: 0; transform: translateY(12px) scale(.985); } }

.head { display: flex; align-items: center; gap: 4px; padding: 14px 12px 12px 16px; border-block-end: 1px solid var(--line); }
.mark { width: 38px; height: 38px; flex: none; margin-inline-end: 8px; display: grid; place-items: center; border-radius: 13px; background: var(--accent-soft); color: var(--accent); }
.names { flex: 1; min-width: 0; }
h2, h3, p, dl, dd, dt, ul, ol, pre { margin: 0; padding: 0; }
h2 { font-size: 16px; font-weight: 650; line-height: 1.3; }
.subtitle { font-size: 13px; line-height: 1.35; color: var(--muted); }
.quiet { width: 40px; height: 40px; flex: none; display: grid; place-items: center; border-radius: 12px; color: var(--muted); }
.quiet:hover { background: var(--raised); color: var(--text); }
.confirm { padding: 12px 16px 14px; background: var(--raised); border-block-end: 1px solid var(--line); }

.log { position: relative; flex: 1; min-height: 0; overflow: auto; overscroll-behavior: contain; padding: 18px 16px 10px; display: flex; flex-direction: column; gap: 10px; }
.log:focus-visible { outline-offset: -3px; border-radius: 8px; }
.row { display: flex; flex-direction: column; align-items: flex-start; gap: 8px; max-width: 100%; flex: none; animation: appear .2s ease; }
@keyframes appear { from { opacity: 0; transform: translateY(6px); } }
.bubble { max-width: min(88%, 46ch); padding: 10px 14px; border-radius: 18px 18px 18px 6px; background: var(--raised); overflow-wrap: anywhere; white-space: pre-line; }
.bubble p + p { margin-block-start: 8px; }
.bubble a { color: inherit; text-underline-offset: 2px; }
.from-customer { align-items: flex-end; }
.from-customer .bubble { background: var(--accent); color: var(--accent-text); border-radius: 18px 18px 6px 18px; }
.from-customer.is-waiting .bubble { opacity: .65; }
.file { display: flex; align-items: center; gap: 6px; font-size: 14px; }
.bubble .file + .file { margin-block-start: 2px; }
.from-agent .bubble { background: var(--accent-soft); }
.notice .bubble { max-width: 100%; width: 100%; padding: 10px 14px; border-radius: 12px; background: var(--warn-soft); color: var(--warn); font-size: 14px; }
.delivery { display: flex; flex-wrap: wrap; justify-content: flex-end; align-items: center; gap: 6px 8px; font-size: 13px; color: var(--muted); }
.is-failed .delivery { color: var(--bad); }
.retry { white-space: nowrap; display: inline-flex; align-items: center; gap: 5px; min-height: 32px; padding: 0 10px; border-radius: 16px; border: 1px solid currentColor; font-weight: 600; }
.retry .icon { width: 1.1em; height: 1.1em; }

.choices { display: flex; flex-wrap: wrap; gap: 8px; max-width: 100%; }
.choice { display: inline-flex; align-items: center; gap: 6px; min-height: 40px; padding: 7px 15px; border: 1.5px solid var(--accent); border-radius: 20px; background: var(--surface); color: var(--accent); font-weight: 550; line-height: 1.3; text-align: start; overflow-wrap: anywhere; transition: background .12s ease; }
.choice:hover:not(:disabled) { background: var(--accent-soft); }
.choice:active:not(:disabled) { background: var(--accent); color: var(--accent-text); }
.settled { gap: 6px; }
.settled .choice { min-height: 30px; padding: 3px 11px; border: 1px solid var(--line); color: var(--muted); font-size: 13.5px; font-weight: 450; }
.settled .chosen { border-color: var(--accent); background: var(--accent-soft); color: var(--text); font-weight: 600; }
.choice .icon { width: 1.05em; height: 1.05em; color: var(--accent); stroke-width: 2.4; }
.confirm .choices { margin-block-start: 8px; }

.answer { width: 100%; }
.card { width: 100%; padding: 14px 16px; border: 1px solid var(--line); border-inline-start: 4px solid var(--accent); border-radius: 14px; background: var(--surface); overflow-wrap: anywhere; }
.unsure .card { border-inline-start-color: var(--control); }
.label { font-size: 12.5px; font-weight: 600; color: var(--accent); }
.unsure .label { color: var(--muted); }
.card h3 { font-size: 16px; font-weight: 650; line-height: 1.35; }
.card .label + h3 { margin-block-start: 2px; }
.heading { margin-block-start: 2px; font-size: 13.5px; color: var(--muted); }
.snippet { margin-block-start: 8px; }
.snippet > * + *, .snippet li > * + * { margin-block-start: 6px; }
.snippet ol, .snippet ul { padding-inline-start: 1.5em; }
.snippet li + li { margin-block-start: 5px; }
.snippet li::marker { color: var(--accent); font-weight: 650; }
.snippet pre { padding: 8px 10px; border-radius: 8px; background: var(--raised); font: 13px/1.45 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; }
mark { padding: 0 2px; border-radius: 4px; background: var(--accent-soft); color: inherit; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
.foreign { margin-block-start: 8px; font-size: 13px; color: var(--warn); }
.source { margin-block-start: 10px; }
.card a, .others a { display: inline-flex; align-items: center; gap: 5px; color: var(--accent); font-weight: 600; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 3px; }
.card a .icon { width: 1.05em; height: 1.05em; }
.card a:hover, .others a:hover { text-decoration-thickness: 2px; }
.answer > .label { margin: 12px 0 4px; color: var(--muted); }
.others { list-style: none; display: grid; gap: 2px; }
.others a { padding: 5px 0; font-weight: 500; text-decoration-color: transparent; }
.others a:hover { text-decoration-color: currentColor; }
.ticket h3 { display: flex; align-items: center; gap: 8px; }
.ticket h3 .icon { color: var(--accent); }
dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 14px; margin-block-start: 10px; font-size: 14.5px; }
dt { color: var(--muted); }
dd { overflow-wrap: anywhere; }

.typing { align-self: flex-start; padding: 13px 16px; border-radius: 18px 18px 18px 6px; background: var(--raised); }
.dots { display: flex; gap: 5px; }
.dots i { width: 7px; height: 7px; border-radius: 50%; background: var(--muted); animation: breathe 1.2s infinite ease-in-out; }
.dots i:nth-child(2) { animation-delay: .16s; }
.dots i:nth-child(3) { animation-delay: .32s; }
@keyframes breathe { 0%, 70%, 100% { opacity: .35; transform: none; } 35% { opacity: 1; transform: translateY(-3px); } }
.connection { padding: 8px 16px; background: var(--warn-soft); color: var(--warn); font-size: 13.5px; }

.composer { padding: 10px 12px calc(12px + env(safe-area-inset-bottom)); border-block-start: 1px solid var(--line); }
.error { padding: 0 4px 8px; color: var(--bad); font-size: 14px; }
.line { display: flex; align-items: flex-end; gap: 6px; position: relative; }
.line textarea { flex: 1; min-width: 0; min-height: 44px; max-height: 140px; padding: 10px 14px; resize: none; border: 1.5px solid var(--control); border-radius: 22px; background: var(--surface); font-size: 16px; line-height: 1.4; overflow: auto; }
textarea::placeholder { color: var(--muted); opacity: 1; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
textarea:focus-visible { outline-offset: 0; border-color: transparent; }
.send { width: 44px; height: 44px; flex: none; display: grid; place-items: center; border-radius: 50%; background: var(--accent); color: var(--accent-text); }
.send:hover { filter: brightness(1.08); }
.attach { width: 44px; height: 44px; border-radius: 50%; background: var(--accent-soft); color: var(--accent); }
.files { list-style: none; display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px; margin-block-end: 8px; }
.files li { display: flex; align-items: center; gap: 8px; padding: 2px 4px 2px 12px; border: 1px solid var(--line); border-radius: 12px; font-size: 14px; }
.files .about { flex: 1; min-width: 0; display: flex; flex-wrap: wrap; gap: 0 10px; align-items: baseline; padding-block: 4px; line-height: 1.35; }
.files .name { flex: 0 1 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.files .state { color: var(--muted); font-size: 13px; }
.files .failed .state { color: var(--bad); }
.files .quiet { width: 34px; height: 34px; }
.files .quiet .icon { width: 1.1em; height: 1.1em; }
.files progress { flex: 1 0 100%; height: 6px; margin-block-end: 4px; accent-color: var(--accent); }
.panel.dropping::after { content: attr(data-drop); position: absolute; inset: 6px; display: grid; place-items: center; border: 2px dashed var(--accent); border-radius: 16px; background: var(--accent-soft); color: var(--accent); font-weight: 600; }

.textual { min-height: 32px; display: inline-flex; align-items: center; gap: 6px; color: var(--accent); font-weight: 550; text-align: start; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 3px; }
.elsewhere { align-self: flex-start; margin: 8px 14px 0; font-size: 13.5px; }
.sheet { flex: 1; min-height: 0; overflow: auto; padding: 18px 16px; display: flex; flex-direction: column; gap: 12px; overflow-wrap: anywhere; }
.sheet h3 { font-size: 18px; font-weight: 650; }
.sheet form, .rows { display: grid; gap: 12px; grid-template-columns: minmax(0, 1fr); }
.rows:empty { display: none; }
.field { display: grid; gap: 4px; }
.field label { font-weight: 600; font-size: 14.5px; }
.field :is(input, select, textarea) { width: 100%; min-height: 44px; padding: 9px 12px; border: 1.5px solid var(--control); border-radius: 12px; background: var(--surface); font-size: 16px; }
.field textarea { resize: vertical; }
.field [aria-invalid] { border-color: var(--bad); }
.help, .wrong { font-size: 13.5px; }
.help { color: var(--muted); }
.wrong { color: var(--bad); }
.help:empty, .wrong:empty, .status:empty { display: none; }
.status:focus { outline: none; }
.buttons { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 14px; }
.primary { min-height: 44px; padding: 9px 22px; border-radius: 22px; background: var(--accent); color: var(--accent-text); font-weight: 600; }
.primary:disabled { opacity: .6; }

.source { display: flex; flex-wrap: wrap; gap: 6px 16px; }
.unfold { display: inline-flex; align-items: center; gap: 5px; color: var(--accent); font-weight: 600; }
.unfold .icon { width: 1.05em; height: 1.05em; }
.unfold:hover { text-decoration: underline; text-underline-offset: 3px; }
.unfold[aria-busy] { opacity: .6; }
/* The article that is unfolded holds the same words, marked. */
.snippet:has(+ .whole:not([hidden]) .hit) { display: none; }
.whole { margin-block-start: 12px; padding-block-start: 12px; border-block-start: 1px solid var(--line); }
.whole .body > * + * { margin-block-start: 9px; }
.whole :is(h2, h3, h4, h5, h6) { margin-block-start: 16px; font-size: 15.5px; font-weight: 650; line-height: 1.35; }
.whole :is(ul, ol) { padding-inline-start: 1.5em; }
.whole li + li { margin-block-start: 4px; }
.whole img { max-width: 100%; height: auto; border-radius: 8px; }
.whole :is(pre, code, kbd) { font: 13px/1.45 ui-monospace, Menlo, Consolas, monospace; background: var(--raised); border-radius: 6px; }
.whole pre { padding: 8px 10px; white-space: pre-wrap; }
.whole a { display: inline; }
.whole :is(td, th) { padding: 6px 8px; border: 1px solid var(--line); text-align: start; vertical-align: top; }
.wide { overflow: auto; }
.wide table { border-collapse: collapse; font-size: 14px; overflow-wrap: normal; }
.callout, .whole blockquote { margin-inline: 0; padding: 8px 12px; border-inline-start: 3px solid var(--control); border-radius: 8px; background: var(--raised); }
.hit { background: var(--accent-soft); box-shadow: 0 0 0 4px var(--accent-soft); border-radius: 4px; }

@media (max-width: 480px) {
  .panel, :host([launcher="none"]) .panel { inset: var(--shift, 0px) 0 auto; width: 100%; height: var(--height, 100dvh); border: 0; border-radius: 0; padding: env(safe-area-inset-top) env(safe-area-inset-right) 0 env(safe-area-inset-left); overscroll-behavior: none; }
  .launcher[aria-expanded="true"] { display: none; }
}
@media (prefers-contrast: more) { .panel, .launcher { --line: currentColor; --control: currentColor; --muted: var(--text); } .bubble, .settled .choice { border: 1px solid; } .settled .choice { color: var(--text); } }
@media (forced-colors: active) {
  .send, .choice, .primary, .attach, .bubble, .mark { border: 1.5px solid ButtonText; }
  .settled .choice { border-color: GrayText; }
  .chosen { border: 3px solid Highlight; }
  .hit, mark { border-inline-start: 3px solid Highlight; background: none; box-shadow: none; }
  .dots i { background: CanvasText; }
}
`;

/** @type {CSSStyleSheet | null} one for every widget of a page */
let sheet = null;

export function styleSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
