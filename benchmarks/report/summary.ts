import type { Cell, Driver } from '../harness/results.ts';
import { formatNumber, formatRatio } from './html.ts';
import { mechanisms, primaryFigure } from './measurements.ts';
import type { Measurements } from './measurements.ts';
import { sweepsOf } from './sweep.ts';

export const summaryHead = [
  'Cell',
  ...mechanisms.map((mechanism) => `tripoll, ${mechanism} (×\u00a0C)`),
  'node:net (×\u00a0tripoll,\u00a0epoll)',
  'Figure',
];

/** tripoll's server against C on the same mechanism and node:net: a row a cell, of sweeps their ends. */
export function summaryRows(data: Measurements): string[][] {
  const { cells } = data.results;
  const swept = sweepsOf(cells);
  const inner = new Set(swept.flatMap((sweep) => sweep.cells.slice(1, -1)));
  return cells.filter((cell) => !inner.has(cell)).map((cell) => summaryRow(data, cell));
}

function summaryRow(data: Measurements, cell: Cell): string[] {
  const figure = primaryFigure(cell);
  const text = (at: [Cell, Driver] | undefined, to: [Cell, Driver] | undefined) => {
    const spread = at && data.spread(...at, figure);
    if (!spread) return '–';
    const ratio = to && data.ratio(figure, at, to);
    return ratio === undefined ? formatNumber(spread.median) : `${formatNumber(spread.median)} (${formatRatio(ratio)})`;
  };
  const ours = (mechanism: string): [Cell, Driver] | undefined => {
    const driver = data.find(cell, 'tripoll', mechanism);
    return driver && [cell, driver];
  };
  return [
    cell.name,
    ...mechanisms.map((mechanism) => text(ours(mechanism), data.base(cell, 'C', mechanism))),
    text(data.base(cell, 'node:net', 'epoll'), ours('epoll')),
    `${figure.title}, ${figure.unit}`,
  ];
}
