import { callSeconds } from './measure.ts';
import { connectionsOf, type Run } from './plan.ts';
import { type Window, windowOf } from './window.ts';

// Measured on 2 cores: to start a server and end it; to connect; to let memory settle twice.
const START_AND_END_SECONDS = 0.3;
const CONNECT_SECONDS = 40e-6;
const SETTLE_SECONDS = 1.5;

/** How long a run takes, about. */
export function estimateSeconds({ cell, program }: Pick<Run, 'cell' | 'program'>, window: Window): number {
  const { warmup, seconds } = windowOf(cell, program.driver, window);
  const around = START_AND_END_SECONDS + connectionsOf(cell) * CONNECT_SECONDS;
  const measured = { load: warmup + seconds, memory: SETTLE_SECONDS, call: callSeconds(window) };
  return around + measured[cell.kind];
}
