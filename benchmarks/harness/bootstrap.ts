// Bootstrap intervals of medians. Resampling is seeded, so the same samples always have the same interval.
import { randomNumbers } from './random.ts';
import { quantile } from './statistics.ts';

/** The lower and the upper end. */
export type Interval = readonly [low: number, high: number];

const RESAMPLES = 2000;
const SEED = 1;
// The 97.5 % quantiles of Student's t distribution for 1, 2, 3 … degrees of freedom.
const T_QUANTILES = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/** The 95 % interval of the median. Undefined with fewer than two values. */
export function medianInterval(values: readonly number[]): Interval | undefined {
  return values.length < 2 ? undefined : intervalOf(resampledMedians(values), tailOf(values.length));
}

/**
 * The interval of the ratio of two medians whose samples are independent of each other.
 * @param comparisons How many such intervals are looked at together. With more, each is wider (Bonferroni).
 */
export function medianRatioInterval(
  numerators: readonly number[],
  denominators: readonly number[],
  comparisons = 1,
): Interval | undefined {
  const count = Math.min(numerators.length, denominators.length);
  if (count < 2) return undefined;
  const resamples = comparisons > 1 ? RESAMPLES * 5 : RESAMPLES;
  const [above, below] = [resampledMedians(numerators, resamples), resampledMedians(denominators, resamples, SEED + 1)];
  return intervalOf(
    above.map((value, index) => value / below[index]!),
    tailOf(count) / comparisons,
  );
}

export function overlap([low, high]: Interval, [otherLow, otherHigh]: Interval): boolean {
  return low <= otherHigh && otherLow <= high;
}

function resampledMedians(values: readonly number[], resamples = RESAMPLES, seed = SEED): number[] {
  const random = randomNumbers(seed);
  const drawn = new Float64Array(values.length);
  const middle = (values.length - 1) / 2;
  return Array.from({ length: resamples }, () => {
    for (let index = 0; index < drawn.length; index++) drawn[index] = values[Math.floor(random() * values.length)]!;
    drawn.sort();
    return (drawn[Math.floor(middle)]! + drawn[Math.ceil(middle)]!) / 2;
  });
}

function intervalOf(medians: readonly number[], tail: number): Interval {
  return [quantile(medians, tail), quantile(medians, 1 - tail)];
}

/**
 * The share below a 95 % interval. Percentiles of few resampled values are too narrow; this corrects that for their number
 * ("expanded percentile interval", T. Hesterberg, What Teachers Should Know About the Bootstrap, 2015, section 5.3).
 */
function tailOf(count: number): number {
  const t = T_QUANTILES[count - 2] ?? 1.96 + 2.5 / (count - 1);
  return normalBelow(-t * Math.sqrt(count / (count - 1)));
}

// The distribution function of the normal distribution for a negative number. Abramowitz and Stegun, 26.2.17.
function normalBelow(negative: number): number {
  const k = 1 / (1 - 0.2316419 * negative);
  const polynomial = k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return (Math.exp((-negative * negative) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
