import assert from 'node:assert/strict';

import { median } from './loop-threads.ts';

/** The time between two ticks. */
export const TICK_MS = 10;
// A busy machine needs longer for the ticks that a test waits for; a timer that never gets its turn fails here.
const STARVED_MS = 10_000;

/** An interval timer, and the milliseconds between its ticks. */
export class Ticks {
  readonly #times = [performance.now()];
  readonly #timer = setInterval(() => this.#times.push(performance.now()), TICK_MS);

  get count(): number {
    return this.#times.length - 1;
  }

  get isStarved(): boolean {
    return performance.now() - this.#times[0]! > STARVED_MS;
  }

  assertInTime(): void {
    clearInterval(this.#timer);
    const gaps = this.#times.slice(1).map((time, index) => time - this.#times[index]!);
    assert.ok(gaps.length > 0 && median(gaps) < 100, gaps.join());
  }
}
