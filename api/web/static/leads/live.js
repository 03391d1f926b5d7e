// Reads the page again when something happened, and puts the parts that changed in place of the old ones. Everything is
// there without this script; it only saves a reload.

const EVERY_MS = 10_000;
const shown = document.querySelector('#shown');
/** @type {number | null} */
let known = null;
let waiting = false;

/** The page as it is now, read into nodes: no text of it ever becomes markup here. @returns {Promise<Document | null>} */
function readAgain() {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open('GET', location.href);
    request.responseType = 'document';
    request.onload = () => done(request.status === 200 ? request.responseXML : null);
    request.onerror = () => done(null);
    request.send();
  });
}

/** @param {Element} old @param {Element} fresh */
function replace(old, fresh) {
  const made = document.importNode(fresh, true);
  const was = [...old.querySelectorAll('details')];
  made.querySelectorAll('details').forEach((each, at) => {
    each.open = was[at]?.open ?? each.open;
  });
  old.replaceWith(made);
}

/** @param {Document} fresh */
function swap(fresh) {
  for (const old of document.querySelectorAll('#shown [data-part]')) {
    const other = fresh.querySelector(`#shown [data-part="${CSS.escape(old.getAttribute('data-part') ?? '')}"]`);
    // Whoever reads or types in a part keeps it as it is until they leave it.
    if (other && !old.contains(document.activeElement) && !same(old, other)) replace(old, other);
  }
}

/** Whether both say the same, whatever is folded open. @param {Element} old @param {Element} fresh */
function same(old, fresh) {
  const plain = /** @type {Element} */ (old.cloneNode(true));
  plain.querySelectorAll('details').forEach((each) => each.removeAttribute('open'));
  const other = /** @type {Element} */ (document.importNode(fresh, true));
  other.querySelectorAll('details').forEach((each) => each.removeAttribute('open'));
  return plain.isEqualNode(other);
}

async function look() {
  if (waiting || document.visibilityState !== 'visible') return;
  waiting = true;
  try {
    const answer = await fetch('/leads/pulse', { headers: { Accept: 'application/json' } });
    if (answer.ok) {
      const { newest } = await answer.json();
      if (known !== null && newest !== known) {
        const fresh = await readAgain();
        if (fresh) swap(fresh);
      }
      known = newest;
    }
  } catch {
    // away: the next look tries again
  } finally {
    waiting = false;
  }
}

if (shown) {
  void look();
  setInterval(look, EVERY_MS);
  document.addEventListener('visibilitychange', look);
}

export {};
