import type { Cell, Driver, SyscallCount } from '../harness/results.ts';
import { details } from './cell-figure.ts';
import { shortNumber, formatNumber, html } from './html.ts';
import type { Markup } from './html.ts';
import type { Measurements } from './measurements.ts';
import { rowPlot } from './row-plot.ts';
import { table } from './table.ts';

interface Counted {
  readonly driver: Driver;
  readonly count: SyscallCount;
  readonly total: number;
}

/** System calls a message of a cell; undefined where none were counted. */
export function syscallFigure(data: Measurements, cell: Cell): Markup | undefined {
  const counted = data.drivers(cell).flatMap((driver): Counted[] => {
    const count = data.results.syscalls.find((one) => one.cell === cell.name && one.driver === driver.name);
    if (!count || count.messages === 0) return [];
    return [{ driver, count, total: sum(Object.values(count.calls)) / count.messages }];
  });
  if (counted.length === 0) return undefined;
  const rows = counted.map(({ driver, total }) => ({
    driver,
    spread: { median: total, min: total, max: total, values: [total] },
    texts: [shortNumber(total), shortNumber(data.waits(cell, driver)?.eventsATurn)] as const,
  }));
  const plot = rowPlot({
    title: cell.name,
    description: `System calls a message, of ${rows.length} drivers; ${cell.name}. The table below has the numbers.`,
    heads: ['calls', 'events'],
    rows,
    drivers: data.results.drivers,
  });
  return html`<div>${plot}${details(`Table: ${cell.name}`, callTable(data, cell, counted))}</div>`;
}

function callTable(data: Measurements, cell: Cell, counted: readonly Counted[]): Markup {
  const rows = counted.map(({ driver, count, total }) => {
    const shares = byCount(count.calls).map(([name, calls]) => `${name} ${formatNumber(calls / count.messages)}`);
    return [
      driver.label,
      formatNumber(data.waits(cell, driver)?.eventsATurn),
      formatNumber(data.waits(cell, driver)?.aMessage),
      formatNumber(total),
      shares.join(', '),
    ];
  });
  return table(
    `System calls a message: ${cell.name}`,
    ['Driver', 'Events a turn', 'Waits', 'Under strace: all', 'each'],
    rows,
  );
}

function byCount(calls: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(calls).toSorted(([, a], [, b]) => b - a);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
