import { isBehind } from './pace.ts';
import { experimentOf } from './plan.ts';
import type { Cell, Driver, Latency, Results, Sample } from './results.ts';
import { type Spread, spreadOf } from './spread.ts';

/** A number that a sample has, for example its CPU time a message. */
export interface Figure {
  readonly title: string;
  readonly unit: string;
  of(sample: Sample): number | undefined;
}

/** A driver in a cell: the samples of one server under one load. */
export type Place = readonly [cell: Cell, driver: Driver];

export const mechanisms = ['select', 'poll', 'epoll'] as const;

export const figures = {
  cpu: { title: 'Server CPU', unit: 'µs a message', of: (sample) => sample.cpuMicrosecondsPerMessage },
  user: { title: 'User', unit: 'µs a message', of: (sample) => sample.userMicrosecondsPerMessage },
  system: { title: 'System', unit: 'µs a message', of: (sample) => sample.systemMicrosecondsPerMessage },
  throughput: { title: 'Throughput', unit: 'messages a second', of: (sample) => sample.messagesPerSecond },
  p50: percentile('p50'),
  p90: percentile('p90'),
  p99: percentile('p99'),
  p999: percentile('p99.9'),
  p9999: percentile('p99.99'),
  max: percentile('max'),
  serverBusy: { title: 'Server busy', unit: '', of: (sample) => sample.serverBusy },
  loadBusy: { title: 'Load busy', unit: '', of: (sample) => sample.loadBusy },
  unanswered: { title: 'Unanswered', unit: '', of: (sample) => sample.unanswered },
  timerP99: { title: 'Timer late p99', unit: 'µs', of: (sample) => sample.timerUs?.p99 },
  timerMax: { title: 'Timer late max', unit: 'µs', of: (sample) => sample.timerUs?.max },
  peakMemory: {
    title: 'Peak memory above rest',
    unit: 'MB',
    of: (sample) => (sample.peakBytesAboveRest === undefined ? undefined : sample.peakBytesAboveRest / 1e6),
  },
  receiverMemory: {
    title: 'Peak memory',
    unit: 'MB',
    of: (sample) => (sample.peakBytes === undefined ? undefined : sample.peakBytes / 1e6),
  },
  brokenLines: { title: 'Broken', unit: 'lines', of: (sample) => sample.brokenLines },
  closedClients: { title: 'Closed by the server', unit: 'clients', of: (sample) => sample.closedClients },
  memory: { title: 'Memory', unit: 'bytes a connection', of: (sample) => sample.bytesPerConnection },
  call: { title: 'CPU', unit: 'µs a call', of: (sample) => sample.cpuMicrosecondsPerCall },
} as const satisfies Readonly<Record<string, Figure>>;

function percentile(key: keyof Latency): Figure {
  return { title: `Latency ${key}`, unit: 'µs', of: (sample) => sample.latencyUs?.[key] };
}

/** In cells with a crowd, the main figure first. */
const crowdFigures: readonly Figure[] = [
  figures.p50,
  figures.p99,
  figures.max,
  figures.timerP99,
  figures.timerMax,
  figures.peakMemory,
];
const primary = { load: figures.cpu, memory: figures.memory, call: figures.call };

/** Whether a crowd floods the server, and the latencies are those of one honest client beside it. */
export function hasCrowd({ role }: Cell): boolean {
  return role === 'crowd';
}

/** Whether the servers write the lines that they receive, as `tripoll serve` and rsyslog do. */
export function writesLines({ role }: Cell): boolean {
  return /^(text|json)-/.test(role);
}

/**
 * The main figure of a cell. It is CPU time and not elapsed time, because elapsed times are noisy. Beside a crowd it is the honest
 * client's median.
 */
export function primaryFigure(cell: Cell): Figure {
  return hasCrowd(cell) ? figures.p50 : primary[cell.kind];
}

/** The figures that the summary shows and `compare` compares, the main figure first. Less is better in all of them. */
export function comparedFigures(cell: Cell): readonly Figure[] {
  if (hasCrowd(cell)) return crowdFigures;
  return isFixedRate(cell) ? [primaryFigure(cell), figures.p99] : [primaryFigure(cell)];
}

/** Whether messages are sent at a fixed rate, so that each latency starts when the message was due. */
export function isFixedRate({ kind, parameters }: Cell): boolean {
  return kind === 'load' && typeof parameters.rate === 'number';
}

export function titleOf({ title, unit }: Figure): string {
  return unit === '' ? title : `${title}, ${unit}`;
}

