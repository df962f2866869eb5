import type { Cell, Driver, Sample } from '../harness/results.ts';
import { axisFor, labelledAxis } from './axis.ts';
import { html } from './html.ts';
import type { Markup } from './html.ts';
import { linePlot, plotArea } from './line-plot.ts';
import type { Point, Series } from './line-plot.ts';
import { mechanisms, spreadOf } from './measurements.ts';
import type { Measurements } from './measurements.ts';
import { shortLabel } from './marks.ts';

const labels = [0, 50, 90, 99, 99.9, 99.99].map((percent) => [odds(percent / 100), `${percent}`] as const);
const STEPS_A_DECADE = 12;
const grid = Array.from({ length: 4 * STEPS_A_DECADE + 1 }, (_, step) => 1 - 10 ** (-step / STEPS_A_DECADE));

// One in how many is slower: what a percentile is on the axis.
function odds(share: number): number {
  return 1 / (1 - share);
}

/** Whether a cell is of a fixed rate, so that its latencies count from when each message was due. */
export function isOpenLoop(cell: Cell): boolean {
  return cell.kind === 'load' && typeof cell.parameters.rate === 'number';
}

/** Latency by percentile up to 99.99, one plot a mechanism. */
export function curveFigure(data: Measurements, cell: Cell): Markup | undefined {
  const series = data
    .drivers(cell)
    .map((driver) => seriesOf(data, cell, driver))
    .filter(({ points }) => points.length > 0);
  if (series.length === 0) return undefined;
  const y = axisFor(
    series.flatMap(({ points }) => points.map((point) => point.y)),
    plotArea.y,
    true,
  );
  const plots = mechanisms.flatMap((mechanism) => {
    const own = series.filter(({ driver }) => driver.mechanism === mechanism);
    const references = series
      .filter(({ driver }) => driver.family === 'node:net' && driver.mechanism !== mechanism)
      .map((line) => ({ ...line, reference: true }));
    if (own.length === 0) return [];
    const description = `Latency by percentile, ${mechanism}; ${cell.name}. The table of the cell has the numbers.`;
    const x = labelledAxis(labels, plotArea.x);
    const common = { x, y, description, xLabel: 'percentile', drivers: data.results.drivers, marksPoints: false };
    return [linePlot({ ...common, title: `${mechanism}: latency, µs`, series: [...own, ...references] })];
  });
  return html`<figure>
    <figcaption>
      Latency by percentile: ${cell.name}.
      <small
        >From when each message was due; the median of the repetitions at each percentile, as far as their messages
        carry it.</small
      >
    </figcaption>
    <div class="panels">${plots}</div>
  </figure> `;
}

function seriesOf(data: Measurements, cell: Cell, driver: Driver): Series {
  const quantiles = data.samples(cell, driver).map((sample) => quantilesOf(sample));
  const points = grid.flatMap((share, index): Point[] => {
    const spread = spreadOf(quantiles.map((values) => values[index]));
    // A percentile that half of the repetitions cannot tell would be that of the others alone.
    if (!spread || spread.median <= 0 || spread.values.length * 2 < quantiles.length) return [];
    return [{ x: odds(share), y: spread.median, low: spread.median, high: spread.median }];
  });
  return { driver, label: shortLabel(driver, 'mechanism'), points };
}

/** The latency at each share of the grid that the sample has messages enough for. */
function quantilesOf({ histogram = [], latencyUs }: Sample): (number | undefined)[] {
  const total = histogram.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return grid.map((share) => namedPercentile(latencyUs, share));
  const found: number[] = [];
  let [seen, next] = [0, 0];
  for (const [upper, count] of histogram) {
    seen += count;
    while (next < grid.length && seen >= grid[next]! * total && total >= odds(grid[next]!) - 0.5) {
      found.push(upper);
      next++;
    }
  }
  return found;
}

// Without a histogram the few percentiles that the sample names make the curve.
function namedPercentile(latency: Sample['latencyUs'], share: number): number | undefined {
  const names = ['p90', 'p99', 'p99.9', 'p99.99'] as const;
  const name = names.find((candidate) => Math.abs(Number(candidate.slice(1)) / 100 - share) < 1e-9);
  return name && latency && latency.count >= odds(share) - 0.5 ? latency[name] : undefined;
}
