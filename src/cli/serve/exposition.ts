/** The number of a metric, or a number for each value of its label. */
export type Reading = number | Readonly<Record<string, number>>;

/** Observations, counted by size. */
export interface HistogramReading {
  /** The upper bounds of the buckets, ascending, without infinity. */
  readonly bounds: ArrayLike<number>;
  /** How many observations each bucket has, not those below it; one more count than bounds, for all that are larger. */
  readonly counts: ArrayLike<number>;
  /** The sum of all observations. */
  readonly sum: number;
}

interface Description {
  /** The full name, such as 'tripoll_messages_total'. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
}

interface Numbers extends Description {
  readonly type: 'counter' | 'gauge';
  /** The name of the label whose values a reading has. */
  readonly label: string | undefined;
  readonly read: () => Reading;
}

interface Histogram extends Description {
  readonly type: 'histogram';
  readonly read: () => HistogramReading;
}

export type Metric = Numbers | Histogram;

/** Describes a number that only grows. With a label, `read` returns a number for each of its values. */
export function counter(name: string, help: string, read: () => Reading, label?: string): Metric {
  return { type: 'counter', name, help, read, label };
}

/** Describes a number that grows and shrinks. With a label, `read` returns a number for each of its values. */
export function gauge(name: string, help: string, read: () => Reading, label?: string): Metric {
  return { type: 'gauge', name, help, read, label };
}

/** Describes observations that are counted by their size. */
export function histogram(name: string, help: string, read: () => HistogramReading): Metric {
  return { type: 'histogram', name, help, read };
}

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Reads metrics, and returns them as text for Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * A client library for this format is larger than everything else that tripoll needs, together.
 */
export function expositionText(metrics: Iterable<Metric>): string {
  let text = '';
  for (const metric of metrics) {
    const { name, help, type } = metric;
    text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
    text +=
      metric.type === 'histogram' ? histogramText(name, metric.read()) : readingText(name, metric.label, metric.read());
  }
  return text;
}

function readingText(name: string, label: string | undefined, reading: Reading): string {
  if (typeof reading === 'number') return sampleText(name, reading);
  let text = '';
  for (const [value, number] of Object.entries(reading)) text += sampleText(name, number, label, value);
  return text;
}

function histogramText(name: string, { bounds, counts, sum }: HistogramReading): string {
  let text = '';
  let count = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    count += counts[bucket]!;
    text += sampleText(`${name}_bucket`, count, 'le', numberText(bounds[bucket] ?? Infinity));
  }
  return `${text}${sampleText(`${name}_sum`, sum)}${sampleText(`${name}_count`, count)}`;
}

function sampleText(name: string, number: number, label?: string, value = ''): string {
  const labels = label === undefined ? '' : `{${label}="${escapeLabel(value)}"}`;
  return `${name}${labels} ${numberText(number)}\n`;
}

function numberText(number: number): string {
  if (number === Infinity) return '+Inf';
  return number === -Infinity ? '-Inf' : String(number);
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
