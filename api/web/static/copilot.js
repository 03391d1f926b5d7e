// The familiar snippet: settings in `window.copilotSettings`, this file as an async script, and `copilot(method, ...)`,
// whose calls wait until the widget has come. It makes the element and loads the module; a classic script, no module.

(() => {
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  const home = new URL(script?.src ?? location.href);
  const settings = window.copilotSettings ?? {};
  const waiting = window.copilot?.q ?? [];
  /** @type {import('./copilot-element.js').CopilotElement | null} */
  let widget = null;

  /** @param {any[]} call */
  function run([method, ...values]) {
    if (!widget) waiting.push([method, ...values]);
    else if (typeof (/** @type {any} */ (widget)[method]) === 'function') /** @type {any} */ (widget)[method](...values);
  }

  window.copilot = (...call) => run(call);

  async function come() {
    const element = document.createElement('support-copilot');
    const { widget_key, context, open, ...rest } = settings;
    for (const [name, value] of Object.entries({ 'widget-key': widget_key, ...rest })) if (value) element.setAttribute(name, String(value));
    if (!settings.api) element.setAttribute('api', home.origin);
    await import(new URL('support-copilot.js', home).href);
    document.body.append(element);
    widget = /** @type {import('./copilot-element.js').CopilotElement} */ (/** @type {unknown} */ (element));
    if (context) widget.setContext(context);
    for (const call of waiting.splice(0)) run(call);
    if (open) widget.open();
  }

  if (document.body) void come();
  else addEventListener('DOMContentLoaded', () => void come());
})();
