// Imported, because each use of the global `performance` reads a getter of Node.
import { performance } from 'node:perf_hooks';

/** The clock that a server reads for all its deadlines, so that a test can move the time instead of waiting for it. */
export interface Clock {
  /** Milliseconds from a fixed moment in the past; the value never decreases. */
  nowMs(): number;
}

/** The clock of every server outside the tests. */
export const systemClock: Clock = { nowMs: () => performance.now() };
