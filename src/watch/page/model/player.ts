import type { Timeline } from './timeline.ts';

/** How fast a trace runs: with a multiple of real time, or with the same time for every turn. */
export interface Speed {
  readonly label: string;
  /** The time in the trace, divided by the time of the reader. */
  readonly factor?: number;
  readonly turnMs?: number;
}

export const SPEEDS: readonly Speed[] = [
  { label: 'one turn a second', turnMs: 1000 },
  { label: 'one turn in 3 s', turnMs: 3000 },
  { label: 'four turns a second', turnMs: 250 },
  { label: 'slow motion: 1/100', factor: 0.01 },
  { label: 'slow motion: 1/10', factor: 0.1 },
  { label: 'real time', factor: 1 },
  { label: 'ten times as fast', factor: 10 },
];

export interface Moment {
  readonly index: number;
  /** How much of its wait is over, from 0 to 1. At 1 the call has returned. */
  readonly progress: number;
}

/** The part of `turnMs` that the wait of the turn gets. */
const WAIT_PART = 0.6;

/** The clock of a run: it receives real time, and returns a moment of the trace. */
export class Player {
  #index = 0;
  /** In ms of the trace; in ms of the reader when each turn takes the same time. */
  #elapsedMs = 0;

  moveTo(index: number): void {
    this.#index = index;
    this.#elapsedMs = 0;
  }

  /** Lets real time pass. The player stops at the last turn. */
  advance(timeline: Timeline, passedMs: number, speed: Speed): Moment {
    const last = timeline.length - 1;
    this.#index = Math.max(this.#index, timeline.first);
    this.#elapsedMs += passedMs * (speed.factor ?? 1);
    while (this.#index < last) {
      const { turnMs } = durations(timeline, this.#index, speed);
      if (this.#elapsedMs < turnMs) break;
      this.#elapsedMs -= turnMs;
      this.#index++;
    }
    const { waitMs } = durations(timeline, this.#index, speed);
    if (this.#index === last) this.#elapsedMs = Math.min(this.#elapsedMs, waitMs);
    return { index: this.#index, progress: waitMs > 0 ? Math.min(this.#elapsedMs / waitMs, 1) : 1 };
  }
}

function durations(timeline: Timeline, index: number, { turnMs }: Speed): { waitMs: number; turnMs: number } {
  if (turnMs !== undefined) return { waitMs: turnMs * WAIT_PART, turnMs };
  const { ms, waitedMs } = timeline.turnAt(index);
  const next = index + 1 < timeline.length ? timeline.turnAt(index + 1).ms : ms + waitedMs;
  return { waitMs: waitedMs, turnMs: Math.max(next - ms, waitedMs, 0.001) };
}
