import { comparedFigures, type Figure, Measurements, type Place } from './measurements.ts';
import type { Results } from './results.ts';
import { adjust, mannWhitney } from './statistics.ts';

/** Of the changes that are called changes, at most this share is noise. */
export const FALSE_SHARE = 0.05;
/** A smaller change is none, however sure: the machine's state from one run to another differs by as much. */
export const LEAST_EFFECT = 0.03;

/** What became of one figure of one driver in one cell. */
export interface Comparison {
  readonly cell: string;
  readonly driver: string;
  readonly figure: Figure;
  readonly before: number;
  readonly after: number;
  /** Median after by median before; less is better. */
  readonly ratio: number;
  /** How probable such ranks are without a change, for this comparison alone, and adjusted for the number of comparisons. */
  readonly probability: number;
  readonly adjusted: number;
  readonly verdict: 'faster' | 'slower' | 'no change';
  /** It would be a change if it stood alone: more repetitions would tell. */
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
  const isLarge = Math.abs(Math.log(ratio)) >= Math.log1p(LEAST_EFFECT);
  const isChange = isLarge && adjusted <= FALSE_SHARE;
  return {
    verdict: !isChange ? 'no change' : ratio < 1 ? 'faster' : 'slower',
    isUndecided: isLarge && !isChange && probability <= FALSE_SHARE,
  };
}

/** Sentences on what else differs, so that a change may come from there. */
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
