import {
  figures,
  type Measurements,
  mechanisms,
  type Place,
  primaryFigure,
  titleOf,
  writesLines,
} from '../harness/measurements.ts';
import { formatNumber, formatRatio } from '../harness/numbers.ts';
import { marksOf } from '../harness/pace.ts';
import type { Cell, Results } from '../harness/results.ts';
import { sweepsOf } from './sweep.ts';

export const summaryHead = [
  'Cell',
  ...mechanisms.map((mechanism) => `tripoll, ${mechanism} (×\u00a0C)`),
  'node:net, or rsyslog for lines that are written (×\u00a0tripoll,\u00a0epoll)',
  'system time in it: tripoll / C / node:net or rsyslog, epoll',
  'Figure',
];

/** tripoll's server, C on the same mechanism, and node:net: one row for each cell, and of a sweep the first and the last cell. */
export function summaryRows(data: Measurements): string[][] {
  const { cells } = data.results;
  const inner = new Set(sweepsOf(cells).flatMap((sweep) => sweep.cells.slice(1, -1)));
  return cells.filter((cell) => !inner.has(cell)).map((cell) => summaryRow(data, cell));
}

function summaryRow(data: Measurements, cell: Cell): string[] {
  const figure = primaryFigure(cell);
  const medianText = (place: Place | undefined, base: Place | undefined): string => {
    const spread = place && data.spread(place, figure);
    if (!spread) return '–';
    const ratio = data.ratios(figure, place, base)?.median;
    const median = `${formatNumber(spread.median)}${marksOf(place[0], data.samples(place))}`;
    return ratio === undefined ? median : `${median} (${formatRatio(ratio)})`;
  };
  const ours = (mechanism: string): Place | undefined => {
    const driver = data.find(cell, 'tripoll', mechanism);
    return driver && [cell, driver];
  };
  const [c, net] = ['C', writesLines(cell) ? 'rsyslog' : 'node:net'].map((family) => data.base(cell, family, 'epoll'));
  const system = [ours('epoll'), c, net].map((place) => place && data.spread(place, figures.system)?.median);
  return [
    cell.name,
    ...mechanisms.map((mechanism) => medianText(ours(mechanism), data.base(cell, 'C', mechanism))),
    medianText(net, ours('epoll')),
    system.every((value) => value === undefined) ? '–' : system.map(formatNumber).join(' / '),
    titleOf(figure),
  ];
}

/** What was measured, on which machine: terms and texts. */
export function provenance(results: Results): [term: string, text: string][] {
  const { date, commit, machine, versions, limits, congestionControl, options, samples } = results;
  const listed = (record: Readonly<Record<string, string>>) =>
    Object.entries(record)
      .map((pair) => pair.join(' '))
      .join(', ');
  return [
    ['Date', `${date.slice(0, 16).replace('T', ' ')} UTC`],
    ['Commit', commit ?? 'unknown'],
    ['Processor', `${machine.cpu}, ${machine.cpus}`],
    ['Memory', machine.memory],
    ['System', `${machine.system}, kernel ${machine.kernel}`],
    ['Versions', listed(versions)],
    ['Limits', listed(limits)],
    ['TCP congestion control', congestionControl],
    ['Repetitions', `${options.repetitions}, each of ${options.seconds} s, in a fresh process; the drivers take turns`],
    ['Warm-up', options.warmup === undefined ? 'unknown' : `${options.warmup} s when code is compiled while it runs`],
    ['Samples', samples.length.toLocaleString('en-US')],
  ];
}
