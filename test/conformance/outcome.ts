import type { Value } from './values.ts';

export { error } from '../../src/explain/step.ts';

/** The outcome of a step: a value, or an error in tripoll's terms. */
export type Outcome = Value | Failure;

/** An error. Python's classes are replaced by tripoll's: ValueError becomes RangeError. */
export interface Failure {
  error: string;
  /** The errno's name; the number if it has no name, as for gaierror; absent if no system call failed. */
  errno?: string | number;
  /** The strerror of the errno, or the message of an error without an errno. */
  message: string;
}

/** The expected outcomes of a scenario with a row in docs/deviations.md. */
export interface Differing {
  python: Outcome;
  tripoll: Outcome;
}

/** The expected outcome of a step. */
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

/** Returns the expected outcome of one side. */
export function expectedOf(side: keyof Differing, expected: Expected): Outcome {
  return isDiffering(expected) ? expected[side] : expected;
}

/** Returns true if the two sides must differ. */
export function isDiffering(expected: Expected): expected is Differing {
  return typeof expected === 'object' && expected !== null && 'tripoll' in expected;
}
