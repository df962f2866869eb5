import { marksOf } from '../harness/pace.ts';
import type { Cell, Driver } from '../harness/results.ts';
import { formatNumber, formatRatio } from './html.ts';
import { figures, mechanisms, primaryFigure } from './measurements.ts';
import type { Measurements } from './measurements.ts';
import { sweepsOf } from './sweep.ts';

export const summaryHead = [
  'Cell',
  ...mechanisms.map((mechanism) => `tripoll, ${mechanism} (×\u00a0C)`),
  'node:net (×\u00a0tripoll,\u00a0epoll)',
  'of it system: tripoll / C / node:net, epoll',
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
    const median = `${formatNumber(spread.median)}${marksOf(at[0], data.samples(...at))}`;
    const ratio = to && data.ratio(figure, at, to);
    return ratio === undefined ? median : `${median} (${formatRatio(ratio)})`;
  };
  const ours = (mechanism: string): [Cell, Driver] | undefined => {
    const driver = data.find(cell, 'tripoll', mechanism);
    return driver && [cell, driver];
  };
  return [
    cell.name,
    ...mechanisms.map((mechanism) => text(ours(mechanism), data.base(cell, 'C', mechanism))),
    text(data.base(cell, 'node:net', 'epoll'), ours('epoll')),
    systemText([ours('epoll'), ...['C', 'node:net'].map((family) => data.base(cell, family, 'epoll'))], data),
    `${figure.title}, ${figure.unit}`,
  ];
}

// How much of each one's figure is the kernel's.
function systemText(places: readonly ([Cell, Driver] | undefined)[], data: Measurements): string {
  const medians = places.map((at) => at && data.spread(...at, figures.system)?.median);
  return medians.every((value) => value === undefined) ? '–' : medians.map(formatNumber).join(' / ');
}