/** Answers questions about the samples of a results file. */
export class Measurements {
  readonly results: Results;
  readonly #samples: ReadonlyMap<string, readonly Sample[]>;

  constructor(results: Results) {
    this.results = results;
    this.#samples = groupBy(results.samples, ({ cell, driver }) => keyOf(cell, driver));
  }

  samples([cell, driver]: Place): readonly Sample[] {
    return this.#samples.get(keyOf(cell.name, driver.name)) ?? [];
  }

  spread(place: Place, figure: Figure): Spread | undefined {
    return spreadOf(this.samples(place).map((sample) => figure.of(sample)));
  }

  /** In how many samples the load generator was the limit. */
  limitedCount(place: Place): number {
    return this.samples(place).filter((sample) => sample.limitedByLoad).length;
  }

  /** In how many samples the server did not keep up with the rate or pace of the cell. */
  behindCount(place: Place): number {
    return this.samples(place).filter((sample) => isBehind(place[0], sample)).length;
  }

  /** How many fds a wait finds ready, and the number of waits a message. Undefined when no run has counted them. */
  waits([cell, driver]: Place): { readonly eventsATurn: number; readonly aMessage: number } | undefined {
    const count = this.results.waits?.find((each) => each.cell === cell.name && each.driver === driver.name);
    return count && { eventsATurn: count.found / count.waits, aMessage: count.waits / count.messages };
  }

  /**
   * The ratios of a figure at two places, one for each repetition that both have: a disturbance of the machine affects both
   * runs of a repetition.
   */
  ratios(figure: Figure, place: Place, base: Place | undefined): Spread | undefined {
    if (!base) return undefined;
    const bases = new Map(this.samples(base).map((sample) => [sample.repetition, figure.of(sample)]));
    return spreadOf(
      this.samples(place).map((sample) => {
        const [value, divisor] = [figure.of(sample), bases.get(sample.repetition)];
        return value === undefined || !divisor ? undefined : value / divisor;
      }),
    );
  }

  /**
   * The place to compare with: the first driver of a family and mechanism in this cell, or else in a cell with the same load.
   * C and node:net lack the role `batch`, so they are compared by what they do in the role `lines` under the same load.
   */
  base(cell: Cell, family: string, mechanism: string): Place | undefined {
    const driver = this.find(cell, family, mechanism);
    if (driver) return [cell, driver];
    const experiment = experimentOf(cell);
    for (const other of this.results.cells.filter((candidate) => experimentOf(candidate) === experiment)) {
      const found = this.find(other, family, mechanism);
      if (found) return [other, found];
    }
    return undefined;
  }

  /** The first driver of a family and mechanism that has samples in a cell. */
  find(cell: Cell, family: string, mechanism: string): Driver | undefined {
    return this.results.drivers.find(
      (driver) => driver.family === family && driver.mechanism === mechanism && this.samples([cell, driver]).length > 0,
    );
  }

  /** The drivers that a cell was meant for and that this machine can run, by family and mechanism. */
  drivers(cell: Cell): Driver[] {
    const isMeant = ({ name, family, mechanism, roles }: Driver) =>
      (cell.drivers?.includes(name) ?? true) &&
      (cell.families?.includes(family) ?? true) &&
      (cell.mechanisms?.includes(mechanism) ?? true) &&
      roles.includes(cell.role);
    const present = this.results.drivers.filter(
      (driver) => this.samples([cell, driver]).length > 0 || (driver.missing === undefined && isMeant(driver)),
    );
    return familiesOf(present).flatMap((family) =>
      mechanisms.flatMap((mechanism) =>
        present.filter((driver) => driver.family === family && driver.mechanism === mechanism),
      ),
    );
  }
}

const knownFamilies = [
  'tripoll',
  'tripoll blocking',
  'tripoll sys',
  'node:net',
  'Python',
  'C',
  'Redis',
  'rsyslog',
  'socat',
];

/** The families of some drivers, in the order that every table and plot has. */
export function familiesOf(drivers: readonly Driver[]): string[] {
  const present = new Set(drivers.map(({ family }) => family));
  return [...knownFamilies.filter((family) => present.delete(family)), ...present];
}

/** The number of a family, from 0. It is the same in every plot of a report, because it chooses the colour. */
export function familyIndex(family: string, drivers: readonly Driver[]): number {
  const others = familiesOf(drivers).filter((name) => !knownFamilies.includes(name));
  return [...knownFamilies, ...others].indexOf(family);
}

export function groupBy<T>(values: readonly T[], keyOfValue: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOfValue(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

function keyOf(cell: string, driver: string): string {
  return JSON.stringify([cell, driver]);
}
