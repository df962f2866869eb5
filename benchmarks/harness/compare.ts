import { comparedFigures, type Figure, Measurements, type Place } from './measurements.ts';
import type { Results } from './results.ts';
import { adjust, mannWhitney } from './statistics.ts';

/** At most this share of the reported changes is noise. */
export const FALSE_SHARE = 0.05;
/** A smaller change is not reported, even when it is certain: the state of the machine changes figures by as much. */
export const MIN_EFFECT = 0.03;

/** One figure of one driver in one cell, before and after. */
export interface Comparison {
  readonly cell: string;
  readonly driver: string;
  readonly figure: Figure;
  readonly before: number;
  readonly after: number;
  /** The median after, divided by the median before. Less is better. */
  readonly ratio: number;
  /** How probable such ranks are without a change: for this comparison, and adjusted for the number of comparisons. */
  readonly probability: number;
  readonly adjusted: number;
  readonly verdict: 'faster' | 'slower' | 'no change';
  /** It would be a change if it were the only comparison. More repetitions can decide it. */
  readonly isUndecided: boolean;
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
  const adjusted = adjust(pairs.map(({ probability }) => probability));
  return pairs.map((found, i) => ({
    ...found,
    adjusted: adjusted[i]!,
    ...judge(found.ratio, found.probability, adjusted[i]!),
  }));
}

type Pair = Omit<Comparison, 'adjusted' | 'verdict' | 'isUndecided'>;

function pair(first: Measurements, second: Measurements, place: Place, figure: Figure): Pair[] {
  const [was, is] = [first.spread(place, figure), second.spread(place, figure)];
  if (!was || !is) return [];
  const [cell, driver] = place;
  return [
    {
      cell: cell.name,
      driver: driver.name,
      figure,
      before: was.median,
      after: is.median,
      ratio: is.median / was.median,
      probability: mannWhitney(was.values, is.values),
    },
  ];
}

function judge(ratio: number, probability: number, adjusted: number): Pick<Comparison, 'verdict' | 'isUndecided'> {
  const isLarge = Math.abs(Math.log(ratio)) >= Math.log1p(MIN_EFFECT);
  const isChange = isLarge && adjusted <= FALSE_SHARE;
  return {
    verdict: !isChange ? 'no change' : ratio < 1 ? 'faster' : 'slower',
    isUndecided: isLarge && !isChange && probability <= FALSE_SHARE,
  };
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
