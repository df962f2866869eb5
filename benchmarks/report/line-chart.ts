import * as Plot from '@observablehq/plot';

import { familiesOf, mechanisms } from '../harness/measurements.ts';
import type { Driver } from '../harness/results.ts';
import { axis, dot, draw, logScale, type Look, type Looks, panel, QUIET, shortLabel, WIDTH } from './chart.ts';
import type { Markup } from './html.ts';
import type { References } from './sweep.ts';

/** A point of a driver's line. `low` and `high` are the smallest and the largest sample. */
export interface Point {
  readonly driver: Driver;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
  readonly isSaturated?: boolean;
}

export interface LineCharts {
  readonly points: readonly Point[];
  /** There is one chart for each family or mechanism. */
  readonly panels: 'family' | 'mechanism';
  /** The grey lines in each chart, for comparison. */
  readonly references: References;
  readonly title: (panel: string) => string;
  readonly description: (panel: string) => string;
  readonly x: Plot.ScaleOptions;
  /** Whether all points have a symbol, or only the last one of each line. */
  readonly hasSymbols: boolean;
}

const LINE_MARGIN = { marginTop: 8, marginRight: 112, marginBottom: 38, marginLeft: 42 };
const LINE_HEIGHT = 290;
const [PLOT_TOP, PLOT_BOTTOM] = [LINE_MARGIN.marginTop, LINE_HEIGHT - LINE_MARGIN.marginBottom];
const END_LABEL_HEIGHT = 13;

/** The drivers of a mechanism have these in turn, so that a reader without colours can tell them apart. */
const strokes = {
  select: [
    { strokeWidth: 2.3, strokeDasharray: '0.1 4.5', strokeLinecap: 'round' },
    { strokeWidth: 2.3, strokeDasharray: '0.1 8', strokeLinecap: 'round' },
  ],
  poll: [
    { strokeWidth: 1.8, strokeDasharray: '6 4' },
    { strokeWidth: 1.8, strokeDasharray: '3 5' },
  ],
  epoll: [
    { strokeWidth: 1.8 },
    { strokeWidth: 1.8, strokeDasharray: '11 3 2 3' },
    { strokeWidth: 1.8, strokeDasharray: '3 2' },
    { strokeWidth: 1.8, strokeDasharray: '14 4' },
  ],
} as const;
/** The same for the grey lines. */
const REFERENCE_STROKES: Readonly<Record<string, Plot.LineOptions>> = {
  tripoll: { strokeWidth: 1.3 },
  C: { strokeWidth: 1.3, strokeDasharray: '2 3' },
  'node:net': { strokeWidth: 1.3, strokeDasharray: '8 3' },
};

/** Lines over a common x axis, each with its label at its end. All charts have the same axes. */
export function lineCharts(looks: Looks, charts: LineCharts): Markup[] {
  const { points, panels, references, title, description, x, hasSymbols } = charts;
  const y = logScale(points.flatMap(({ low, high }) => [low, high]));
  const names = panels === 'mechanism' ? mechanisms : familiesOf(points.map(({ driver }) => driver));
  const drivers = [...new Set(points.map(({ driver }) => driver))];
  return names.flatMap((name) => {
    const own = points.filter(({ driver }) => driver[panels] === name);
    if (own.length === 0) return [];
    const others = points.filter((point) => isReference(point.driver, references, drivers) && !own.includes(point));
    // What is drawn first is in the background.
    const drawn = [
      ...others.map((point) => ({
        ...looks.of(point),
        color: QUIET,
        fill: 'var(--panel)',
        label: references === 'servers' ? point.driver.family : point.driver.label.replace(',', ''),
        stroke:
          REFERENCE_STROKES[references === 'servers' ? point.driver.family : ''] ?? strokeOf(point.driver, drivers),
      })),
      ...own.map((point) => ({
        ...looks.of(point),
        label: shortLabel(point.driver, panels),
        stroke: strokeOf(point.driver, panels === 'family' ? own.map(({ driver }) => driver) : drivers),
      })),
    ];
    return [panel(title(name), draw(description(name), lineOptions(drawn, x, y, hasSymbols)))];
  });
}

