// What the panel's surroundings do to it: a phone's keyboard, files dragged over it or pasted into it.

const PHONE = matchMedia('(max-width: 480px)');

/**
 * Keeps a full-screen panel in what a phone's keyboard leaves of the screen, and the page behind it where it is.
 *
 * @param {HTMLElement} panel
 * @param {AbortSignal} signal
 * @returns {() => void} to be called when the panel is shown, hidden, or its element comes or goes
 */
export function fitted(panel, signal) {
  const view = window.visualViewport;
  const fit = () => {
    const full = PHONE.matches && !panel.hidden && view;
    // Zoomed in by two fingers it is a magnifier, no keyboard.
    if (!full || view.scale > 1.01) {
      panel.style.removeProperty('--height');
      panel.style.removeProperty('--shift');
      return;
    }
    panel.style.setProperty('--height', `${view.height}px`);
    panel.style.setProperty('--shift', `${view.offsetTop}px`);
  };
  view?.addEventListener('resize', fit, { signal });
  view?.addEventListener('scroll', fit, { signal });
  PHONE.addEventListener('change', fit, { signal });
  return fit;
}

export function isPhone() {
  return PHONE.matches;
}

/**
 * Files that are dropped on the panel or pasted into it.
 *
 * @param {HTMLElement} panel  gets the class `dropping` while files are over it
 * @param {(files: File[]) => void} take
 */
export function takeFiles(panel, take) {
  const carries = (/** @type {DataTransfer | null} */ data) => data !== null && [...data.types].includes('Files');
  panel.addEventListener('dragover', (event) => {
    if (!carries(event.dataTransfer)) return;
    event.preventDefault();
    panel.classList.add('dropping');
  });
  panel.addEventListener('dragleave', (event) => {
    if (!(event.relatedTarget instanceof Node && panel.contains(event.relatedTarget))) panel.classList.remove('dropping');
  });
  panel.addEventListener('drop', (event) => {
    if (!carries(event.dataTransfer)) return;
    event.preventDefault();
    panel.classList.remove('dropping');
    take([...(event.dataTransfer?.files ?? [])]);
  });
  panel.addEventListener('paste', (event) => {
    const data = event.clipboardData;
    // Text that is copied from an office program carries a picture of itself: the text is what is meant.
    if (!data?.files.length || [...data.types].includes('text/plain')) return;
    event.preventDefault();
    take([...data.files]);
  });
}
