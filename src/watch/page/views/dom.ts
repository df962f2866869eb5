type Child = Node | string | false | undefined;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Creates an element.
 * @param tag The tag name, with classes: `td.number`.
 * @param attributes The attributes. `true` makes an empty attribute; `false` and `undefined` make none. A name that starts with `--`
 *   sets a style property, because the page's policy forbids style attributes.
 * @param children The content; `false` and `undefined` are left out.
 */
export function h(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name!);
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith('--')) element.style.setProperty(key, String(value));
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** The head of a table, with one row. */
export function tableHead(names: readonly string[]): HTMLElement {
  return h('thead', {}, h('tr', {}, ...names.map((name) => h('th', { scope: 'col' }, name))));
}

/** Finds an element of index.html. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`);
  return element;
}

/** Changes the text of an element only if it differs: a screen reader reads every change of a live region. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
