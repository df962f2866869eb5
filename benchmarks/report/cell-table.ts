import {
  type Figure,
  figures,
  hasCrowd,
  type Measurements,
  type Place,
  primaryFigure,
  type Spread,
  titleOf,
  writesLines,
} from '../harness/measurements.ts';
import { formatNumber, formatRatio } from '../harness/numbers.ts';
import type { Cell } from '../harness/results.ts';

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
      head: titleOf(figure),
      isImportant: important.includes(figure),
      of: (place) => formatNumber(data.spread(place, figure)?.median),
    }));
  const ratio = (family: string, mechanism?: string): Column => ({
    head: `× ${family}`,
    isImportant: true,
    of: (place) =>
      formatRatio(data.ratios(main, place, data.base(cell, family, mechanism ?? place[1].mechanism))?.median),
  });
  const baselines = baselinesOf(cell);
  const hasWaits = drivers.some((driver) => data.waits([cell, driver]));
  return [
    { head: 'Samples', isImportant: false, of: (place) => samplesText(data, place) },
    { head: titleOf(main), isImportant: true, of: (place) => formatNumber(data.spread(place, main)?.median) },
    { head: 'range', isImportant: true, of: (place) => rangeText(data.spread(place, main)) },
    ...baselines.map(([family, mechanism]) => ratio(family, mechanism)),
    ...medians,
    ...(hasWaits ? [{ head: 'Events a turn', isImportant: true, of: eventsText(data) }] : []),
  ];
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

function rangeText(spread: Spread | undefined): string {
  return spread ? `${formatNumber(spread.min)}–${formatNumber(spread.max)}` : '–';
}