function isReference(driver: Driver, references: References, drivers: readonly Driver[]): boolean {
  if (references !== 'servers') return driver.family === references;
  const first = drivers.find(({ family, mechanism }) => family === driver.family && mechanism === 'epoll');
  return driver.family in REFERENCE_STROKES && driver === first;
}

/** The first driver of a family and mechanism in a chart has the first stroke of the mechanism, the second the second … */
function strokeOf({ name, family, mechanism }: Driver, drivers: readonly Driver[]): Plot.LineOptions {
  const equals = [...new Set(drivers)].filter((other) => other.family === family && other.mechanism === mechanism);
  const known = strokes[mechanism];
  return known[
    Math.max(
      0,
      equals.findIndex((other) => other.name === name),
    ) % known.length
  ]!;
}

/** A point with everything that a chart shows of it. */
interface DrawnPoint extends Point, Look {
  readonly label: string;
  readonly stroke: Plot.LineOptions;
}

function lineOptions(
  points: readonly DrawnPoint[],
  xOptions: Plot.ScaleOptions,
  yOptions: Plot.ScaleOptions,
  hasSymbols: boolean,
): Plot.PlotOptions {
  const x = {
    ...axis,
    ticks: 4,
    range: [LINE_MARGIN.marginLeft + 8, WIDTH - LINE_MARGIN.marginRight - 6],
    ...xOptions,
  };
  const y = { ...axis, range: [PLOT_BOTTOM, PLOT_TOP], ...yOptions };
  const [xScale, yScale] = [Plot.scale({ x }), Plot.scale({ y })];
  const lasts = points.filter(({ driver }, index) => points[index + 1]?.driver !== driver);
  const places = spreadOut(lasts.map((point) => yScale.apply(point.y) as number));
  const ends = lasts.map((point, index) => ({ ...point, labelY: yScale.invert!(places[index]) as number }));
  const position = { x: 'x', y: 'y' };
  return {
    ...LINE_MARGIN,
    height: LINE_HEIGHT,
    x,
    y,
    marks: [
      Plot.ruleX(points, { x: 'x', y1: 'low', y2: 'high', stroke: 'color', strokeWidth: 4, strokeOpacity: 0.3 }),
      ...lasts.map(({ driver, stroke, color }) =>
        Plot.line(
          points.filter((point) => point.driver === driver),
          { ...position, ...stroke, stroke: color },
        ),
      ),
      Plot.dot(hasSymbols ? points : ends, { ...dot, ...position }),
      Plot.dot(
        points.filter(({ isSaturated }) => isSaturated),
        { ...position, symbol: 'times', r: 7, stroke: 'var(--ink)' },
      ),
      Plot.link(ends, {
        x1: 'x',
        y1: 'y',
        x2: xScale.invert!(WIDTH - LINE_MARGIN.marginRight + 4) as number,
        y2: 'labelY',
        stroke: 'color',
        strokeWidth: 0.7,
        strokeOpacity: 0.6,
      }),
      Plot.text(ends, {
        y: 'labelY',
        text: 'label',
        fill: 'color',
        frameAnchor: 'right',
        textAnchor: 'start',
        dx: 6,
        lineWidth: 9,
        textOverflow: 'ellipsis',
      }),
    ],
  };
}

/** Places for labels: as near as possible to the wanted places, and without overlap. */
function spreadOut(wanted: readonly number[]): number[] {
  const order = wanted.map((_, index) => index).toSorted((a, b) => wanted[a]! - wanted[b]!);
  const places = [...wanted];
  let previous = PLOT_TOP - END_LABEL_HEIGHT / 2;
  for (const index of order) previous = places[index] = Math.max(places[index]!, previous + END_LABEL_HEIGHT);
  let next = PLOT_BOTTOM + END_LABEL_HEIGHT;
  for (const index of order.toReversed()) next = places[index] = Math.min(places[index]!, next - END_LABEL_HEIGHT);
  return places;
}
