import { type Interval, medianInterval } from './bootstrap.ts';
import { formatNumber, formatRatio } from './numbers.ts';
import { median } from './statistics.ts';

/** The median and the range of some values, and the interval of the median. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly values: readonly number[];
  /** 95 %; undefined with one value. It is computed when it is read. */
  readonly interval: Interval | undefined;
}

/** How every table explains its intervals. */
export const INTERVAL_TEXT =
  'The parentheses have the 95 % interval of the median (bootstrap over the repetitions); with fewer than five repetitions it is ' +
  'their range, and less certain.';

/** Undefined without values. */
export function spreadOf(values: readonly (number | undefined)[]): Spread | undefined {
  const known = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  if (known.length === 0) return undefined;
  return {
    median: median(known),
    min: Math.min(...known),
    max: Math.max(...known),
    values: known,
    get interval() {
      return medianInterval(known);
    },
  };
}

/** `8.00 (6.00–20.0)`, or a dash without values. */
export function spreadText(spread: Spread | undefined): string {
  return withInterval(spread, formatNumber);
}

/** `1.48× (1.20–2.00)`, or a dash without values. */
export function ratioText(spread: Spread | undefined): string {
  return withInterval(spread, formatRatio);
}

/** `6.00–20.0`, or a dash when there is no interval. */
export function intervalText(interval: Interval | undefined): string {
  return interval ? interval.map(formatNumber).join('–') : '–';
}

function withInterval(spread: Spread | undefined, format: (value: number | undefined) => string): string {
  const text = format(spread?.median);
  return spread?.interval ? `${text} (${intervalText(spread.interval)})` : text;
}
