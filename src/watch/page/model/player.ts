import type { Timeline } from './timeline.ts';

/** How fast a trace is run: a multiple of real time, or every turn in the same time. */
export interface Speed {
  /** Its name. */
  readonly label: string;
  /** The trace's time by the reader's. */
  readonly factor?: number;
  /** The time of each turn, in ms. */
  readonly turnMs?: number;
}

/** The speeds to choose from. */
export const SPEEDS: readonly Speed[] = [
  { label: 'one turn a second', turnMs: 1000 },
  { label: 'one turn in 3 s', turnMs: 3000 },
  { label: 'four turns a second', turnMs: 250 },
  { label: 'slow motion: 1/100', factor: 0.01 },
  { label: 'slow motion: 1/10', factor: 0.1 },
  { label: 'real time', factor: 1 },
  { label: 'ten times as fast', factor: 10 },
];

/** A moment of a trace. */
export interface Moment {
  /** The turn. */
  readonly index: number;
  /** How much of its wait has passed, from 0 to 1; at 1 the call has returned. */
  readonly progress: number;
}

// Of a turn that takes a fixed time, the part that its wait is given.
const WAIT_PART = 0.6;

/** The clock of a run: real time in, a moment of the trace out. */
export class Player {
  #index = 0;
  // In the trace's ms, or the reader's where each turn takes the same time.
  #elapsedMs = 0;

  /**
   * Goes to the beginning of a turn.
   * @param index The turn.
   */
  moveTo(index: number): void {
    this.#index = index;
    this.#elapsedMs = 0;
  }

  /**
   * Lets time pass; at the last turn it stops.
   * @param timeline The trace.
   * @param passedMs How much time, in ms.
   * @param speed How fast.
   * @returns The moment.
   */
  advance(timeline: Timeline, passedMs: number, speed: Speed): Moment {
    const last = timeline.length - 1;
    this.#index = Math.max(this.#index, timeline.first);
    this.#elapsedMs += passedMs * (speed.factor ?? 1);
    while (this.#index < last) {
      const { turnMs } = lengths(timeline, this.#index, speed);
      if (this.#elapsedMs < turnMs) break;
      this.#elapsedMs -= turnMs;
      this.#index++;
    }
    const { waitMs } = lengths(timeline, this.#index, speed);
    if (this.#index === last) this.#elapsedMs = Math.min(this.#elapsedMs, waitMs);
    return { index: this.#index, progress: waitMs > 0 ? Math.min(this.#elapsedMs / waitMs, 1) : 1 };
  }
}

function lengths(timeline: Timeline, index: number, { turnMs }: Speed): { waitMs: number; turnMs: number } {
  if (turnMs !== undefined) return { waitMs: turnMs * WAIT_PART, turnMs };
  const { ms, waitedMs } = timeline.turnAt(index);
  const next = index + 1 < timeline.length ? timeline.turnAt(index + 1).ms : ms + waitedMs;
  return { waitMs: waitedMs, turnMs: Math.max(next - ms, waitedMs, 0.001) };
}
