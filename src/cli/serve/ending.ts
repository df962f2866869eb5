// The end of the process of `tripoll serve`, after the end of its loop.
import { setTimeout } from 'node:timers/promises';

import { INT_MAX } from '../../system/integer.ts';
import type { LogAndReports } from './open-log.ts';
import type { MessageOutput } from './output/message-output.ts';

/** npm may still be about to forward a signal. */
export const FORWARDED_SIGNAL_MS = 100;
// The time for writes that are under way in the thread pool when the process has to end.
const LAST_WRITE_MS = 100;

/**
 * Waits until all output is written. When the rest of the drain time is over, the process ends with exit code 1, or with the
 * present exit code when only the log is not written yet.
 */
export async function writeRest(
  output: MessageOutput | undefined,
  logAndReports: LogAndReports,
  drainSeconds: number,
  drainStartMs: number,
): Promise<void> {
  let isWritten = false;
  const end = async (): Promise<void> => {
    if (!isWritten && output !== undefined) {
      logAndReports.log('error', 'output', output.lossText);
      process.exitCode = 1;
    }
    await logAndReports.lastLinesWritten();
    await endProcess(output);
  };
  globalThis.setTimeout(() => void end(), remainingDrainMs(drainSeconds, drainStartMs)).unref();
  await output?.written();
  isWritten = true;
}

/** Ends the process at once, also when a disk does not answer: exit(3) would wait for the thread pool for ever. */
export async function endProcess(output: MessageOutput | undefined): Promise<void> {
  if (output?.isInThreadPool) await setTimeout(LAST_WRITE_MS);
  if (output?.isInThreadPool) process.kill(process.pid, 'SIGKILL');
  process.exit();
}

// Returns at least FORWARDED_SIGNAL_MS, so that a slow reader can still read, and at most the longest time of a Node timer.
function remainingDrainMs(drainSeconds: number, startMs: number): number {
  const remainingMs = (drainSeconds || Infinity) * 1e3 - (performance.now() - startMs);
  return Math.min(Math.max(remainingMs, FORWARDED_SIGNAL_MS), INT_MAX);
}
