import {
  type Figure,
  figures,
  hasCrowd,
  isFixedRate,
  type Measurements,
  type Place,
  primaryFigure,
  titleOf,
  writesLines,
} from '../harness/measurements.ts';
import { formatNumber } from '../harness/numbers.ts';
import type { Cell } from '../harness/results.ts';
import { intervalText, ratioText } from '../harness/spread.ts';

/** A column of numbers in the table of a cell. The Markdown tables have only the most important columns. */
export interface Column {
  readonly head: string;
  readonly isImportant: boolean;
  of(place: Place): string;
}

const parts: readonly Figure[] = [figures.user, figures.system];
const others = [
  figures.throughput,
  figures.p50,
  figures.p90,
  figures.p99,
  figures.p999,
  figures.p9999,
  figures.max,
  figures.serverBusy,
  figures.loadBusy,
  figures.unanswered,
  figures.timerP99,
  figures.timerMax,
  figures.peakMemory,
  figures.receiverMemory,
  figures.brokenLines,
  figures.closedClients,
];
// Beside a crowd, these columns are important.
const crowdColumns: readonly Figure[] = [
  figures.p99,
  figures.max,
  figures.timerP99,
  figures.timerMax,
  figures.peakMemory,
  figures.throughput,
];
const receiverColumns: readonly Figure[] = [figures.throughput, figures.receiverMemory, figures.brokenLines];

/** The columns for which a cell has samples. */
export function columnsOf(data: Measurements, cell: Cell): Column[] {
  const drivers = data.drivers(cell);
  const main = primaryFigure(cell);
  const important = hasCrowd(cell) ? crowdColumns : writesLines(cell) ? receiverColumns : parts;
  const medians = [...parts, ...others]
    .filter((figure) => figure !== main && drivers.some((driver) => data.spread([cell, driver], figure)))
    .map((figure): Column => ({
      head: headOf(cell, figure),
      isImportant: important.includes(figure),
      of: (place) => formatNumber(data.spread(place, figure)?.median),
    }));
  const ratio = (family: string, mechanism?: string): Column => ({
    head: `× ${family}`,
    isImportant: true,
    of: (place) => ratioText(data.ratios(main, place, data.base(cell, family, mechanism ?? place[1].mechanism))),
  });
  const baselines = baselinesOf(cell);
  const hasWaits = drivers.some((driver) => data.waits([cell, driver]));
  return [
    { head: 'Samples', isImportant: false, of: (place) => samplesText(data, place) },
    { head: titleOf(main), isImportant: true, of: (place) => formatNumber(data.spread(place, main)?.median) },
    { head: '95 % interval', isImportant: true, of: (place) => intervalText(data.spread(place, main)?.interval) },
    ...baselines.map(([family, mechanism]) => ratio(family, mechanism)),
    ...medians,
    ...(hasWaits ? [{ head: 'Events a turn', isImportant: true, of: eventsText(data) }] : []),
  ];
}

// In a closed loop a client sends the next message after the answer: its round trip contains the wait for the other clients.
function headOf(cell: Cell, figure: Figure): string {
  const isClosedLoop = cell.kind === 'load' && !hasCrowd(cell) && !isFixedRate(cell);
  return isClosedLoop ? titleOf(figure).replace('Latency', 'Closed-loop round trip') : titleOf(figure);
}

// The families whose figures are compared with those of all drivers; without a mechanism, that of the driver.
function baselinesOf(cell: Cell): readonly (readonly [family: string, mechanism?: string])[] {
  if (writesLines(cell)) return [['rsyslog', 'epoll']];
  return [...(hasCrowd(cell) ? [] : [['C'] as const]), ['node:net', 'epoll']];
}

export function eventsText(data: Measurements): (place: Place) => string {
  return (place) => formatNumber(data.waits(place)?.eventsATurn);
}

function samplesText(data: Measurements, place: Place): string {
  const [limited, behind] = [data.limitedCount(place), data.behindCount(place)];
  return [
    data.samples(place).length,
    ...(limited > 0 ? [`${limited} load-limited†`] : []),
    ...(behind > 0 ? [`${behind} behind‡`] : []),
  ].join(', ');
}
