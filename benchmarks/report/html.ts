/** Text that is HTML or SVG. All other content is escaped when it is inserted into a page. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = string | number | Markup | undefined | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Tag of template strings: the literal parts are markup, the inserted values are escaped. Indentation is removed. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(strings.map((part, index) => part.replace(/\s*\n\s*/g, '\n') + render(values[index])).join(''));
}

/** A table whose first column has the names of the rows. A table that is too wide for the page scrolls. */
export function table(caption: string, head: readonly string[], rows: readonly (readonly Content[])[]): Markup {
  const lines = rows.map(
    ([name, ...cells]) =>
      html`<tr>
        <th scope="row">${name}</th>
        ${cells.map((cell) => html`<td>${cell}</td>`)}
      </tr> `,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head.map((text) => html`<th scope="col">${text}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${lines}
      </tbody>
    </table>
  </div>`;
}

export function list(items: readonly Content[]): Markup {
  return html`<ul>
    ${items.map((item) => html`<li>${item}</li> `)}
  </ul>`;
}

/** Content that the reader unfolds. */
export function details(summary: string, content: Content): Markup {
  return html`<details>
    <summary>${summary}</summary>
    ${content}
  </details>`;
}

/** A caption, panels side by side as far as the page is wide, and more content below them. */
export function figure(caption: Content, panels: Content, below?: Content): Markup {
  return html`<figure>
    <figcaption>${caption}</figcaption>
    <div class="panels">${panels}</div>
    ${below}
  </figure> `;
}

function render(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(render).join('');
  return String(content).replace(/[&<>"']/g, (character) => entities[character]!);
}
