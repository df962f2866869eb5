import { INT_MAX } from '../../system/integer.ts';
import type { Clock } from './clock.ts';

/** Stops a loop between two turns, lets it make single turns, and lets it go on. */
export class Pause {
  readonly #clock: Clock;
  readonly #onChange: (isPaused: boolean) => void;
  #turnsAllowed = Infinity;
  #resting: { sinceMs: number; resume: () => void; keepsNodeAlive: NodeJS.Timeout } | undefined;
  #isReported = false;
  // The time of the earlier rests, without the present one.
  #earlierRestsMs = 0;

  /** `onChange` is called when the loop stops, after the last turn's promises have run, and when the loop goes on. */
  constructor(clock: Clock, onChange: (isPaused: boolean) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Whether the loop is paused, or stops at the end of its present turn. */
  get isOn(): boolean {
    return this.#turnsAllowed !== Infinity;
  }

  /** How long the loop has rested in all, in ms. */
  get restedMs(): number {
    const restingMs = this.#resting === undefined ? 0 : this.#clock.nowMs() - this.#resting.sinceMs;
    return this.#earlierRestsMs + restingMs;
  }

  start(): void {
    this.#turnsAllowed = 0;
  }

  allowOneTurn(): void {
    this.#turnsAllowed++;
    this.#resume();
  }

  end(): void {
    this.#turnsAllowed = Infinity;
    if (this.#isReported) {
      this.#isReported = false;
      this.#onChange(false);
    }
    this.#resume();
  }

  /** Called before each turn. Returns whether the loop may make it, and counts it. */
  allowsTurn(): boolean {
    if (this.#turnsAllowed === 0) return false;
    this.#turnsAllowed--;
    return true;
  }

  /** Called when the loop has stopped. `resume` is called once, when the next turn is allowed. */
  rest(resume: () => void): void {
    // The timer keeps Node alive while the loop rests, as the wait does while the loop runs.
    const keepsNodeAlive = setInterval(() => undefined, INT_MAX);
    this.#resting = { sinceMs: this.#clock.nowMs(), resume, keepsNodeAlive };
    setImmediate(() => {
      if (this.#resting === undefined || this.#isReported) return;
      this.#isReported = true;
      this.#onChange(true);
    });
  }

  #resume(): void {
    const resting = this.#resting;
    if (resting === undefined) return;
    this.#earlierRestsMs = this.restedMs;
    this.#resting = undefined;
    clearInterval(resting.keepsNodeAlive);
    resting.resume();
  }
}
