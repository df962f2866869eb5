/** Text that is HTML or SVG already; everything else is escaped when it is put into a page. */
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

function render(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(render).join('');
  return String(content).replace(/[&<>"']/g, (character) => entities[character]!);
}

/** Tag of template strings: what is written is markup, what is inserted is escaped. Indentation is left out. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(strings.map((part, index) => part.replace(/\s*\n\s*/g, '\n') + render(values[index])).join(''));
}

/** A number as tables show it: at least three significant digits, no more than the spread deserves. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 99.95) return Math.round(value).toLocaleString('en-US');
  return size === 0 ? '0.00' : value.toPrecision(3);
}

const prefixes = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** A number as axes show it: short. */
export function compactNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const [unit, prefix] = prefixes.find(([size]) => value >= size * 0.9995) ?? [1, ''];
  return `${Number((value / unit).toPrecision(3))}${prefix}`;
}

/** A number beside a plot: three digits that count. */
export function shortNumber(value: number | undefined): string {
  return value !== undefined && value > 0 && value < 999.5 ? value.toPrecision(3) : compactNumber(value);
}

/** A ratio: `1.08×`. */
export function formatRatio(value: number | undefined): string {
  return value === undefined ? '–' : `${value >= 99.5 ? Math.round(value) : value.toPrecision(3)}×`;
}
