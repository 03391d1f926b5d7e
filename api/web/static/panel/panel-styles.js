// The panel's looks, as one constructable style sheet. Themed by the widget's custom properties: --copilot-accent ...

const PANEL_LIGHT = `
  --accent: var(--copilot-accent, #0b6e66); --accent-text: var(--copilot-accent-text, #fff); --accent-soft: var(--copilot-accent-soft, #e3f2ef);
  --panel: var(--copilot-surface, #fff); --raised: var(--copilot-raised, #f2f5f4); --text: var(--copilot-text, #17211f); --muted: var(--copilot-muted, #55635f);
  --edge: var(--copilot-line, #dbe3e0); --control: var(--copilot-control, #7c8d88); --bad: #b3261e;
  --surface: var(--panel); --ink: var(--text); --quiet: var(--muted); --line: var(--edge); --brand: var(--accent); --on-brand: var(--accent-text); --soft: var(--accent-soft);
`;
const PANEL_DARK = `
  --accent: var(--copilot-accent, #62d2c3); --accent-text: var(--copilot-accent-text, #06211d); --accent-soft: var(--copilot-accent-soft, #143631);
  --panel: var(--copilot-surface, #131a19); --raised: var(--copilot-raised, #1f2927); --text: var(--copilot-text, #e8efed); --muted: var(--copilot-muted, #a0b0ab);
  --edge: var(--copilot-line, #2e3b38); --control: var(--copilot-control, #71837e); --bad: #ff9d94;
`;

const PANEL_CSS = `
:host { ${PANEL_LIGHT} color-scheme: light; display: inline-flex; align-items: center; gap: 8px; position: relative; font: 400 15px/1.5 var(--copilot-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif); color: var(--text); text-align: start; }
:host([theme="dark"]) { ${PANEL_DARK} color-scheme: dark; }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${PANEL_DARK} color-scheme: dark; } }
:host([hidden]), [hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
button, textarea, input { font: inherit; color: inherit; margin: 0; }
button { cursor: pointer; border: 0; background: none; padding: 0; text-align: start; touch-action: manipulation; }
a { color: var(--accent); text-underline-offset: 3px; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.spark { width: 20px; height: 20px; fill: var(--accent); flex: none; }
.menu { position: relative; }
.menu > button { display: inline-flex; align-items: center; gap: 8px; min-height: 40px; padding: 6px 18px; border: 1.5px solid var(--accent); border-radius: 999px; background: var(--accent-soft); font-weight: 650; }
.question { display: grid; place-items: center; width: 40px; height: 40px; border: 1.5px solid var(--control); border-radius: 50%; background: var(--panel); font-weight: 700; font-size: 17px; }
.question:hover, .menu > button:hover { filter: brightness(.97); }
.ask { position: absolute; inset-inline-end: 0; inset-block-start: calc(100% + 8px); z-index: 20; width: min(320px, calc(100vw - 32px)); padding: 8px; border: 1px solid var(--edge); border-radius: 16px; background: var(--panel); box-shadow: 0 12px 36px rgb(0 0 0 / .22); }
.ask > .consent { margin: 8px 4px 4px; }

.drawer { position: fixed; inset: 0 0 0 auto; z-index: 2147482000; width: min(430px, 100vw); height: 100dvh; max-height: none; margin: 0; padding: 0; border: 0; border-inline-start: 1px solid var(--edge); background: var(--panel); color: var(--text); box-shadow: -8px 0 40px rgb(0 0 0 / .2); display: flex; flex-direction: column; overflow: hidden; }
.drawer:not(.shown) { display: none; }
.head { display: flex; align-items: center; gap: 8px; padding: 14px 16px; border-block-end: 1px solid var(--edge); }
.head h2 { flex: 1; margin: 0; font-size: 17px; line-height: 1.3; }
.head button { display: grid; place-items: center; width: 36px; height: 36px; border-radius: 10px; }
.head button:hover { background: var(--raised); }
.icon { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.view { flex: 1; overflow-y: auto; padding: 18px 16px calc(28px + env(safe-area-inset-bottom)); overscroll-behavior: contain; }
.view > :first-child { margin-block-start: 0; }
.view h3 { margin: 26px 0 6px; font-size: 15px; }
.view p { margin: 0 0 12px; }
.row { display: flex; align-items: center; gap: 10px; width: 100%; min-height: 44px; padding: 10px 14px; border-radius: 12px; font-weight: 600; text-decoration: none; color: inherit; }
.row:hover { background: var(--raised); }
.row .more { margin-inline-start: auto; color: var(--muted); }
.row.main { margin-block-end: 8px; background: var(--accent); color: var(--accent-text); }
.row.main .more { color: inherit; }
.row.main:hover { filter: brightness(1.07); background: var(--accent); }
.card { display: block; width: 100%; margin-block-end: 12px; padding: 14px 16px; border: 1px solid var(--edge); border-radius: 16px; }
.card:hover { background: var(--raised); }
.card b { display: block; }
.card span { display: block; color: var(--muted); font-size: 14px; }
.list { list-style: none; margin: 0 0 14px; padding: 0; }
.list li { border-block-end: 1px solid var(--edge); }
.list a { display: block; padding: 10px 2px; text-decoration: none; overflow-wrap: anywhere; }
.list a:hover b, .list a:hover { text-decoration: underline; }
.list small { display: block; margin-block-start: 2px; color: var(--muted); font-size: 13.5px; }
.quiet { color: var(--muted); }
.consent { padding: 12px 14px; border-radius: 14px; background: var(--raised); font-size: 14px; }
.consent label { display: flex; gap: 10px; align-items: flex-start; font-weight: 600; cursor: pointer; }
.consent input { flex: none; width: 20px; height: 20px; margin: 0; accent-color: var(--accent); }
.consent p { margin: 6px 0; color: var(--muted); }
.consent dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 12px; margin: 0; }
.consent dt { color: var(--muted); }
.consent dd { margin: 0; overflow-wrap: anywhere; max-height: 6em; overflow-y: auto; }
fieldset { margin: 0 0 16px; padding: 14px 16px; border: 1px solid var(--edge); border-radius: 16px; min-width: 0; }
legend { padding-inline: 6px; font-weight: 650; overflow-wrap: anywhere; }
fieldset label { display: flex; gap: 10px; align-items: center; min-height: 32px; }
fieldset label.above { display: block; margin-block: 8px 4px; }
textarea { width: 100%; padding: 10px 12px; border: 1.5px solid var(--control); border-radius: 12px; background: var(--panel); }
.primary { margin-block-start: 10px; min-height: 40px; padding: 8px 20px; border-radius: 999px; background: var(--accent); color: var(--accent-text); font-weight: 650; }
.problem { color: var(--bad); }
@media (max-width: 520px) { .drawer { width: 100vw; border: 0; } .menu > button { padding-inline: 14px; } }
@media (forced-colors: active) { .menu > button, .question, .row, .card, .head button, .primary { border: 1px solid ButtonText; } }
@media print { :host { display: none; } }
`;

/** @returns {CSSStyleSheet} */
export function panelStyleSheet() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(PANEL_CSS);
  return sheet;
}
