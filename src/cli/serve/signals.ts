import { constants } from 'node:os';

export interface SignalActions {
  /** The first SIGTERM or SIGINT. */
  readonly drain: (signal: NodeJS.Signals) => void;
  /** A second SIGTERM or SIGINT. */
  readonly endNow: (exitCode: number) => void;
  /** SIGUSR2. */
  readonly status: () => void;
  /** SIGHUP. Without it, SIGHUP ends the process, as it does when a terminal is closed. */
  readonly reopen?: (() => void) | undefined;
}

// Under `npm start`, Ctrl-C arrives twice: from the terminal and from npm.
const SAME_SIGNAL_MS = 300;

/** Installs the signal handlers, for the rest of the process. */
export function handleSignals(actions: SignalActions): void {
  let firstMs: number | undefined;
  const end = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    if (firstMs === undefined) {
      firstMs = nowMs;
      actions.drain(signal);
    } else if (nowMs - firstMs > SAME_SIGNAL_MS) {
      actions.endNow(128 + constants.signals[signal]);
    }
  };
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGUSR2', actions.status);
  if (actions.reopen !== undefined) process.on('SIGHUP', actions.reopen);
}
