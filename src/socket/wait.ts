import { EAGAIN, EINTR } from '../system/errno.ts';
import { osError, TimeoutError } from '../system/errors.ts';
import { INT_MAX } from '../system/integer.ts';
import { PollTable } from '../system/poll-table.ts';
import { deadlineAfter, type Timeout } from '../system/timeout.ts';
import { toSeconds, toTimeoutNs } from './arguments.ts';

const NS_PER_MS = 1e6;

// One table is enough, because each wait blocks the thread.
const table = new PollTable();

let defaultNs = -1;

/**
 * Returns the timeout of new sockets in seconds, or `null` if they block.
 * @see CPython, Modules/socketmodule.c, `socket_getdefaulttimeout`
 */
export function getdefaulttimeout(): number | null {
  return toSeconds(defaultNs);
}

/**
 * Sets the timeout of new sockets in this thread; a worker thread has its own.
 * @param timeoutSeconds Seconds, 0 for non-blocking, `null` for blocking.
 * @throws {RangeError} When the timeout is negative, NaN or over 292 years.
 * @see CPython, Modules/socketmodule.c, `socket_setdefaulttimeout`
 */
export function setdefaulttimeout(timeoutSeconds: Timeout): void {
  defaultNs = toTimeoutNs(timeoutSeconds);
}

/** In nanoseconds; -1 if new sockets block. */
export function defaultTimeoutNs(): number {
  return defaultNs;
}

/** Returns the time of `performance.now()` at which a timeout that starts now is over, or Infinity if it is -1. */
export function deadlineOf(timeoutNs: number): number {
  return deadlineAfter(timeoutNs / NS_PER_MS);
}

/**
 * Waits until an fd is ready, and returns false if the deadline comes first. Signals do not shorten the wait. A
 * negative fd counts as ready, so that the system call after the wait returns EBADF.
 * @see CPython, Modules/socketmodule.c, `internal_select`
 */
export function waitReady(fd: number, eventMask: number, deadlineMs: number): boolean {
  if (fd < 0) return true;
  for (;;) {
    const remainingMs = deadlineMs - performance.now();
    if (remainingMs < 0) return false;
    const timeoutMs = remainingMs === Infinity ? -1 : Math.min(Math.ceil(remainingMs), INT_MAX);
    table.clear();
    table.add(fd, eventMask);
    const result = table.poll(timeoutMs);
    if (result > 0) return true;
    if (result < 0 && result !== EINTR) throw osError(result, 'poll', `fd ${fd}`);
    if (result === 0 && timeoutMs < INT_MAX) return false;
  }
}

/**
 * Makes a call again that a signal has interrupted. On a socket with a timeout (`deadlineMs` is not undefined), waits
 * for the fd before each attempt. Never returns -EINTR, and with a deadline never -EAGAIN.
 * @see CPython, Modules/socketmodule.c, `sock_call_ex`
 */
export function retry(fd: number, eventMask: number, deadlineMs: number | undefined, attempt: () => number): number {
  let result: number;
  do {
    if (deadlineMs !== undefined && !waitReady(fd, eventMask, deadlineMs)) throw timedOut();
    do result = attempt();
    while (result === EINTR);
    // The fd was ready, but another process took the data, or a checksum was wrong. Wait again.
  } while (deadlineMs !== undefined && result === EAGAIN);
  return result;
}

/** Makes the error of a socket whose own timeout is over. As in Python it has no errno. */
export function timedOut(): TimeoutError {
  return new TimeoutError('timed out');
}
