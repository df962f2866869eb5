import { isChosenByLoad } from '../harness/pace.ts';
import type { Cell, Driver } from '../harness/results.ts';
import { shortNumber, formatNumber, formatRatio, html } from './html.ts';
import type { Content, Markup } from './html.ts';
import { figures, primaryFigure } from './measurements.ts';
import type { Figure, Measurements } from './measurements.ts';
import { behindCount } from './pace.ts';
import { rowPlot } from './row-plot.ts';
import type { Row } from './row-plot.ts';
import { table } from './table.ts';

/** All that was measured of a cell: a row a driver in each plot, and the table behind them. */
export function cellFigure(data: Measurements, cell: Cell): Markup {
  const drivers = data.drivers(cell);
  const withThroughput = cell.kind === 'load' && !isChosenByLoad(cell);
  const plots = [primaryFigure(cell), ...(withThroughput ? [figures.throughput] : [])].map((figure) =>
    ratioPlot(data, cell, drivers, figure),
  );
  return html`<figure>
    <figcaption>${cell.name}</figcaption>
    <div class="panels">${plots}${latencyPlot(data, cell, drivers)}</div>
    ${details('Table', cellTable(data, cell, drivers))}
  </figure> `;
}

export function details(summary: string, content: Content): Markup {
  return html`<details>
    <summary>${summary}</summary>
    ${content}
  </details>`;
}

function ratioPlot(data: Measurements, cell: Cell, drivers: Driver[], figure: Figure): Content {
  const rows = drivers.map((driver): Row => {
    const spread = data.spread(cell, driver, figure);
    const ratio = formatRatio(data.ratioTo('C', figure, cell, driver));
    const limited = figure === figures.throughput && limitedCount(data, cell, driver) > 0 ? '†' : '';
    const behind = behindCount(data, cell, driver) > 0 ? '‡' : '';
    return { driver, spread, texts: [`${shortNumber(spread?.median)}${limited}${behind}`, ratio] };
  });
  return plotOf(data, cell, rows, `${figure.title}, ${figure.unit}`, ['median', '× C']);
}

function latencyPlot(data: Measurements, cell: Cell, drivers: Driver[]): Content {
  const rows = drivers.map((driver): Row => {
    const spread = data.spread(cell, driver, figures.p50);
    const p99 = data.spread(cell, driver, figures.p99)?.median;
    return { driver, spread, reach: p99, texts: [shortNumber(spread?.median), shortNumber(p99)] };
  });
  return plotOf(data, cell, rows, 'Latency, µs: median, and a line to p99', ['p50', 'p99']);
}

function plotOf(
  data: Measurements,
  cell: Cell,
  rows: readonly Row[],
  title: string,
  heads: readonly [string, string],
): Content {
  if (rows.every(({ spread }) => spread === undefined)) return undefined;
  const description = `${title}, of ${rows.length} drivers; ${cell.name}. The table below has the numbers.`;
  return rowPlot({ title, description, heads, rows, drivers: data.results.drivers });
}

export function limitedCount(data: Measurements, cell: Cell, driver: Driver): number {
  return data.samples(cell, driver).filter((sample) => sample.limitedByLoad).length;
}

const latencyColumns = [figures.p50, figures.p90, figures.p99, figures.p999, figures.p9999, figures.max];

function cellTable(data: Measurements, cell: Cell, drivers: readonly Driver[]): Markup {
  const main = primaryFigure(cell);
  const others = [
    figures.user,
    figures.system,
    figures.throughput,
    ...latencyColumns,
    figures.serverBusy,
    figures.loadBusy,
    figures.unanswered,
  ];
  const used = others.filter((figure) => drivers.some((driver) => data.spread(cell, driver, figure)));
  const titles = used.map(({ title, unit }) => [title, unit].filter(Boolean).join(', '));
  const withEvents = drivers.some((driver) => data.waits(cell, driver));
  const rows = drivers.map((driver) => {
    const spread = data.spread(cell, driver, main);
    return [
      driver.label,
      `${data.samples(cell, driver).length}${limitedText(data, cell, driver)}`,
      formatNumber(spread?.median),
      spread ? `${formatNumber(spread.min)}–${formatNumber(spread.max)}` : '–',
      formatRatio(data.ratioTo('C', main, cell, driver)),
      formatRatio(data.ratioTo('node:net', main, cell, driver, 'epoll')),
      ...used.map((figure) => formatNumber(data.spread(cell, driver, figure)?.median)),
      ...(withEvents ? [formatNumber(data.waits(cell, driver)?.eventsATurn)] : []),
    ];
  });
  const head = [
    'Driver',
    'Samples',
    `${main.title}, ${main.unit}`,
    'least–most',
    '× C',
    '× node:net',
    ...titles,
    ...(withEvents ? ['Events a turn'] : []),
  ];
  return table(`Medians: ${cell.name}`, head, rows);
}

function limitedText(data: Measurements, cell: Cell, driver: Driver): string {
  const limited = limitedCount(data, cell, driver);
  const behind = behindCount(data, cell, driver);
  return `${limited > 0 ? `, ${limited} load-limited†` : ''}${behind > 0 ? `, ${behind} behind‡` : ''}`;
}
