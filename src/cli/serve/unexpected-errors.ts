import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';

import type { Log } from './log.ts';

const EXIT_CODE = 1;
// The time for the log to be written.
const LAST_WRITE_MS = 100;

/**
 * Ends the process after an error that nobody has handled. Node itself would first write the error to standard error, in a call
 * that waits until somebody reads: the process would stay, and no service manager would start another one.
 */
export function endOnUnexpectedError(log: Log, written: () => Promise<void>): void {
  process.once('uncaughtException', (error: unknown) => {
    log('error', 'crash', `unexpected error: ${inspect(error)}`);
    void Promise.race([written(), setTimeout(LAST_WRITE_MS)]).then(() => process.exit(EXIT_CODE));
  });
}
