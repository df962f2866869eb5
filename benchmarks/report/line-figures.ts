import type * as Plot from '@observablehq/plot';

import { familiesOf, type Figure, type Measurements, titleOf } from '../harness/measurements.ts';
import type { Cell, Driver, Sample } from '../harness/results.ts';
import { spreadOf, spreadText } from '../harness/spread.ts';
import type { Looks } from './chart.ts';
import { details, figure, html, list, type Markup, table } from './html.ts';
import { lineCharts, type Point } from './line-chart.ts';
import { crossovers, type Sweep, xOf } from './sweep.ts';

/** One chart for each family or mechanism, over the number that the sweep varies. */
export function sweepFigure(data: Measurements, looks: Looks, sweep: Sweep, shown: Figure): Markup {
  const { kind, cells } = sweep;
  const drivers = driversOf(data, cells);
  const points = drivers.flatMap((driver) =>
    cells.flatMap((cell): Point[] => {
      const spread = data.spread([cell, driver], shown);
      if (!spread || spread.min <= 0) return [];
      const { median: y, min: low, max: high } = spread;
      // A single repetition may have been disturbed, so only most of them together count.
      const isSaturated = data.behindCount([cell, driver]) * 2 > data.samples([cell, driver]).length;
      return [{ driver, x: xOf(kind, cell), y, low, high, isSaturated }];
    }),
  );
  const title = `${kind.title}: ${titleOf(shown)}${sweep.fixed && ` (${sweep.fixed})`}`;
  const panels = lineCharts(looks, {
    points,
    panels: kind.panels,
    references: kind.references,
    title: (name) => name,
    description: (name) => `${title}; ${name}. The table below has the numbers.`,
    x: { ...scaleOf(cells.map((cell) => xOf(kind, cell))), label: kind.xLabel },
    hasSymbols: true,
  });
  const crossed = points.some(({ isSaturated }) => isSaturated)
    ? ' Crossed out: the server did not keep up with the rate.'
    : '';
  const note = `${kind.about} Both axes are logarithmic. Strokes: from the smallest to the largest sample. Grey: for comparison.${crossed}`;
  const head = cells.map((cell) => `${xOf(kind, cell).toLocaleString('en-US')} ${kind.xLabel}`);
  const rows = drivers.map((driver) => [
    driver.label,
    ...cells.map((cell) => spreadText(data.spread([cell, driver], shown))),
  ]);
  const notes = kind.parameter === 'rate' ? [] : crossovers(data, sweep);
  return figure(html`${title}. <small>${note}</small>`, panels, [
    notes.length > 0 ? html`<div class="notes">${list(notes)}</div>` : undefined,
    details('Table', table(`Medians: ${title}`, ['Driver', ...head], rows)),
  ]);
}

/** A logarithmic scale. When one of the values is 0, it is nearly linear between 0 and the smallest other value. */
function scaleOf(values: readonly number[]): Plot.ScaleOptions {
  const positive = values.filter((value) => value > 0);
  const [first, last] = [Math.min(...positive), Math.max(...positive)];
  return positive.length < values.length
    ? { type: 'symlog', constant: first, domain: [0, last], ticks: values }
    : { type: 'log', domain: [first, last] };
}

/** The drivers of some cells, family by family. */
export function driversOf(data: Measurements, cells: readonly Cell[]): Driver[] {
  const all = [...new Set(cells.flatMap((cell) => data.drivers(cell)))];
  return familiesOf(all).flatMap((family) => all.filter((driver) => driver.family === family));
}

const PERCENTILES = [0, 50, 90, 99, 99.9, 99.99];
const STEPS_A_DECADE = 12;
const shares = Array.from({ length: 4 * STEPS_A_DECADE + 1 }, (_, step) => 1 - 10 ** (-step / STEPS_A_DECADE));

/** Latency by percentile up to 99.99, one chart for each family. Undefined without latencies. */
export function curveFigure(data: Measurements, looks: Looks, cell: Cell): Markup | undefined {
  const points = data.drivers(cell).flatMap((driver) => pointsOf(driver, data.samples([cell, driver])));
  if (points.length === 0) return undefined;
  const percentiles = new Map(PERCENTILES.map((percent) => [oneIn(percent / 100), `${percent}`]));
  const ticks = [...percentiles.keys()];
  const panels = lineCharts(looks, {
    points,
    panels: 'family',
    references: 'servers',
    title: (family) => `${family}: latency, µs`,
    description: (family) => `Latency by percentile, ${family}; ${cell.name}. The table of the cell has the numbers.`,
    x: {
      type: 'log',
      domain: [ticks[0]!, ticks.at(-1)!],
      label: 'percentile',
      ticks,
      tickFormat: (tick: number) => percentiles.get(tick) ?? '',
    },
    hasSymbols: false,
  });
  const note =
    'One message in 100 is slower than the value at 99. A line that rises late has few slow messages. Lower is better. Grey: for ' +
    'comparison. Each latency starts when the message was due. At each percentile the curve shows the median of the repetitions that ' +
    'have enough messages for it.';
  return figure(html`Latency by percentile: ${cell.name}. <small>${note}</small>`, panels);
}

/** One message in how many is slower than this share of the messages: the position of a percentile on the axis. */
function oneIn(share: number): number {
  return 1 / (1 - share);
}

function pointsOf(driver: Driver, samples: readonly Sample[]): Point[] {
  const latencies = samples.map(latenciesOf);
  return shares.flatMap((share, index): Point[] => {
    const spread = spreadOf(latencies.map((values) => values[index]));
    // When less than half of the repetitions have enough messages, their median would say nothing about the others.
    if (!spread || spread.median <= 0 || spread.values.length * 2 < latencies.length) return [];
    return [{ driver, x: oneIn(share), y: spread.median, low: spread.median, high: spread.median }];
  });
}

/** The latency at each of the shares for which the sample has enough messages. */
function latenciesOf({ histogram = [], latencyUs }: Sample): (number | undefined)[] {
  const total = histogram.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return shares.map((share) => percentileOf(latencyUs, share));
  const found: number[] = [];
  let seen = 0;
  for (const [upperBound, count] of histogram) {
    seen += count;
    for (let share; (share = shares[found.length]) !== undefined; found.push(upperBound)) {
      if (seen < share * total || !hasEnoughMessages(total, share)) break;
    }
  }
  return found;
}

/** Without a histogram, the sample has only a few percentiles. */
function percentileOf(latency: Sample['latencyUs'], share: number): number | undefined {
  const names = ['p90', 'p99', 'p99.9', 'p99.99'] as const;
  const name = names.find((candidate) => Math.abs(Number(candidate.slice(1)) / 100 - share) < 1e-9);
  return name && latency && hasEnoughMessages(latency.count, share) ? latency[name] : undefined;
}

function hasEnoughMessages(count: number, share: number): boolean {
  return count >= oneIn(share) - 0.5;
}
