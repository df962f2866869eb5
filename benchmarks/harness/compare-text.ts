import { compare, type Comparison, differences, MAX_SAME, MIN_CHANGE } from './compare.ts';
import { titleOf } from './measurements.ts';
import { formatNumber, percent } from './numbers.ts';
import type { Results } from './results.ts';
import { intervalText } from './spread.ts';
import { alignColumns } from './table.ts';

const HEAD = ['cell', 'driver', 'figure', 'before', 'after', 'ratio', '95 % interval', 'verdict'];
const VERDICTS: readonly Comparison['verdict'][] = ['slower', 'faster', 'cannot tell', 'the same'];

/** What has changed from one results file to another, as plain text. */
export function comparisonText(before: Results, after: Results): string {
  const comparisons = compare(before, after);
  const ordered = VERDICTS.flatMap((wanted) => comparisons.filter(({ verdict }) => verdict === wanted));
  return [
    differenceText(before, after),
    `Before: ${originOf(before)}. After: ${originOf(after)}.`,
    RULE,
    ...(comparisons.some(({ isRelative }) => !isRelative) ? [ABSOLUTE] : []),
    ...(ordered.length === 0 ? [] : [tableOf(ordered)]),
    totalText(comparisons),
    ...onlyIn(before, after),
  ].join('\n\n');
}

const RULE =
  'Less is better in all figures. The ratio is after ÷ before; both are first divided by the geometric mean of the programs that are not ' +
  "tripoll's in the same repetition, because a slow hour of the machine slows them all. Faster or slower: the interval, widened for the " +
  `number of comparisons, excludes 1, and the ratio differs from 1 by ${percent(MIN_CHANGE)} or more. The same: the 95 % interval is within ` +
  `${percent(MAX_SAME)} of 1; the verdict has its farthest end. Otherwise the samples cannot tell; more repetitions may.`;
const ABSOLUTE =
  '* No other program has a sample in each repetition, so the ratio contains the change of the machine between the two runs.';

function differenceText(before: Results, after: Results): string {
  const found = differences(before, after);
  if (found.length === 0) return 'Same machine, versions and limits.';
  return ['WARNING: the machine or the versions differ, which may be the cause of a change:', ...found].join('\n  ');
}

function originOf({ date, commit, options }: Results): string {
  return `${date}, commit ${commit ?? 'unknown'}, ${options.repetitions} repetitions of ${options.seconds} s`;
}

function tableOf(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map((comparison) => [
    comparison.cell,
    comparison.driver,
    titleOf(comparison.figure),
    formatNumber(comparison.before),
    formatNumber(comparison.after),
    `${comparison.ratio.toFixed(3)}${comparison.isRelative ? '' : '*'}`,
    intervalText(comparison.interval),
    verdictText(comparison),
  ]);
  return alignColumns([HEAD, ...rows], 3);
}

function verdictText({ verdict, share }: Comparison): string {
  if (verdict === 'cannot tell') return verdict;
  const wholePercent = Math.max(1, verdict === 'the same' ? Math.ceil(share * 100) : Math.round(share * 100));
  return verdict === 'the same' ? `the same within ${wholePercent} %` : `${verdict} by ${wholePercent} %`;
}

function totalText(comparisons: readonly Comparison[]): string {
  const counts = VERDICTS.map((wanted) => {
    const count = comparisons.filter(({ verdict }) => verdict === wanted).length;
    return wanted === 'cannot tell' ? `${count} that the samples cannot tell` : `${count} ${wanted}`;
  });
  const overlapping = comparisons.filter(({ doOverlap }) => doOverlap).length;
  const share = comparisons.length === 0 ? '' : ` The intervals before and after overlap in ${overlapping} of them.`;
  return `${comparisons.length} comparisons: ${counts.join(', ')}.${share}`;
}

function onlyIn(before: Results, after: Results): string[] {
  const missing = (some: Results, other: Results): string[] =>
    some.cells.map(({ name }) => name).filter((name) => !other.cells.some((cell) => cell.name === name));
  return [['before', missing(before, after)] as const, ['after', missing(after, before)] as const].flatMap(
    ([where, names]) => (names.length === 0 ? [] : [`Only ${where}: ${names.join('; ')}`]),
  );
}
