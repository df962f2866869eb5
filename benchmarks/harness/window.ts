import type { Cell, Driver } from './results.ts';

/** How long one run warms up and measures, in seconds. */
export interface Window {
  readonly warmup: number;
  readonly seconds: number;
}

// Fills the caches and the sockets' buffers.
const SHORT_WARMUP = 0.25;

/** The window of a run: only a driver whose code is compiled while it runs needs all of the warm-up. */
export function windowOf({ stretch = 1 }: Cell, { justInTime }: Driver, { warmup, seconds }: Window): Window {
  return { warmup: justInTime ? warmup * stretch : Math.min(warmup, SHORT_WARMUP), seconds: seconds * stretch };
}
