import type { Driver } from '../harness/results.ts';
import { drawX, drawY } from './axis.ts';
import type { Axis } from './axis.ts';
import { html } from './html.ts';
import type { Markup } from './html.ts';
import { markOf, round, shapeAt } from './marks.ts';
import type { Mark } from './marks.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
  /** The server could not keep up here. */
  readonly saturated?: boolean;
}

/** One driver's line. */
export interface Series {
  readonly driver: Driver;
  readonly label: string;
  readonly points: readonly Point[];
  /** Drawn in grey, to compare with. */
  readonly reference?: boolean;
}

export interface LinePlot {
  readonly title: string;
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly xLabel: string;
  readonly series: readonly Series[];
  readonly drivers: readonly Driver[];
  /** Whether each point gets its shape; curves of percentiles only at their end. */
  readonly marksPoints: boolean;
}

const WIDTH = 384;
const HEIGHT = 290;
const LEFT = 42;
const RIGHT = WIDTH - 112;
const BOTTOM = HEIGHT - 38;
const TOP = 8;
const LABEL_HEIGHT = 13;
const LONGEST_LABEL = 16;

/** The sides of the plot that axes have to span. */
export const plotArea = { x: [LEFT, RIGHT], y: [BOTTOM, TOP] } as const;

/** Lines over a common x, each with its name at its end. */
export function linePlot(plot: LinePlot): Markup {
  const drawn = plot.series.filter(({ points }) => points.length > 0);
  const ends = drawn.map(({ points }) => plot.y.at(points.at(-1)!.y));
  const labelPlaces = spreadOut(ends);
  // References first, so that they lie behind.
  const order = drawn.map((_, index) => index).toSorted((a, b) => rank(drawn[a]!) - rank(drawn[b]!));
  return html`<div class="panel">
    <p>${plot.title}</p>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${plot.description}">
      ${drawX(plot.x, TOP, BOTTOM)}${drawY(plot.y, LEFT, RIGHT)}
      <text class="tick" x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${plot.xLabel}</text>
      ${order.map((index) => drawSeries(plot, drawn[index]!, labelPlaces[index]!))}
    </svg>
  </div>`;
}

function rank(series: Series): number {
  return series.reference ? 0 : 1;
}

function drawSeries(plot: LinePlot, series: Series, labelY: number): Markup {
  const mark = markOf(series.driver, plot.drivers);
  const { points } = series;
  const places = points.map(({ x, y }) => [round(plot.x.at(x)), round(plot.y.at(y))] as const);
  const [endX, endY] = places.at(-1)!;
  return html`<g class="${mark.className}${series.reference ? ' reference' : ''}"
    ><title>${series.driver.label}</title>
    <path
      class="spread"
      d="${points.map(({ x, low, high }) => `M${round(plot.x.at(x))} ${round(plot.y.at(low))}V${round(plot.y.at(high))}`)}"
    />
    <path class="line ${mark.mechanism}" d="M${places.map((place) => place.join(' ')).join('L')}" />
    ${drawMarks(plot, mark, points, places)}<path
      class="leader"
      d="M${endX + 5} ${endY}L${RIGHT + 8} ${round(labelY)}"
    />
    <text class="end" x="${RIGHT + 11}" y="${round(labelY + 4)}">${clip(series.label)}</text></g
  > `;
}

function drawMarks(
  { marksPoints }: LinePlot,
  { mechanism }: Mark,
  points: readonly Point[],
  places: readonly (readonly [number, number])[],
): Markup {
  const marked = marksPoints ? places : places.slice(-1);
  const crosses = places.filter((_, index) => points[index]!.saturated);
  return html`<path class="mark" d="${marked.map(([x, y]) => shapeAt(mechanism, x, y))}" />${
      crosses.length > 0
        ? html`<path class="cross" d="${crosses.map(([x, y]) => `M${x - 6} ${y - 6}l12 12m0 -12l-12 12`)}" />`
        : ''
    }`;
}

function clip(label: string): string {
  return label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;
}

/** Places for labels: as near as can be to where they belong, none upon another. */
function spreadOut(wanted: readonly number[]): number[] {
  const order = wanted.map((_, index) => index).toSorted((a, b) => wanted[a]! - wanted[b]!);
  const places = [...wanted];
  let above = TOP - LABEL_HEIGHT / 2;
  for (const index of order) above = places[index] = Math.max(places[index]!, above + LABEL_HEIGHT);
  let below = BOTTOM + LABEL_HEIGHT;
  for (const index of order.toReversed()) below = places[index] = Math.min(places[index]!, below - LABEL_HEIGHT);
  return places;
}
