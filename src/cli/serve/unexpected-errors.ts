import { inspect } from 'node:util';

import type { LogAndReports } from './open-log.ts';

const EXIT_CODE = 1;

/**
 * Ends the process after an error that nobody has handled. Node itself would first write the error to standard error, in a call
 * that waits until somebody reads: the process would stay, and no service manager would start another one.
 */
export function endOnUnexpectedError(logAndReports: LogAndReports): void {
  process.once('uncaughtException', (error: unknown) => {
    logAndReports.log('error', 'crash', `unexpected error: ${inspect(error)}`);
    void logAndReports.lastLinesWritten().then(() => process.exit(EXIT_CODE));
  });
}
