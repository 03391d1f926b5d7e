// How the ticket form looks. One sheet, adopted by the page or the shadow root that it stands in; it takes the colours of the
// page around it (--surface, --ink ...), and has its own where there are none.

const CSS_TEXT = `
.ticket-form, .tf-dialog {
  --f-surface: var(--surface, light-dark(#fff, #1a2124)); --f-ink: var(--ink, light-dark(#1f2724, #e9eeec));
  --f-quiet: var(--quiet, light-dark(#5a6662, #a3b0ac)); --f-line: var(--line, light-dark(#e3e0d8, #2e383a));
  --f-brand: var(--brand, light-dark(#0b6e66, #62d2c3)); --f-on-brand: var(--on-brand, light-dark(#fff, #06211d));
  --f-soft: var(--soft, light-dark(#eef4f1, #1c2b2a)); --f-wrong: light-dark(#a3241a, #ffb4ac); --f-edge: light-dark(#7c8d88, #7f908b);
  color: var(--f-ink); overflow-wrap: anywhere;
}
.ticket-form { display: grid; gap: 22px; }
.ticket-form, .tf-suggested { position: relative; }
.ticket-form *, .tf-dialog * { box-sizing: border-box; }
.ticket-form [hidden], .tf-dialog [hidden] { display: none !important; }
.ticket-form p, .tf-dialog p, .ticket-form ul { margin: 0; }
.ticket-form label { font-weight: 600; }
.ticket-form legend { font-weight: 600; padding: 0; }
.ticket-form fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
.tf-field { display: grid; gap: 6px; }
.tf-hint, .tf-optional { color: var(--f-quiet); font-weight: 400; font-size: .92em; }
.tf-field input:not([type=radio], [type=file]), .tf-field textarea, .tf-field select {
  width: 100%; padding: 11px 14px; border: 1.5px solid var(--f-edge); border-radius: 12px; background: var(--f-surface); color: inherit; font: inherit;
}
.tf-field ::placeholder { color: var(--f-quiet); opacity: 1; }
.tf-field textarea { resize: vertical; min-height: 8em; }
.ticket-form .tf-field [aria-invalid=true] { border-color: var(--f-wrong); border-width: 2px; }
.tf-error { color: var(--f-wrong); font-size: .92em; font-weight: 600; }
.tf-problems { padding: 14px 18px; border: 2px solid var(--f-wrong); border-radius: 14px; }
.tf-problems ul { padding-inline-start: 20px; }
.tf-problems a { color: inherit; }
.tf-choices { display: grid; gap: 10px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 210px), 1fr)); margin-block-start: 8px; }
.tf-choice { display: flex; gap: 10px; align-items: flex-start; padding: 12px 14px; border: 1.5px solid var(--f-line); border-radius: 14px; background: var(--f-surface); cursor: pointer; font-weight: 400; }
.ticket-form label.tf-choice { font-weight: 400; }
.tf-choice:hover { border-color: var(--f-edge); }
.tf-choice:has(:checked) { border-color: var(--f-brand); background: var(--f-soft); }
.tf-choice:has(:focus-visible) { outline: 2px solid var(--f-brand); outline-offset: 2px; }
.ticket-form .tf-choice input { width: auto; margin: 5px 0 0; flex: none; accent-color: var(--f-brand); }
.tf-choice b { display: block; }
.tf-choice small { color: var(--f-quiet); font-size: .9em; }
button.tf-choice { font: inherit; text-align: start; color: inherit; width: 100%; }
.tf-emoji { font-size: 1.35em; line-height: 1.2; }
.tf-chosen { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; padding: 12px 16px; border-radius: 14px; background: var(--f-soft); }
.tf-chosen b { margin-inline-end: auto; }
.tf-plain { padding: 6px 4px; border: 0; background: none; color: var(--f-brand); font: inherit; text-decoration: underline; text-underline-offset: 3px; text-align: start; cursor: pointer; min-height: 32px; }
.tf-button { display: inline-block; padding: 12px 26px; border: 0; border-radius: 999px; background: var(--f-brand); color: var(--f-on-brand); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; }
.tf-button[aria-disabled=true] { opacity: .75; cursor: progress; }
.tf-second { background: none; color: var(--f-brand); box-shadow: inset 0 0 0 1.5px var(--f-brand); }
.tf-row { display: flex; flex-wrap: wrap; gap: 10px 16px; align-items: center; }
.tf-pair { display: grid; gap: 22px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr)); align-items: start; }
.tf-suggestions { display: grid; gap: 12px; }
/* No gap of its own: it is there to be heard when something appears. */
.tf-suggestions:empty { margin-block-start: -22px; }
.tf-suggested { display: grid; gap: 10px; padding: 16px 18px; border-radius: 14px; background: var(--f-soft); }
.tf-suggested h3 { margin: 0; font-size: 1em; }
.tf-suggested ul { list-style: none; padding: 0; display: grid; gap: 10px; }
.tf-suggested a { color: var(--f-brand); font-weight: 600; }
.tf-suggested small { display: block; color: var(--f-quiet); }
.tf-notice { border-inline-start: 4px solid light-dark(#b06a00, #e0a030); }
.tf-drop { display: grid; gap: 8px; padding: 16px 18px; border: 1.5px dashed var(--f-edge); border-radius: 14px; }
.tf-drop.over { border-color: var(--f-brand); background: var(--f-soft); }
.tf-files { list-style: none; padding: 0; display: grid; gap: 8px; }
.tf-files li { display: flex; gap: 10px; align-items: center; padding: 8px 12px; border: 1px solid var(--f-line); border-radius: 12px; background: var(--f-surface); }
.tf-files .failed { border-color: var(--f-wrong); }
.tf-files .failed small { color: var(--f-wrong); }
.tf-about { display: grid; margin-inline-end: auto; min-width: 0; }
.tf-about small { color: var(--f-quiet); }
.tf-about progress { width: 100%; height: 6px; accent-color: var(--f-brand); }
.ticket-form .icon, .tf-dialog .icon { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; flex: none; }
.tf-emergency { display: grid; gap: 12px; padding: 18px; border: 2px solid var(--f-wrong); border-radius: 14px; }
.tf-dialog { max-width: min(460px, calc(100vw - 32px)); padding: 28px; border: 1px solid var(--f-line); border-radius: 20px; background: var(--f-surface); color: var(--f-ink); font: inherit; }
.tf-dialog::backdrop { background: rgb(0 0 0 / .5); }
.tf-dialog h2 { margin: 0 0 12px; font-size: 1.3em; line-height: 1.25; }
.tf-dialog p { margin-block-end: 10px; }
.tf-dialog .tf-number { font-size: 1.15em; font-weight: 650; }
.tf-dialog .tf-row { margin-block-start: 18px; }
.tf-dialog .tf-mark { display: grid; place-items: center; width: 48px; height: 48px; margin-block-end: 14px; border-radius: 50%; background: var(--f-soft); color: var(--f-brand); }
.ticket-form .tf-hidden-file { position: absolute; width: 1px; padding: 0; border: 0; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (forced-colors: active) { .ticket-form .tf-button, .tf-dialog .tf-button { border: 1px solid ButtonText; } }
.tf-hidden-file:focus-visible + label { outline: 2px solid var(--f-brand); outline-offset: 3px; }
`;

/** @type {CSSStyleSheet | undefined} */
let sheet;

/** Gives the sheet to the page, or the shadow root, that an element stands in. @param {Element} element */
export function adoptStyles(element) {
  sheet ??= made();
  const root = /** @type {Document | ShadowRoot} */ (element.getRootNode());
  if (root.adoptedStyleSheets && !root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
}

function made() {
  const made = new CSSStyleSheet();
  made.replaceSync(CSS_TEXT);
  return made;
}
