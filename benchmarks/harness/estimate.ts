import type { Window } from './load.ts';
import { callSeconds } from './measure.ts';
import { connectionsOf } from './plan.ts';
import type { Cell } from './results.ts';

// Measured on 2 cores: to start a server and end it; to connect; to let memory settle twice.
const START_AND_END_SECONDS = 0.3;
const CONNECT_SECONDS = 40e-6;
const SETTLE_SECONDS = 1.5;

/** How long a run takes, about. */
export function estimateSeconds(cell: Cell, { warmup, seconds }: Window): number {
  const around = START_AND_END_SECONDS + connectionsOf(cell) * CONNECT_SECONDS;
  const measured = { load: warmup + seconds, memory: SETTLE_SECONDS, call: callSeconds({ warmup, seconds }) };
  return around + measured[cell.kind];
}

/** A duration in words: '35 s', '4 min'. */
export function durationText(seconds: number): string {
  return seconds < 100 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
