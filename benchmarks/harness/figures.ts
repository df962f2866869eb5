import { experimentOf } from './plan.ts';
import type { Cell, Driver, Results, Sample } from './results.ts';
import { median } from './statistics.ts';

/** A figure of a sample: the one that a cell is about. Less is better in all of them. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  of(sample: Sample): number | undefined;
}

const cpuPerMessage: Figure = { name: 'CPU a message', unit: 'µs', of: (sample) => sample.cpuMicrosecondsPerMessage };
const user: Figure = { name: 'user', unit: 'µs', of: (sample) => sample.userMicrosecondsPerMessage };
const system: Figure = { name: 'system', unit: 'µs', of: (sample) => sample.systemMicrosecondsPerMessage };
const cpuPerCall: Figure = { name: 'CPU a call', unit: 'µs', of: (sample) => sample.cpuMicrosecondsPerCall };
const memory: Figure = { name: 'memory a connection', unit: 'B', of: (sample) => sample.bytesPerConnection };
const latency: Figure = { name: '99th percentile of latency', unit: 'µs', of: (sample) => sample.latencyUs?.p99 };

/** What is compared in a cell, the main figure first. */
export function figuresOf({ kind, load }: Cell): readonly [Figure, ...Figure[]] {
  if (kind === 'memory') return [memory];
  if (kind === 'call') return [cpuPerCall];
  return load[0] === 'rate' ? [cpuPerMessage, latency] : [cpuPerMessage];
}

/** What the main figure is the sum of. */
export function partsOf({ kind }: Cell): readonly Figure[] {
  return kind === 'load' ? [user, system] : [];
}

/** The samples of a cell by a driver that have a figure. */
export function samplesOf({ samples }: Results, cell: Cell, driver: Driver, figure: Figure): Sample[] {
  return samples.filter(
    (sample) => sample.cell === cell.name && sample.driver === driver.name && figure.of(sample) !== undefined,
  );
}

/** What a driver is measured against. */
export interface Baseline {
  readonly name: string;
  isFor(baseline: Driver, driver: Driver): boolean;
}

const sameMechanism = (name: string): Baseline => ({
  name,
  isFor: ({ family, mechanism }, driver) => family === name && mechanism === driver.mechanism,
});
const c = sameMechanism('C');
// As Node has more than one.
const cWithThread = sameMechanism('C with a second thread');
const python = sameMechanism('Python');
const nodeNet: Baseline = { name: 'node:net', isFor: ({ family }) => family === 'node:net' };

/** What the drivers of a cell are measured against. */
export function baselinesOf({ kind }: Cell): readonly Baseline[] {
  return kind === 'call' ? [c, cWithThread, python] : [c, nodeNet];
}

/**
 * A driver's figure divided by the baseline's, for each repetition that has both. Where the baseline lacks the cell's role,
 * as C lacks `batch`, its cell with the same load counts.
 */
export function ratios(results: Results, cell: Cell, driver: Driver, baseline: Baseline, figure: Figure): number[] {
  const other = results.drivers.find((candidate) => baseline.isFor(candidate, driver));
  if (other === undefined || other.name === driver.name) return [];
  const theirs = [cell, ...results.cells.filter((same) => experimentOf(same) === experimentOf(cell))]
    .map((same) => samplesOf(results, same, other, figure))
    .find((samples) => samples.length > 0);
  return samplesOf(results, cell, driver, figure).flatMap((sample) => {
    const match = theirs?.find(({ repetition }) => repetition === sample.repetition);
    return match === undefined ? [] : [figure.of(sample)! / figure.of(match)!];
  });
}

/** Median, least and most; '' of none. */
export function spreadText(values: readonly number[]): string {
  if (values.length === 0) return '';
  return `${significant(median(values))} (${significant(Math.min(...values))}–${significant(Math.max(...values))})`;
}

/** A number with three digits that count. */
export function significant(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.min(digits, 3));
}
