import type { Cell, Driver, Latency, Results, Sample } from '../harness/results.ts';
import { median } from '../harness/statistics.ts';

/** One thing that a sample tells. */
export interface Figure {
  readonly title: string;
  readonly unit: string;
  of(sample: Sample): number | undefined;
}

/** The median of some repetitions, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly values: readonly number[];
}

function percentile(key: keyof Latency): Figure {
  return { title: `Latency ${key}`, unit: 'µs', of: (sample) => sample.latencyUs?.[key] };
}

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
  memory: { title: 'Memory', unit: 'bytes a connection', of: (sample) => sample.bytesPerConnection },
  call: { title: 'CPU', unit: 'µs a call', of: (sample) => sample.cpuMicrosecondsPerCall },
} as const satisfies Readonly<Record<string, Figure>>;

const primary = { load: figures.cpu, memory: figures.memory, call: figures.call };

/** The figure that a cell is about: CPU before time, since times are noisy. */
export function primaryFigure(cell: Cell): Figure {
  return primary[cell.kind];
}

function quotient(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || !b ? undefined : a / b;
}

/** The median of values, and their range; undefined of none. */
export function spreadOf(values: readonly (number | undefined)[]): Spread | undefined {
  const known = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  if (known.length === 0) return undefined;
  return { median: median(known), min: Math.min(...known), max: Math.max(...known), values: known };
}

function placeOf(cell: string, driver: string): string {
  return JSON.stringify([cell, driver]);
}

/** The samples of a results file, by cell and driver. */
export class Measurements {
  readonly results: Results;
  readonly #samples = new Map<string, Sample[]>();

  constructor(results: Results) {
    this.results = results;
    for (const sample of results.samples) {
      const place = placeOf(sample.cell, sample.driver);
      this.#samples.set(place, [...(this.#samples.get(place) ?? []), sample]);
    }
  }

  samples(cell: Cell, driver: Driver): readonly Sample[] {
    return this.#samples.get(placeOf(cell.name, driver.name)) ?? [];
  }

  /** How many fds a wait finds ready, and how many waits there are a message, where a run has counted them. */
  waits(cell: Cell, driver: Driver): { readonly eventsATurn: number; readonly aMessage: number } | undefined {
    const count = this.results.waits?.find((one) => one.cell === cell.name && one.driver === driver.name);
    return count && { eventsATurn: count.found / count.waits, aMessage: count.waits / count.messages };
  }

  spread(cell: Cell, driver: Driver, figure: Figure): Spread | undefined {
    return spreadOf(this.samples(cell, driver).map((sample) => figure.of(sample)));
  }

  /** The drivers that were to run a cell, those that are missing here left out. */
  drivers(cell: Cell): Driver[] {
    const chosen = ({ name, family, mechanism, roles }: Driver) =>
      (cell.drivers?.includes(name) ?? true) &&
      (cell.families?.includes(family) ?? true) &&
      (cell.mechanisms?.includes(mechanism) ?? true) &&
      roles.includes(cell.role);
    return inOrder(this.results.drivers).filter(
      (driver) => this.samples(cell, driver).length > 0 || (driver.missing === undefined && chosen(driver)),
    );
  }

  /** Median of the ratios that the repetitions give one by one: what disturbs a repetition disturbs both. */
  ratio(figure: Figure, [cell, driver]: [Cell, Driver], [baseCell, base]: [Cell, Driver]): number | undefined {
    const bases = new Map(this.samples(baseCell, base).map((sample) => [sample.repetition, figure.of(sample)]));
    return spreadOf(
      this.samples(cell, driver).map((sample) => quotient(figure.of(sample), bases.get(sample.repetition))),
    )?.median;
  }

  /** The ratio to the first driver of a family, of one mechanism, under the same load. */
  ratioTo(
    family: string,
    figure: Figure,
    cell: Cell,
    driver: Driver,
    mechanism = driver.mechanism,
  ): number | undefined {
    const base = this.base(cell, family, mechanism);
    return base && this.ratio(figure, [cell, driver], base);
  }

  /** What a cell's drivers are compared with: a family's driver in the same cell, or else in one with the same load. */
  base(cell: Cell, family: string, mechanism: string): [Cell, Driver] | undefined {
    const driver = this.find(cell, family, mechanism);
    if (driver) return [cell, driver];
    for (const other of this.#sameLoad(cell)) {
      const found = this.find(other, family, mechanism);
      if (found) return [other, found];
    }
    return undefined;
  }

  // Where C and node:net lack a role, as `batch`, they are compared by what they do with the same load.
  #sameLoad(cell: Cell): Cell[] {
    const loadOf = ({ workload, parameters }: Cell) => JSON.stringify([workload, parameters]);
    return this.results.cells.filter((other) => other !== cell && loadOf(other) === loadOf(cell));
  }

  /** The first driver of a family and mechanism that has samples in a cell. */
  find(cell: Cell, family: string, mechanism: string): Driver | undefined {
    return this.results.drivers.find(
      (driver) => driver.family === family && driver.mechanism === mechanism && this.samples(cell, driver).length > 0,
    );
  }
}

export const mechanisms = ['select', 'poll', 'epoll'] as const;

const knownFamilies = ['tripoll', 'tripoll blocking', 'tripoll sys', 'node:net', 'Python', 'C'];

/** The families of some drivers in the report's order. */
export function familiesOf(drivers: readonly Driver[]): string[] {
  const present = new Set(drivers.map((driver) => driver.family));
  return [...knownFamilies.filter((family) => present.delete(family)), ...present];
}

/** A number from 0 that a family keeps through the whole report, for its colour. */
export function familyIndex(family: string, drivers: readonly Driver[]): number {
  const known = knownFamilies.indexOf(family);
  if (known >= 0) return known;
  return (
    knownFamilies.length +
    familiesOf(drivers)
      .filter((name) => !knownFamilies.includes(name))
      .indexOf(family)
  );
}

function inOrder(drivers: readonly Driver[]): Driver[] {
  return familiesOf(drivers).flatMap((family) =>
    mechanisms.flatMap((mechanism) =>
      drivers.filter((driver) => driver.family === family && driver.mechanism === mechanism),
    ),
  );
}
