type Child = Node | string | false | undefined;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Makes an element.
 * @param tag Its name, with classes: `td.number`.
 * @param attributes Its attributes; `true` gives an empty one, `false` and `undefined` none; `--name` a style property,
 *   set by script, since the page's policy forbids style attributes.
 * @param children What is in it; `false` and `undefined` are left out.
 * @returns The element.
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

/**
 * Finds an element of the page.
 * @param id Its id.
 * @param type Its class.
 * @returns The element.
 * @throws {Error} Where index.html has no such element.
 */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`);
  return element;
}
