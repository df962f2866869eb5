import * as Plot from '@observablehq/plot';

import { familiesOf, mechanisms } from '../harness/measurements.ts';
import type { Driver } from '../harness/results.ts';
import { axis, dot, draw, logScale, type Look, type Looks, panel, QUIET, shortLabel, WIDTH } from './chart.ts';
import type { Markup } from './html.ts';

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
  /** There is one chart for each family or mechanism; it also has the grey lines of C or node:net, for comparison. */
  readonly panels: 'family' | 'mechanism';
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

const strokes = {
  select: { strokeWidth: 2.3, strokeDasharray: '0.1 4.5', strokeLinecap: 'round' },
  poll: { strokeWidth: 1.8, strokeDasharray: '6 4' },
  epoll: { strokeWidth: 1.8 },
} as const;

/** Lines over a common x axis, each with its label at its end. All charts have the same axes. */
export function lineCharts(looks: Looks, { points, panels, title, description, x, hasSymbols }: LineCharts): Markup[] {
  const y = logScale(points.flatMap(({ low, high }) => [low, high]));
  const names = panels === 'mechanism' ? mechanisms : familiesOf(points.map(({ driver }) => driver));
  const reference = panels === 'family' ? 'C' : 'node:net';
  return names.flatMap((name) => {
    const own = points.filter(({ driver }) => driver[panels] === name);
    if (own.length === 0) return [];
    const others = points.filter((point) => point.driver.family === reference && !own.includes(point));
    // What is drawn first is in the background.
    const drawn = [
      ...others.map((point) => ({
        ...looks.of(point),
        color: QUIET,
        fill: 'var(--panel)',
        label: point.driver.label.replace(',', ''),
      })),
      ...own.map((point) => ({ ...looks.of(point), label: shortLabel(point.driver, panels) })),
    ];
    return [panel(title(name), draw(description(name), lineOptions(drawn, x, y, hasSymbols)))];
  });
}

function lineOptions(
  points: readonly (Point & Look & { label: string })[],
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
      ...mechanisms.map((mechanism) => {
        const own = points.filter(({ driver }) => driver.mechanism === mechanism);
        return Plot.line(own, {
          ...position,
          ...strokes[mechanism],
          z: ({ driver }: Point) => driver.name,
          stroke: 'color',
        });
      }),
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
