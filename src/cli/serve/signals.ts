import { constants } from 'node:os';

/** What signals do. */
export interface Actions {
  /** The first SIGTERM or SIGINT. */
  readonly drain: (signal: NodeJS.Signals) => void;
  /** The second one, with the exit code that says so. */
  readonly endNow: (exitCode: number) => void;
  /** SIGUSR2. */
  readonly status: () => void;
  /** SIGHUP; where it is left out, SIGHUP ends the process, as it does when a terminal is closed. */
  readonly reopen?: (() => void) | undefined;
}

// Under `npm start` Ctrl-C comes twice, from the terminal and forwarded by npm.
const SAME_SIGNAL_MS = 300;

/**
 * Has signals do something, until the process ends.
 * @param actions What they do.
 */
export function onSignals(actions: Actions): void {
  let firstMs: number | undefined;
  const end = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    if (firstMs === undefined) {
      firstMs = nowMs;
      actions.drain(signal);
    } else if (nowMs - firstMs > SAME_SIGNAL_MS) actions.endNow(128 + constants.signals[signal]);
  };
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGUSR2', actions.status);
  if (actions.reopen !== undefined) process.on('SIGHUP', actions.reopen);
}
