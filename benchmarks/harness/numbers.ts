const prefixes = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** A number for a table: three significant digits, and all digits of what is 100 or more. A missing number is a dash. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 99.95) return Math.round(value).toLocaleString('en-US');
  return value === 0 ? '0.00' : value.toPrecision(3);
}

/** A short number for an axis: `1.5k`. */
export function compactNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const [unit, prefix] = prefixes.find(([size]) => value >= size * 0.9995) ?? [1, ''];
  return `${Number((value / unit).toPrecision(3))}${prefix}`;
}

/** A short number beside a plot, with three significant digits below 1,000. */
export function shortNumber(value: number | undefined): string {
  return value !== undefined && value > 0 && value < 999.5 ? value.toPrecision(3) : compactNumber(value);
}

/** A ratio: `1.08×`. */
export function formatRatio(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value)
    ? '–'
    : `${value >= 99.5 ? Math.round(value) : value.toPrecision(3)}×`;
}

/** A share in per cent, with two significant digits: `2.5 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

/** A duration in words: `35 s`, `4 min`. */
export function durationText(seconds: number): string {
  return seconds < 100 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
