import * as Plot from '@observablehq/plot';

import { familiesOf } from '../harness/measurements.ts';
import type { Driver } from '../harness/results.ts';
import type { Spread } from '../harness/spread.ts';
import { axis, dot, draw, logScale, type Look, type Looks, panel, QUIET, shortLabel } from './chart.ts';
import { html, type Markup } from './html.ts';

/** A driver in a row chart. Without a spread nothing was measured. */
export interface Row {
  readonly driver: Driver;
  readonly spread: Spread | undefined;
  /** Where the line ends that starts at the smallest sample; by default at the largest one. */
  readonly lineEnd?: number | undefined;
  /** The numbers on the right. */
  readonly texts: readonly [string, string];
}

export interface RowChart {
  readonly title: string;
  /** For readers who cannot see the chart. */
  readonly description: string;
  readonly rows: readonly Row[];
  /** The heads of the two columns of numbers. */
  readonly heads: readonly [string, string];
}

const ROW_HEIGHT = 18;
const ROW_MARGIN = { marginTop: 16, marginRight: 104, marginBottom: 22 };
const FIRST_NUMBER_DX = 56;
const CHARACTER_WIDTH = 6.1;
const MAX_LABEL_EMS = 10;
// When the largest value is this many times the smallest one, the axis is logarithmic.
const LOGARITHMIC_FROM = 5;

/** One row for each driver: a symbol at the median, a stroke at each sample, and numbers on the right. */
export function rowChart(looks: Looks, { title, description, rows, heads }: RowChart): Markup {
  const lines = linesOf(looks, rows);
  const measured = lines.filter((line) => line.median !== undefined);
  const samples = measured.flatMap((line) => line.samples.map((value) => ({ ...line, value })));
  const scale = scaleFor([...samples.map(({ value }) => value), ...measured.map(({ end }) => end ?? 0)]);
  const labelLengths = lines.map(({ label, isHeading }) => (isHeading ? 0 : label.length));
  const marginLeft = 16 + Math.min(21, Math.max(6, ...labelLengths)) * CHARACTER_WIDTH;
  const number = (dx: number) => ({ y: 'key', frameAnchor: 'right', textAnchor: 'end', dx }) as const;
  const label = { y: 'key', text: 'label', frameAnchor: 'left', textAnchor: 'start' } as const;
  const svg = draw(description, {
    ...ROW_MARGIN,
    marginLeft,
    height: ROW_MARGIN.marginTop + lines.length * ROW_HEIGHT + ROW_MARGIN.marginBottom,
    x: { ...axis, ...scale },
    y: { type: 'band', domain: lines.map(({ key }) => key), padding: 0, axis: null },
    marks: [
      Plot.tickX(samples, {
        x: 'value',
        y: 'key',
        stroke: 'color',
        strokeOpacity: 0.55,
        insetTop: 3,
        insetBottom: 3,
      }),
      Plot.ruleY(measured, {
        x1: 'start',
        x2: 'end',
        y: 'key',
        stroke: 'color',
        strokeWidth: 1.2,
      }),
      Plot.tickX(measured, { x: 'end', y: 'key', stroke: 'color', insetTop: 5, insetBottom: 5 }),
      Plot.dot(measured, { ...dot, x: 'median', y: 'key' }),
      Plot.text(
        lines.filter(({ isHeading }) => isHeading),
        { ...label, dx: -marginLeft, fill: 'color', fontWeight: 600 },
      ),
      Plot.text(
        lines.filter(({ isHeading }) => !isHeading),
        { ...label, dx: 8 - marginLeft, lineWidth: MAX_LABEL_EMS, textOverflow: 'ellipsis' },
      ),
      ...[FIRST_NUMBER_DX, ROW_MARGIN.marginRight].flatMap((dx, column) => [
        Plot.text(lines, {
          ...number(dx),
          text: ({ texts }: Line) => texts[column],
          ...(column > 0 && { fill: QUIET }),
        }),
        Plot.text([heads[column]], { frameAnchor: 'top-right', textAnchor: 'end', dx, dy: -12, fill: QUIET }),
      ]),
    ],
  });
  return panel(title, svg, scale.type === 'log' ? html` <small>log</small>` : undefined);
}

interface Line extends Partial<Look> {
  readonly key: string;
  readonly label: string;
  readonly isHeading: boolean;
  readonly texts: readonly [string, string];
  readonly samples: readonly number[];
  readonly median?: number | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** Headings with the families, and rows with their drivers. A driver that is its whole family needs no heading above it. */
function linesOf(looks: Looks, rows: readonly Row[]): Line[] {
  return familiesOf(rows.map(({ driver }) => driver)).flatMap((family) => {
    const members = rows.filter(({ driver }) => driver.family === family);
    const heading = {
      key: family,
      label: family,
      isHeading: true,
      color: looks.colorOf(family),
      texts: ['', ''],
    } as const;
    return [
      ...(members.some(({ driver }) => driver.label !== family) ? [{ ...heading, samples: [] }] : []),
      ...members.map(({ driver, spread, lineEnd, texts }): Line => ({
        ...looks.of({ driver, y: spread?.median, low: spread?.min, high: spread?.max }),
        key: JSON.stringify([family, driver.name]),
        label: shortLabel(driver, 'family'),
        isHeading: driver.label === family,
        texts: spread ? texts : ['no sample', ''],
        samples: spread?.values ?? [],
        median: spread?.median,
        start: spread?.min,
        end: lineEnd ?? spread?.max,
      })),
    ];
  });
}

/** A linear scale from 0, or a logarithmic one when the values are far apart. */
function scaleFor(values: readonly number[]) {
  const positive = values.filter((value) => value > 0);
  const max = Math.max(0, ...positive) || 1;
  return max / Math.min(...positive, max) < LOGARITHMIC_FROM
    ? ({ type: 'linear', domain: [0, max * 1.04], ticks: 4 } as const)
    : logScale(positive);
}
