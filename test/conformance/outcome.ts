import type { Value } from './values.ts';

export { error } from '../../src/explain/step.ts';

/** What a step gave: a value, or an error in tripoll's terms. */
export type Outcome = Value | Failure;

/** An error. Python's classes are written as those that tripoll has for them: ValueError as RangeError. */
export interface Failure {
  error: string;
  /** The errno's name; the number where it has none, as for gaierror; absent where no system call failed. */
  errno?: string | number;
  /** With an errno its strerror, else the message's text. */
  message: string;
}

/** What a scenario with a row in docs/deviations.md expects. */
export interface Differing {
  python: Outcome;
  tripoll: Outcome;
}

/** What a step must give. */
export type Expected = Outcome | Differing;

/** Python's TypeError. */
export const typeError = (message: string): Outcome => ({ error: 'TypeError', message });
/** Python's ValueError or OverflowError. */
export const rangeError = (message: string): Outcome => ({ error: 'RangeError', message });
/** Python's KeyError. */
export const keyError = (message: string): Outcome => ({ error: 'KeyError', message });
/** An OSError without an errno. */
export const osErrorOnly = (message: string): Outcome => ({ error: 'OSError', message });
/** Two outcomes, for a row of docs/deviations.md. */
export const differing = (python: Outcome, tripoll: Outcome): Differing => ({ python, tripoll });

/** What one side must give. */
export function expectedOf(side: keyof Differing, expected: Expected): Outcome {
  return isDiffering(expected) ? expected[side] : expected;
}

/** Whether the two sides must differ. */
export function isDiffering(expected: Expected): expected is Differing {
  return typeof expected === 'object' && expected !== null && 'tripoll' in expected;
}
