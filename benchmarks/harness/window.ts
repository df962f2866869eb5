import { connectionsOf, type Run } from './plan.ts';
import type { Cell, Driver } from './results.ts';

/** How long one run warms up and measures. */
export interface Window {
  readonly warmup: number;
  readonly seconds: number;
}

// Long enough to fill the caches and the buffers of the sockets.
const SHORT_WARMUP_SECONDS = 0.25;
// A call is measured in batches of 10 ms, so more time would add little.
const MAX_CALL_SECONDS = 0.3;
// Measured on 2 cores: the time to start and end a server, to connect one client, and to let the memory settle twice.
const START_AND_END_SECONDS = 0.3;
const CONNECT_SECONDS = 40e-6;
const SETTLE_SECONDS = 1.5;

/** The window of a run. Only a driver whose code is compiled while it runs needs the whole warm-up. */
export function windowOf(
  { stretch = 1, warmupStretch = stretch }: Cell,
  { justInTime }: Driver,
  { warmup, seconds }: Window,
): Window {
  return {
    warmup: justInTime ? warmup * warmupStretch : Math.min(warmup, SHORT_WARMUP_SECONDS),
    seconds: seconds * stretch,
  };
}

/** How long a `call` cell is measured. */
export function callSeconds({ seconds }: Window): number {
  return Math.min(seconds, MAX_CALL_SECONDS);
}

/** About how long a run takes. */
export function estimateSeconds({ cell, program }: Pick<Run, 'cell' | 'program'>, window: Window): number {
  const { warmup, seconds } = windowOf(cell, program.driver, window);
  const overhead = START_AND_END_SECONDS + connectionsOf(cell) * CONNECT_SECONDS;
  const measured = { load: warmup + seconds, memory: SETTLE_SECONDS, call: callSeconds(window) };
  return overhead + measured[cell.kind];
}
