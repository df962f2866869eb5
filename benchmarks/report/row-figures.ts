import {
  figures,
  type Figure,
  hasCrowd,
  isFixedRate,
  type Measurements,
  primaryFigure,
  titleOf,
} from '../harness/measurements.ts';
import { formatNumber, formatRatio, shortNumber } from '../harness/numbers.ts';
import { isChosenByLoad } from '../harness/pace.ts';
import type { Cell, Driver, SyscallCount } from '../harness/results.ts';
import { spreadOf } from '../harness/spread.ts';
import { columnsOf, eventsText } from './cell-table.ts';
import type { Looks } from './chart.ts';
import { type Content, details, figure, html, type Markup, table } from './html.ts';
import { type Row, rowChart } from './row-chart.ts';

const ROWS_TEXT =
  'Each row is a server. The symbol is the median and each thin stroke one sample: where the strokes of two servers overlap, their ' +
  'difference says little. Farther left is better, except in throughput.';
const CROWD_TEXT =
  'Each row is a server beside the same crowd. The symbol is the median, and the line ends at the worst value. Farther left is better.';
const SYSCALLS_TEXT =
  'Each row is a server: the system calls for one message, and the events that a wait finds at full speed. Farther left is better.';

/** All that was measured in a cell: charts with one row for each driver, and a table. */
export function cellFigure(data: Measurements, looks: Looks, cell: Cell): Markup {
  const drivers = data.drivers(cell);
  const columns = columnsOf(data, cell);
  const rows = drivers.map((driver) => [driver.label, ...columns.map((column) => column.of([cell, driver]))]);
  const head = ['Driver', ...columns.map((column) => column.head)];
  const hasThroughput = cell.kind === 'load' && !isChosenByLoad(cell);
  return figure(
    html`${cell.name}. <small>${hasCrowd(cell) ? CROWD_TEXT : ROWS_TEXT}</small>`,
    hasCrowd(cell)
      ? crowdCharts(data, looks, cell)
      : [
          ratioChart(data, looks, cell, primaryFigure(cell)),
          hasThroughput ? ratioChart(data, looks, cell, figures.throughput) : undefined,
          isFixedRate(cell) ? latencyChart(data, looks, cell) : undefined,
        ],
    details('Table', table(`Medians: ${cell.name}`, head, rows)),
  );
}

/** The system calls a message in all cells in which a run has counted them. Undefined when there are none. */
export function syscallFigure(data: Measurements, looks: Looks, caption: string): Markup | undefined {
  const panels = data.results.cells.flatMap((cell) => syscallPanel(data, looks, cell) ?? []);
  return panels.length === 0 ? undefined : figure(html`${caption}. <small>${SYSCALLS_TEXT}</small>`, panels);
}

function ratioChart(data: Measurements, looks: Looks, cell: Cell, shown: Figure): Content {
  const rows = data.drivers(cell).map((driver): Row => {
    const spread = data.spread([cell, driver], shown);
    const base = data.base(cell, 'C', driver.mechanism);
    const limited = shown === figures.throughput && data.limitedCount([cell, driver]) > 0 ? '†' : '';
    const behind = data.behindCount([cell, driver]) > 0 ? '‡' : '';
    const median = `${shortNumber(spread?.median)}${limited}${behind}`;
    return { driver, spread, texts: [median, formatRatio(data.ratios(shown, [cell, driver], base)?.median)] };
  });
  return chartOf(looks, cell, titleOf(shown), ['median', '× C'], rows);
}

