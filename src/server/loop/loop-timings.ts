/** Durations, counted by their length. */
export interface DurationHistogram {
  /** The upper bounds of the classes, in seconds, in rising order. */
  readonly boundsSeconds: readonly number[];
  /** How many durations are at most as long as each bound and longer than the bound before; at the end, those above all bounds. */
  readonly counts: readonly number[];
  /** The sum of all durations, in seconds. */
  readonly sumSeconds: number;
}

/** How a loop spends its time between the waits. */
export interface LoopTimings {
  /** How long each turn took, from the end of its wait. */
  readonly turns: DurationHistogram;
  /** How long Node's own loop (timers, promises, I/O) kept this loop from its wait each time. Clients wait meanwhile. */
  readonly lags: DurationHistogram;
}

const BOUNDS_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

class Durations implements DurationHistogram {
  readonly boundsSeconds = BOUNDS_SECONDS;
  readonly #counts = new Float64Array(BOUNDS_SECONDS.length + 1);
  sumSeconds = 0;

  get counts(): number[] {
    return [...this.#counts];
  }

  add(ms: number): void {
    const seconds = ms / 1e3;
    let index = 0;
    while (index < BOUNDS_SECONDS.length && seconds > BOUNDS_SECONDS[index]!) index++;
    this.#counts[index]!++;
    this.sumSeconds += seconds;
  }
}

/** Measures the turns of a loop. It exists only if somebody wants to know. */
export class TimingsRecorder implements LoopTimings {
  readonly turns = new Durations();
  readonly lags = new Durations();
  // When the loop gave the thread to Node; NaN while it is not going to wait again.
  #leftMs = NaN;

  /** A turn has ended, and the next wait is prepared. */
  turnEnded(startMs: number, nowMs: number): void {
    this.turns.add(nowMs - startMs);
    this.#leftMs = nowMs;
  }

  /** The wait was interrupted so that Node's own loop can run. */
  yielded(nowMs: number): void {
    this.#leftMs = nowMs;
  }

  /** The loop waits again. */
  returned(nowMs: number): void {
    if (this.#leftMs <= nowMs) this.lags.add(nowMs - this.#leftMs);
    this.#leftMs = NaN;
  }

  /** The loop does not wait for some time, on purpose. */
  stopped(): void {
    this.#leftMs = NaN;
  }
}
