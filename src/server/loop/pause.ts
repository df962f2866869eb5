import { INT_MAX } from '../../system/integer.ts';
import type { Clock } from './clock.ts';

/** Stops a loop between two turns, lets it make single turns, and lets it go on. */
export class Pause {
  readonly #clock: Clock;
  readonly #onChange: (isPaused: boolean) => void;
  #turnsAllowed = Infinity;
  #stop: { sinceMs: number; resume: () => void; keepsNodeAlive: NodeJS.Timeout } | undefined;
  #isReported = false;
  // The duration of the earlier stops, without the present stop.
  #earlierStopsMs = 0;

  /** `onChange` is called when the loop stops, after the last turn's promises have run, and when the loop goes on. */
  constructor(clock: Clock, onChange: (isPaused: boolean) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Whether the loop is paused, or stops at the end of its present turn. */
  get isOn(): boolean {
    return this.#turnsAllowed !== Infinity;
  }

  /** How long the loop has been stopped in all, in ms. */
  get stoppedMs(): number {
    const stopMs = this.#stop === undefined ? 0 : this.#clock.nowMs() - this.#stop.sinceMs;
    return this.#earlierStopsMs + stopMs;
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
  stopUntilAllowed(resume: () => void): void {
    // The timer keeps Node alive while the loop is stopped, as the wait does while the loop runs.
    const keepsNodeAlive = setInterval(() => undefined, INT_MAX);
    this.#stop = { sinceMs: this.#clock.nowMs(), resume, keepsNodeAlive };
    setImmediate(() => {
      if (this.#stop === undefined || this.#isReported) return;
      this.#isReported = true;
      this.#onChange(true);
    });
  }

  #resume(): void {
    const stop = this.#stop;
    if (stop === undefined) return;
    this.#earlierStopsMs = this.stoppedMs;
    this.#stop = undefined;
    clearInterval(stop.keepsNodeAlive);
    stop.resume();
  }
}
