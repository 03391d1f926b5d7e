// What the widget says. Every sentence comes from the catalog that the api serves; none is written here.

/** @import {CatalogJson, Labelled} from './types.js' */

/** The wording and labels of one language. */
export class Words {
  /**
   * @param {CatalogJson | null} catalog null: not loaded yet, every text is empty.
   * @param {string} [face] the section of the texts: widget, portal, leads
   */
  constructor(catalog, face = 'widget') {
    this.catalog = catalog;
    this.face = face;
  }

  get language() {
    return this.catalog?.language ?? '';
  }

  /**
   * The text of `<face>.<key>`, its `{placeholders}` filled. A missing key shows itself, which the tests look for.
   *
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   */
  text(key, values = {}) {
    if (!this.catalog) return '';
    const found = this.catalog.web[`${this.face}.${key}`] ?? `${this.face}.${key}`;
    const filled = { vendor: this.catalog.vendor, ...values };
    return found.replace(/\{(\w+)\}/g, (whole, name) => (name in filled ? String(filled[/** @type {'vendor'} */ (name)]) : whole));
  }

  /**
   * The label of a catalog id, or the id where the catalog has none.
   *
   * @param {'statuses' | 'priorities' | 'categories' | 'subcategories' | 'languages'} list
   * @param {string} id
   */
  label(list, id) {
    return this.#find(this.catalog?.[list], id) ?? this.#nested(id) ?? id;
  }

  /** @param {unknown} list @param {string} id @returns {string | undefined} */
  #find(list, id) {
    if (Array.isArray(list)) return /** @type {Labelled[]} */ (list).find((item) => item?.id === id)?.label;
    return undefined;
  }

  /** @param {string} id @returns {string | undefined} Subcategories hang below their category. */
  #nested(id) {
    const categories = this.catalog?.['categories'];
    if (!Array.isArray(categories)) return undefined;
    for (const category of /** @type {{subcategories?: Labelled[]}[]} */ (categories)) {
      const label = this.#find(category.subcategories, id);
      if (label) return label;
    }
    return undefined;
  }
}

/**
 * The language to begin with: the attribute, else the page's, else the browser's; `pt-BR` counts as `pt`.
 *
 * @param {Element} element
 */
export function wantedLanguage(element) {
  const said = element.getAttribute('language') || element.closest('[lang]')?.getAttribute('lang') || navigator.language;
  return said.toLowerCase().split(/[-_]/)[0] ?? '';
}
