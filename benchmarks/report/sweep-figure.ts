import type { Cell, Driver } from '../harness/results.ts';
import { axisFor, labelledAxis } from './axis.ts';
import { details } from './cell-figure.ts';
import { compactNumber, formatNumber, html } from './html.ts';
import type { Markup } from './html.ts';
import { linePlot, plotArea } from './line-plot.ts';
import type { Point, Series } from './line-plot.ts';
import { familiesOf, mechanisms } from './measurements.ts';
import type { Figure, Measurements } from './measurements.ts';
import { shortLabel } from './marks.ts';
import { behindCount } from './pace.ts';
import { crossovers, xOf } from './sweep.ts';
import type { Sweep } from './sweep.ts';
import { table } from './table.ts';

/** One plot a family or mechanism over what was varied, on common axes. */
export function sweepFigure(data: Measurements, sweep: Sweep, figure: Figure): Markup {
  const drivers = driversOf(data, sweep.cells);
  const series = drivers.map((driver) => seriesOf(data, sweep, figure, driver));
  const values = series.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high]));
  const axes = {
    x: labelledAxis(
      sweep.cells.map((cell) => labelOf(xOf(sweep.kind, cell))),
      plotArea.x,
    ),
    y: axisFor(values, plotArea.y, true),
  };
  const title =
    [`${sweep.kind.title}: ${figure.title}, ${figure.unit}`, sweep.fixed].filter(Boolean).join(' (') +
    (sweep.fixed && ')');
  const plots = panelsOf(sweep, series).map(([name, lines]) =>
    linePlot({
      ...axes,
      title: name,
      description: `${title}; ${name}. The table below has the numbers.`,
      xLabel: sweep.kind.xLabel,
      series: lines,
      drivers: data.results.drivers,
      marksPoints: true,
    }),
  );
  const saturated = series.some(({ points }) => points.some((point) => point.saturated));
  const notes = sweep.kind.parameter === 'rate' ? [] : crossovers(data, sweep);
  return html`<figure>
    <figcaption>
      ${title}.
      <small
        >Log axes; strokes from the least to the most sample; grey: for
        comparison.${saturated ? ' Crossed out: the server did not keep up with the rate.' : ''}</small
      >
    </figcaption>
    <div class="panels">${plots}</div>
    ${
      notes.length > 0
        ? html`<ul class="notes">
            ${notes.map((note) => html`<li>${note}</li>`)}
          </ul>`
        : ''
    }
    ${details('Table', sweepTable(data, sweep, figure, drivers, title))}
  </figure> `;
}

function labelOf(x: number): [number, string] {
  return [x, compactNumber(x)];
}

export function driversOf(data: Measurements, cells: readonly Cell[]): Driver[] {
  const all = new Set(cells.flatMap((cell) => data.drivers(cell)));
  return familiesOf([...all]).flatMap((family) => [...all].filter((driver) => driver.family === family));
}

function seriesOf(data: Measurements, sweep: Sweep, figure: Figure, driver: Driver): Series {
  const points = sweep.cells.flatMap((cell): Point[] => {
    const spread = data.spread(cell, driver, figure);
    if (!spread || spread.min <= 0) return [];
    const { median: y, min: low, max: high } = spread;
    return [{ x: xOf(sweep.kind, cell), y, low, high, saturated: isSaturated(data, cell, driver) }];
  });
  return { driver, label: shortLabel(driver, sweep.kind.panels), points };
}

// In most of the repetitions: a single one may have been disturbed.
function isSaturated(data: Measurements, cell: Cell, driver: Driver): boolean {
  return behindCount(data, cell, driver) * 2 > data.samples(cell, driver).length;
}

function panelsOf({ kind }: Sweep, series: readonly Series[]): [string, Series[]][] {
  const drawn = series.filter(({ points }) => points.length > 0);
  const names: readonly string[] =
    kind.panels === 'mechanism' ? mechanisms : familiesOf(drawn.map(({ driver }) => driver));
  return names.flatMap((name): [string, Series[]][] => {
    const own = drawn.filter(({ driver }) => driver[kind.panels] === name);
    const base = kind.panels === 'family' ? 'C' : 'node:net';
    const references = drawn
      .filter(({ driver }) => driver.family === base && !own.some((line) => line.driver === driver))
      .map((line) => ({ ...line, label: line.driver.label.replace(',', ''), reference: true }));
    return own.length > 0 ? [[name, [...own, ...references]]] : [];
  });
}

function sweepTable(data: Measurements, sweep: Sweep, figure: Figure, drivers: Driver[], title: string): Markup {
  const head = sweep.cells.map((cell) => `${xOf(sweep.kind, cell).toLocaleString('en-US')} ${sweep.kind.xLabel}`);
  const rows = drivers.map((driver) => [
    driver.label,
    ...sweep.cells.map((cell) => formatNumber(data.spread(cell, driver, figure)?.median)),
  ]);
  return table(`Medians: ${title}`, ['Driver', ...head], rows);
}
