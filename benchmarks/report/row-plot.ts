import type { Driver } from '../harness/results.ts';
import { axisFor, drawX } from './axis.ts';
import type { Axis } from './axis.ts';
import { html } from './html.ts';
import type { Content, Markup } from './html.ts';
import { familiesOf, familyIndex } from './measurements.ts';
import type { Spread } from './measurements.ts';
import { markOf, round, shapeAt, shortLabel } from './marks.ts';

/** One driver in a row plot. */
export interface Row {
  readonly driver: Driver;
  /** Nothing was measured where absent. */
  readonly spread?: Spread | undefined;
  /** A second value that a line is drawn to. */
  readonly reach?: number | undefined;
  /** What stands on the right. */
  readonly texts: readonly [string, string];
}

export interface RowPlot {
  readonly title: string;
  /** What is plotted of what, for those who cannot see it. */
  readonly description: string;
  readonly heads: readonly [string, string];
  readonly rows: readonly Row[];
  /** All drivers of the report, which decide on colours. */
  readonly drivers: readonly Driver[];
}

const WIDTH = 384;
const ROW = 18;
const TOP = 16;
const RIGHT = 104;
const SECOND = 48;
const LONGEST_LABEL = 21;

/** A row a driver: its median as a shape, every sample as a stroke, the numbers beside it. */
export function rowPlot(plot: RowPlot): Markup {
  const families = familiesOf(plot.rows.map(({ driver }) => driver));
  const blocks = families.map((family) => plot.rows.filter(({ driver }) => driver.family === family));
  const labels = plot.rows.map((row) => rowLabel(row.driver));
  const left = 16 + Math.max(...labels.map((label) => label.length), 6) * 6.1;
  const values = plot.rows.flatMap(({ spread, reach }) => [...(spread?.values ?? []), ...(reach ? [reach] : [])]);
  const axis = axisFor(values, [left, WIDTH - RIGHT]);
  const bottom = TOP + (plot.rows.length + families.filter(hasHeading(plot.rows)).length) * ROW + 2;

  let y = TOP;
  const lines = blocks.map((rows, index): Content => {
    const family = families[index]!;
    const heading = hasHeading(plot.rows)(family)
      ? html`<text class="family f${familyIndex(family, plot.drivers)}" x="0" y="${(y += ROW) - 5}">${family}</text>`
      : '';
    return [heading, rows.map((row) => drawRow(plot, row, axis, (y += ROW) - ROW / 2))];
  });
  return html`<div class="panel">
    <p>${plot.title}${axis.logarithmic ? html` <small>log</small>` : ''}</p>
    <svg viewBox="0 0 ${WIDTH} ${bottom + 20}" role="img" aria-label="${plot.description}">
      ${drawX(axis, TOP, bottom)}
      <text class="tick" x="${WIDTH - SECOND}" y="10" text-anchor="end">${plot.heads[0]}</text>
      <text class="tick" x="${WIDTH}" y="10" text-anchor="end">${plot.heads[1]}</text>
      ${lines}
    </svg>
  </div>`;
}

// A driver that is its whole family needs no line above it.
function hasHeading(rows: readonly Row[]): (family: string) => boolean {
  return (family) => rows.some(({ driver }) => driver.family === family && driver.label !== family);
}

function rowLabel(driver: Driver): string {
  const label = shortLabel(driver, 'family');
  return label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;
}

function drawRow(plot: RowPlot, { driver, spread, reach, texts }: Row, axis: Axis, y: number): Markup {
  const mark = markOf(driver, plot.drivers);
  const at = (value: number) => round(axis.at(value));
  return html`<g class="${mark.className}"
    ><title>${driver.label}: ${texts.join(', ')}</title>
    <text ${driver.label === driver.family ? html`class="family" x="0"` : html`x="8"`} y="${y + 4}"
      >${rowLabel(driver)}</text
    >${
      spread
        ? html`<path class="samples" d="${spread.values.map((value) => `M${at(value)} ${y - 6}v12`)}" />
            <path class="reach" d="M${at(spread.min)} ${y}H${at(reach ?? spread.max)}${reach ? 'm0 -4v8' : ''}" />
            <path class="mark" d="${shapeAt(mark.mechanism, axis.at(spread.median), y)}" />`
        : ''
    }<text x="${WIDTH - SECOND}" y="${y + 4}" text-anchor="end">${spread ? texts[0] : 'no sample'}</text
    ><text class="second" x="${WIDTH}" y="${y + 4}" text-anchor="end">${spread ? texts[1] : ''}</text></g
  > `;
}
