import {
  comparedFigures,
  type Figure,
  figures,
  hasCrowd,
  Measurements,
  type Place,
  primaryFigure,
  titleOf,
  writesLines,
} from './measurements.ts';
import { formatNumber } from './numbers.ts';
import { legendOf, marksOf } from './pace.ts';
import type { Cell, Driver, Results } from './results.ts';
import { INTERVAL_TEXT, ratioText, type Spread, spreadText } from './spread.ts';
import { alignColumns } from './table.ts';

/** The main table as plain text: the figures of each cell, and ratios within the repetitions. */
export function summarize(results: Results): string {
  const data = new Measurements(results);
  const tables = results.cells.map((cell) => tableOf(data, cell)).filter((table) => table !== '');
  return [
    `Each number is a median. ${INTERVAL_TEXT} × is the ratio of the first figure to that of C, node:net … in the same repetition. Less is better, except in throughput.`,
    ...tables,
    ...legendOf(tables.join('')),
  ].join('\n\n');
}

function tableOf(data: Measurements, cell: Cell): string {
  const main = primaryFigure(cell);
  const drivers = data.results.drivers
    .flatMap((driver) => {
      const spread = data.spread([cell, driver], main);
      return spread ? [{ driver, median: spread.median }] : [];
    })
    .toSorted((a, b) => a.median - b.median);
  if (drivers.length === 0) return '';
  const shown = comparedFigures(cell);
  const parts = partsOf(cell);
  const baselines = baselinesOf(cell);
  const head = [cell.name, ...[...shown, ...parts].map(titleOf), ...baselines.map(({ family }) => `× ${family}`)];
  const rows = drivers.map(({ driver }) => {
    const place: Place = [cell, driver];
    return [
      `  ${driver.label} ${marksOf(cell, data.samples(place))}`.trimEnd(),
      ...shown.map((figure) => spreadText(data.spread(place, figure))),
      ...parts.map((part) => formatNumber(data.spread(place, part)?.median)),
      ...baselines.map((baseline) => {
        const spread = ratios(data, place, baseline, main);
        return spread ? ratioText(spread) : '';
      }),
    ];
  });
  return alignColumns([head, ...rows]);
}

/** The first driver of the family is the baseline: the one with the same mechanism when the baseline has none of its own. */
interface Baseline {
  readonly family: string;
  readonly mechanism?: Driver['mechanism'];
}

function partsOf(cell: Cell): readonly Figure[] {
  if (hasCrowd(cell)) return [figures.throughput, figures.closedClients];
  if (writesLines(cell)) return [figures.throughput, figures.receiverMemory, figures.brokenLines];
  return cell.kind === 'load' ? [figures.user, figures.system] : [];
}

function baselinesOf(cell: Cell): readonly Baseline[] {
  // No C program has a crowd, and the speeds of Node's servers are what a reader compares.
  if (hasCrowd(cell)) return [{ family: 'node:net', mechanism: 'epoll' }];
  // rsyslog is what an operator would run instead.
  if (writesLines(cell)) return [{ family: 'rsyslog', mechanism: 'epoll' }];
  return cell.kind === 'call'
    ? // Node has more than one thread, and so has the second C program.
      [{ family: 'C' }, { family: 'C with a second thread' }, { family: 'Python' }]
    : [{ family: 'C' }, { family: 'node:net', mechanism: 'epoll' }];
}

function ratios(data: Measurements, place: Place, { family, mechanism }: Baseline, figure: Figure): Spread | undefined {
  const [cell, driver] = place;
  const base = data.base(cell, family, mechanism ?? driver.mechanism);
  return base?.[1] === driver ? undefined : data.ratios(figure, place, base);
}
