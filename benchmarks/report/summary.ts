import {
  figures,
  hasCrowd,
  isFixedRate,
  type Measurements,
  mechanisms,
  type Place,
  primaryFigure,
  titleOf,
  writesLines,
} from '../harness/measurements.ts';
import { formatNumber, percent } from '../harness/numbers.ts';
import { marksOf } from '../harness/pace.ts';
import type { Cell, Results } from '../harness/results.ts';
import { INTERVAL_TEXT, ratioText, spreadText } from '../harness/spread.ts';
import { placesOf, SATURATED_TEXT } from './conclusion.ts';
import { sweepsOf } from './sweep.ts';

/** One of the tables that a reader sees first. */
export interface SummaryTable {
  readonly title: string;
  readonly about: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** How to read the columns: all ratios have the same direction. */
export const RATIOS_TEXT = `Each × is tripoll ÷ the other server, in the same repetition: below 1, tripoll needs less. ${INTERVAL_TEXT}`;

/** The fixed rates come first, because most servers run at one. Tables without rows are omitted. */
export function summaryTables(data: Measurements): SummaryTable[] {
  const inner = new Set(
    sweepsOf(data.results.cells)
      .filter(({ kind }) => kind.parameter !== 'rate')
      .flatMap((sweep) => sweep.cells.slice(1, -1)),
  );
  const cells = data.results.cells.filter((cell) => !inner.has(cell));
  const crowds = cells.filter(hasCrowd);
  const fixed = cells.filter(isFixedRate);
  const others = cells.filter((cell) => !isFixedRate(cell) && !hasCrowd(cell));
  const tables = [
    { title: 'At a fixed rate', about: FIXED_TEXT, head: [...HEAD, ...P99], rows: rowsOf(data, fixed, p99Of) },
    {
      title: 'As fast as the clients and the server go',
      about: SATURATED_TEXT,
      head: [...HEAD, SYSTEM],
      rows: rowsOf(data, others, systemOf),
    },
    { title: 'Beside a crowd', about: CROWD_TEXT, head: HEAD, rows: rowsOf(data, crowds, () => []) },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

const FIXED_TEXT =
  'The load sends at this rate, whether the server is late or not. The latency of a message starts when it was due.';
const CROWD_TEXT = 'The figure is the median latency of one honest client beside the crowd.';
const HEAD = [
  'Cell',
  'Call',
  'Figure',
  'tripoll',
  '× C, same call',
  '× node:net, or × rsyslog for lines that are written',
];
const P99 = ['p99, µs: tripoll', 'p99, µs: C, epoll', 'p99, µs: node:net'];
const SYSTEM = 'System time in it: tripoll / C / node:net or rsyslog, on epoll';

/** More columns of a row. */
type More = (data: Measurements, place: Place) => string[];

// One row for each call with which tripoll serves the cell.
function rowsOf(data: Measurements, cells: readonly Cell[], more: More): string[][] {
  return cells.flatMap((cell) =>
    mechanisms.flatMap((mechanism) => {
      const driver = data.find(cell, 'tripoll', mechanism);
      if (!driver) return [];
      return [[cell.name, mechanism, ...figuresOf(data, [cell, driver]), ...more(data, [cell, driver])]];
    }),
  );
}

function figuresOf(data: Measurements, place: Place): string[] {
  const [cell, { mechanism }] = place;
  const figure = primaryFigure(cell);
  const other = writesLines(cell) ? 'rsyslog' : 'node:net';
  const ratio = (base: Place | undefined): string => ratioText(data.ratios(figure, place, base));
  return [
    titleOf(figure),
    `${spreadText(data.spread(place, figure))}${marksOf(cell, data.samples(place))}`,
    ratio(data.base(cell, 'C', mechanism)),
    ratio(data.base(cell, other, 'epoll')),
  ];
}

function p99Of(data: Measurements, [cell, driver]: Place): string[] {
  const { c, net } = placesOf(data, cell);
  const places = [[cell, driver] as const, c, net];
  return places.map((place) => spreadText(place && data.spread(place, figures.p99)));
}

function systemOf(data: Measurements, [cell, driver]: Place): string[] {
  if (driver.mechanism !== 'epoll') return ['–'];
  const { ours, c, net } = placesOf(data, cell);
  const other = writesLines(cell) ? data.base(cell, 'rsyslog', 'epoll') : net;
  const medians = [ours, c, other].map((place) => place && data.spread(place, figures.system)?.median);
  return [medians.every((value) => value === undefined) ? '–' : medians.map(formatNumber).join(' / ')];
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
    [
      'Repetitions',
      `${options.repetitions}, each of ${options.seconds} s, in a fresh process; ` +
        (options.seed === undefined ? 'the drivers take turns' : `in a random order with the seed ${options.seed}`),
    ],
    ['Warm-up', options.warmup === undefined ? 'unknown' : `${options.warmup} s when code is compiled while it runs`],
    ['Samples', samples.length.toLocaleString('en-US')],
    ['Other use of the machine', otherUse(results)],
  ];
}

function otherUse({ samples }: Results): string {
  const known = samples.flatMap(({ disturbance }) => disturbance ?? []);
  if (known.length === 0) return 'not recorded';
  const worst = (name: 'stolen' | 'others') => percent(Math.max(...known.map((disturbance) => disturbance[name])));
  return `at most ${worst('stolen')} of a CPU stolen, and ${worst('others')} used by other programs, in one run`;
}
