import type { Log } from './log.ts';

/** Sends Node's warnings to the log. Node itself writes them to standard error in a call that waits until somebody reads. */
export function logWarnings(log: Log): void {
  process.removeAllListeners('warning').on('warning', ({ name, message }) => {
    log('warn', 'warning', `${name}: ${message}`);
  });
}
