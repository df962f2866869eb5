// What row charts and line charts have in common: how a driver looks, scales, and drawing.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

import { familiesOf, familyIndex, mechanisms } from '../harness/measurements.ts';
import { compactNumber, formatNumber } from '../harness/numbers.ts';
import type { Driver } from '../harness/results.ts';
import { type Content, html, list, Markup } from './html.ts';

/** A driver and what was measured of it. */
interface Measured {
  readonly driver: Driver;
  readonly y: number | undefined;
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/** How a driver looks, and what a pointer on its symbol shows. */
export interface Look {
  readonly color: string;
  readonly fill: string;
  readonly symbol: string;
  /** The driver, the median and the range, as text. */
  readonly details: string;
}

export const WIDTH = 384;
export const QUIET = 'var(--quiet)';
const MAX_LOG_TICKS = 6;

export const axis = {
  grid: true,
  tickSize: 0,
  tickFormat: compactNumber,
  label: null,
  labelAnchor: 'center',
  labelArrow: 'none',
} as const;
export const dot = {
  symbol: 'symbol',
  fill: 'fill',
  stroke: 'color',
  strokeWidth: 1.2,
  r: 4,
  title: 'details',
} as const;

const symbols = { select: 'circle', poll: 'square', epoll: 'triangle' } as const;

// The project compiles without the types of a browser, so TypeScript does not know this document.
const { document } = parseHTML('<html></html>') as { document: never };

/** Makes a driver look the same in all charts: the family has a colour, and the mechanism a symbol. */
export class Looks {
  readonly #drivers: readonly Driver[];

  /** @param drivers All drivers of the report. */
  constructor(drivers: readonly Driver[]) {
    this.#drivers = drivers;
  }

  /** The first driver of a family and mechanism has a filled symbol, the second a hollow one, the others a faint one. */
  of<T extends Measured>(value: T): T & Look {
    const { family, mechanism, label, name } = value.driver;
    const equals = this.#drivers.filter((other) => other.family === family && other.mechanism === mechanism);
    const color = this.colorOf(family);
    const fill = [color, 'var(--panel)'][equals.findIndex((other) => other.name === name)] ?? 'var(--line)';
    const details = `${label}: ${formatNumber(value.y)} (${formatNumber(value.low)}–${formatNumber(value.high)})`;
    return { ...value, color, fill, symbol: symbols[mechanism], details };
  }

  colorOf(family: string): string {
    return `var(--f${familyIndex(family, this.#drivers)})`;
  }

  /** Explains colours, symbols and marks once for all charts. */
  legend(): Markup {
    const families = familiesOf(this.#drivers);
    const options = { document, className: 'legend' };
    const range = families.map((family) => this.colorOf(family));
    const legends = [
      Plot.legend({ ...options, color: { type: 'ordinal', domain: families, range } }),
      Plot.legend({ ...options, symbol: { domain: mechanisms, range: Object.values(symbols) } }),
    ].map(markupOf);
    const texts = [
      'Lines: select is dotted, poll is dashed',
      'Hollow symbols: another driver of the same family and mechanism',
      'Thin strokes: all samples',
      '†: the load generator was the limit in some samples',
      '‡: the server did not keep up with the rate or pace in some samples',
    ];
    return html`${families.length > 0 ? legends : ''}
      <div class="legend">${list(texts)}</div>`;
  }
}

/** The name of a driver where its family or mechanism is already given: `C, epoll` is `epoll` below `C`. */
export function shortLabel(driver: Driver, without: 'family' | 'mechanism'): string {
  const wordsOf = (text: string) => text.toLowerCase().split(/[\s/,]+/);
  const given = wordsOf(driver[without]);
  const parts = driver.label.split(/,\s*/).filter((part) => !wordsOf(part).every((word) => given.includes(word)));
  return parts.join(' ') || driver.label;
}

/** A logarithmic scale with round ticks: the finest steps that need at most MAX_LOG_TICKS labels. */
export function logScale(values: readonly number[]) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [from, to] = [low * 0.88, Math.max(high * 1.12, low * 2)];
  const decades = Array.from({ length: 24 }, (_, index) => 10 ** (index - 9));
  const candidates = [[1, 1.5, 2, 3, 4, 5, 6, 8], [1, 2, 3, 5], [1, 2, 5], [1, 3], [1]].map((steps) =>
    decades.flatMap((decade) => steps.map((step) => step * decade)).filter((value) => value >= from && value <= to),
  );
  const ticks = candidates.find(({ length }) => length <= MAX_LOG_TICKS) ?? candidates.at(-1)!;
  return { type: 'log', domain: [from, to], ticks } as const;
}

export function draw(description: string, options: Plot.PlotOptions): Markup {
  const svg = markupOf(Plot.plot({ document, width: WIDTH, className: 'chart', ...options }));
  return new Markup(svg.text.replace('<svg', html`<svg role="img" aria-label="${description}"`.text));
}

/** The page has its own style, and one decimal is enough: both make the page much smaller. */
function markupOf(element: unknown): Markup {
  const text = (element as { outerHTML: string }).outerHTML.replace(/<style>.*?<\/style>/s, '');
  const rounded = (number: string) => String(Math.round(Number(number) * 10) / 10);
  const attributes = / (?:d|transform|[xy][12]?)="[^"]*"/g;
  return new Markup(text.replace(attributes, (attribute) => attribute.replace(/-?\d+\.\d+/g, rounded)));
}

export function panel(title: string, svg: Markup, note?: Content): Markup {
  return html`<div class="panel">
    <p>${title}${note}</p>
    ${svg}
  </div> `;
}
