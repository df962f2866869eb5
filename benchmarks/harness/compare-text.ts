import { compare, type Comparison, differences, FALSE_SHARE, MIN_EFFECT } from './compare.ts';
import { titleOf } from './measurements.ts';
import { formatNumber } from './numbers.ts';
import type { Results } from './results.ts';
import { alignColumns } from './table.ts';

const HEAD = ['cell', 'driver', 'figure', 'before', 'after', 'ratio', 'p', 'adjusted', ''];
// The smallest probability is then 2 in 12,870, which is enough for 300 comparisons.
const ENOUGH_REPETITIONS = 8;

/** The changes from one results file to another, as plain text. */
export function comparisonText(before: Results, after: Results): string {
  const comparisons = compare(before, after);
  const changes = comparisons.filter(({ verdict }) => verdict !== 'no change');
  const undecided = comparisons.filter(({ isUndecided }) => isUndecided);
  return [
    differenceText(before, after),
    `Before: ${originOf(before)}. After: ${originOf(after)}.`,
    `Comparisons: ${comparisons.length}, with the Mann-Whitney U test, adjusted for their number: at most ${FALSE_SHARE * 100} % of ` +
      `the changes below are noise. Less than ${MIN_EFFECT * 100} % is no change. In all figures, less is better.`,
    ...resolutionText(comparisons, before, after),
    changes.length === 0 ? 'No change.' : tableOf(changes),
    ...(undecided.length === 0
      ? []
      : [
          `Undecided: each would be a change if it were the only comparison. Measure these with more repetitions.\n${tableOf(undecided)}`,
        ]),
    `${count(comparisons, 'faster')} faster, ${count(comparisons, 'slower')} slower, ${count(comparisons, 'no change')} no change.`,
    ...onlyIn(before, after),
  ].join('\n\n');
}

function differenceText(before: Results, after: Results): string {
  const found = differences(before, after);
  if (found.length === 0) return 'Same machine, versions and limits.';
  return ['WARNING: the machine or the versions differ, which may be the cause of a change:', ...found].join('\n  ');
}

// With few repetitions no ranks are very improbable, so among many comparisons a change is found only together with others.
function resolutionText(comparisons: readonly Comparison[], before: Results, after: Results): string[] {
  const [first, second] = [before, after].map(({ options }) => options.repetitions) as [number, number];
  const least = 2 / binomial(first + second, first);
  const needed = Math.ceil((least * comparisons.length) / FALSE_SHARE);
  if (needed <= 1) return [];
  const told =
    needed > comparisons.length ? 'no change can be found' : `a change is found only when ${needed} comparisons change`;
  return [
    `With ${first} and ${second} repetitions ${told}; use --repetitions ${ENOUGH_REPETITIONS}, or compare fewer.`,
  ];
}

function binomial(all: number, chosen: number): number {
  return Array.from({ length: chosen }, (_, i) => (all - i) / (i + 1)).reduce((product, factor) => product * factor, 1);
}

function originOf({ date, commit, options }: Results): string {
  return `${date}, commit ${commit ?? 'unknown'}, ${options.repetitions} repetitions of ${options.seconds} s`;
}

function tableOf(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ cell, driver, figure, before, after, ratio, probability, adjusted, verdict }) => [
    cell,
    driver,
    titleOf(figure),
    formatNumber(before),
    formatNumber(after),
    ratio.toFixed(3),
    probability.toFixed(4),
    adjusted.toFixed(4),
    verdict,
  ]);
  return alignColumns([HEAD, ...rows], 3);
}

function count(comparisons: readonly Comparison[], wanted: Comparison['verdict']): number {
  return comparisons.filter(({ verdict }) => verdict === wanted).length;
}

function onlyIn(before: Results, after: Results): string[] {
  const missing = (some: Results, other: Results): string[] =>
    some.cells.map(({ name }) => name).filter((name) => !other.cells.some((cell) => cell.name === name));
  return [['before', missing(before, after)] as const, ['after', missing(after, before)] as const].flatMap(
    ([where, names]) => (names.length === 0 ? [] : [`Only ${where}: ${names.join('; ')}`]),
  );
}