/** What a crowd does to the honest client, to the timer and to the memory. */
function crowdCharts(data: Measurements, looks: Looks, cell: Cell): Content[] {
  const { p50, p99, max, timerP99, timerMax, peakMemory, throughput } = figures;
  return [
    rangeChart(data, looks, cell, 'Honest client, µs: median, and a line to the worst', ['p50', 'worst'], [p50, max]),
    rangeChart(data, looks, cell, 'Honest client, µs: p99, and a line to the worst', ['p99', 'worst'], [p99, max]),
    rangeChart(
      data,
      looks,
      cell,
      'Timer late, µs: p99, and a line to the worst',
      ['p99', 'worst'],
      [timerP99, timerMax],
    ),
    rangeChart(data, looks, cell, titleOf(peakMemory), ['median', ''], [peakMemory]),
    rangeChart(data, looks, cell, titleOf(throughput), ['median', ''], [throughput]),
  ];
}

function rangeChart(
  data: Measurements,
  looks: Looks,
  cell: Cell,
  title: string,
  heads: readonly [string, string],
  [shown, end]: readonly [Figure, Figure?],
): Content {
  const rows = data.drivers(cell).map((driver): Row => {
    const spread = data.spread([cell, driver], shown);
    const lineEnd = end && data.spread([cell, driver], end)?.median;
    return { driver, spread, lineEnd, texts: [shortNumber(spread?.median), end ? shortNumber(lineEnd) : ''] };
  });
  return chartOf(looks, cell, title, heads, rows);
}

function latencyChart(data: Measurements, looks: Looks, cell: Cell): Content {
  const rows = data.drivers(cell).map((driver): Row => {
    const spread = data.spread([cell, driver], figures.p50);
    const p99 = data.spread([cell, driver], figures.p99)?.median;
    return { driver, spread, lineEnd: p99, texts: [shortNumber(spread?.median), shortNumber(p99)] };
  });
  return chartOf(looks, cell, 'Latency, µs: median, and a line to p99', ['p50', 'p99'], rows);
}

function chartOf(
  looks: Looks,
  cell: Cell,
  title: string,
  heads: readonly [string, string],
  rows: readonly Row[],
): Content {
  if (rows.every(({ spread }) => spread === undefined)) return undefined;
  const description = `${title}, of ${rows.length} drivers; ${cell.name}. The table below has the numbers.`;
  return rowChart(looks, { title, description, heads, rows });
}

interface Counted {
  readonly driver: Driver;
  readonly count: SyscallCount;
  readonly callsAMessage: number;
}

function syscallPanel(data: Measurements, looks: Looks, cell: Cell): Markup | undefined {
  const counted = data.drivers(cell).flatMap((driver): Counted[] => {
    const count = data.results.syscalls.find((each) => each.cell === cell.name && each.driver === driver.name);
    if (!count || count.messages === 0) return [];
    const calls = Object.values(count.calls).reduce((sum, number) => sum + number, 0);
    return [{ driver, count, callsAMessage: calls / count.messages }];
  });
  if (counted.length === 0) return undefined;
  const chart = rowChart(looks, {
    title: cell.name,
    description: `System calls a message, of ${counted.length} drivers; ${cell.name}. The table below has the numbers.`,
    heads: ['calls', 'events'],
    rows: counted.map(({ driver, callsAMessage: calls }) => ({
      driver,
      spread: spreadOf([calls]),
      texts: [shortNumber(calls), shortNumber(data.waits([cell, driver])?.eventsATurn)],
    })),
  });
  return html`<div>${chart}${details(`Table: ${cell.name}`, syscallTable(data, cell, counted))}</div>`;
}

function syscallTable(data: Measurements, cell: Cell, counted: readonly Counted[]): Markup {
  const rows = counted.map(({ driver, count, callsAMessage }) => [
    driver.label,
    eventsText(data)([cell, driver]),
    formatNumber(data.waits([cell, driver])?.aMessage),
    formatNumber(callsAMessage),
    Object.entries(count.calls)
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, calls]) => `${name} ${formatNumber(calls / count.messages)}`)
      .join(', '),
  ]);
  const head = ['Driver', 'Events a turn', 'Waits', 'Under strace: all', 'each'];
  return table(`System calls a message: ${cell.name}`, head, rows);
}
