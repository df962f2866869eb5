import type { Clock } from '../../src/server/loop/clock.ts';
import { until } from './child.ts';
import type { Serving } from './clients.ts';

/** A clock that moves only when the test says so: a test with it does not depend on the load of the machine. */
export class MovedClock implements Clock {
  #ms = 1000;

  nowMs(): number {
    return this.#ms;
  }

  advance(seconds: number): void {
    this.#ms += seconds * 1e3;
  }

  /** Moves the clock, and waits until the server has checked the deadlines. */
  async move(seconds: number, subject: Serving): Promise<void> {
    this.advance(seconds);
    const { ticks } = subject;
    await until(() => subject.ticks >= ticks + 2);
  }
}
