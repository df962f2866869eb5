import { type Interval, medianInterval, medianRatioInterval, overlap } from './bootstrap.ts';
import { comparedFigures, type Figure, Measurements, type Place } from './measurements.ts';
import { experimentOf } from './plan.ts';
import type { Results } from './results.ts';
import { median } from './statistics.ts';

/** A smaller change is never called faster or slower: the layout of a program in memory changes figures by as much. */
export const MIN_CHANGE = 0.03;
/** Two figures are called the same only within this. */
export const MAX_SAME = 0.05;

/** One figure of one driver in one cell, before and after. Less is better. */
export interface Comparison {
  readonly cell: string;
  readonly driver: string;
  readonly figure: Figure;
  /** The medians. */
  readonly before: number;
  readonly after: number;
  /**
   * The median after, divided by the median before. Both are relative to other programs that ran in the same repetition, as far
   * as there are any: what makes the machine slower makes them slower, too.
   */
  readonly ratio: number;
  /** The 95 % interval of the ratio. */
  readonly interval: Interval | undefined;
  /** Whether the intervals before and after have a common part. */
  readonly doOverlap: boolean;
  readonly isRelative: boolean;
  readonly verdict: 'faster' | 'slower' | 'the same' | 'cannot tell';
  /** By how much it is faster or slower, or within which share it is the same. */
  readonly share: number;
}

/** Compares the cells and drivers that both files have. */
export function compare(before: Results, after: Results): Comparison[] {
  const [first, second] = [new Measurements(before), new Measurements(after)];
  const pairs = before.cells
    .filter(({ name }) => after.cells.some((cell) => cell.name === name))
    .flatMap((cell) =>
      before.drivers.flatMap((driver) =>
        comparedFigures(cell).flatMap((figure) => pair(first, second, [cell, driver], figure)),
      ),
    );
  return pairs.map((found) => comparison(found, pairs.length));
}

/** The samples of one comparison. */
interface Pair extends Pick<Comparison, 'figure' | 'before' | 'after' | 'isRelative'> {
  readonly place: Place;
  /** In units of other programs, when there are any. */
  readonly firstValues: readonly number[];
  readonly secondValues: readonly number[];
}

function pair(first: Measurements, second: Measurements, place: Place, figure: Figure): Pair[] {
  const [was, is] = [first.spread(place, figure), second.spread(place, figure)];
  if (!was || !is || was.min <= 0 || is.min <= 0) return [];
  const others = othersOf(first, place, figure).filter((other) => isComplete(second, place, other, figure));
  return [
    {
      place,
      figure,
      before: was.median,
      after: is.median,
      isRelative: others.length > 0,
      firstValues: relativeValues(first, place, others, figure),
      secondValues: relativeValues(second, place, others, figure),
    },
  ];
}

/** The drivers that are not tripoll's and put under the same load, with a sample in each repetition. */
function othersOf(data: Measurements, place: Place, figure: Figure): Place[] {
  const [cell, driver] = place;
  const cells = data.results.cells.filter((each) => experimentOf(each) === experimentOf(cell));
  return cells.flatMap((each) =>
    data.results.drivers
      .filter(({ name, family }) => name !== driver.name && !family.startsWith('tripoll'))
      .map((other): Place => [each, other])
      .filter((other) => isComplete(data, place, other, figure)),
  );
}

function isComplete(data: Measurements, place: Place, other: Place, figure: Figure): boolean {
  return data.samples(place).every(({ repetition }) => valueIn(data, other, repetition, figure) !== undefined);
}

function valueIn(data: Measurements, place: Place, repetition: number, figure: Figure): number | undefined {
  const sample = data.samples(place).find((each) => each.repetition === repetition);
  const value = sample && figure.of(sample);
  return value !== undefined && value > 0 ? value : undefined;
}

// Each value divided by the geometric mean of the others in its repetition.
function relativeValues(data: Measurements, place: Place, others: readonly Place[], figure: Figure): number[] {
  return data.samples(place).flatMap((sample) => {
    const value = figure.of(sample);
    if (value === undefined) return [];
    const logarithms = others.map((other) => Math.log(valueIn(data, other, sample.repetition, figure)!));
    return [value / Math.exp(logarithms.reduce((sum, each) => sum + each, 0) / Math.max(1, logarithms.length))];
  });
}

function comparison(
  { place: [cell, driver], firstValues, secondValues, ...rest }: Pair,
  comparisons: number,
): Comparison {
  const ratio = median(secondValues) / median(firstValues);
  const interval = medianRatioInterval(secondValues, firstValues);
  const [was, is] = [medianInterval(firstValues), medianInterval(secondValues)];
  return {
    ...rest,
    cell: cell.name,
    driver: driver.name,
    ratio,
    interval,
    doOverlap: !was || !is || overlap(was, is),
    ...judge(ratio, interval, medianRatioInterval(secondValues, firstValues, comparisons)),
  };
}

// Among many comparisons a few intervals miss the truth, so a change needs an interval that is certain for all of them together.
function judge(
  ratio: number,
  interval: Interval | undefined,
  certain: Interval | undefined,
): Pick<Comparison, 'verdict' | 'share'> {
  if (!interval || !certain) return { verdict: 'cannot tell', share: NaN };
  const share = Math.abs(ratio - 1);
  if (share >= MIN_CHANGE && certain[1] < 1) return { verdict: 'faster', share };
  if (share >= MIN_CHANGE && certain[0] > 1) return { verdict: 'slower', share };
  const farthest = Math.max(1 - interval[0], interval[1] - 1);
  return farthest <= MAX_SAME ? { verdict: 'the same', share: farthest } : { verdict: 'cannot tell', share: farthest };
}

/** Other differences between the two files, as sentences. They may be the cause of a change. */
export function differences(before: Results, after: Results): string[] {
  const facts = (results: Results): Record<string, string> => ({
    ...results.machine,
    ...results.versions,
    ...results.limits,
    'congestion control': results.congestionControl,
    'seconds a run': String(results.options.seconds),
  });
  const [first, second] = [facts(before), facts(after)];
  return [...new Set([...Object.keys(first), ...Object.keys(second)])]
    .filter((name) => first[name] !== second[name])
    .map((name) => `${name}: ${first[name] ?? 'absent'} before, ${second[name] ?? 'absent'} after`);
}
