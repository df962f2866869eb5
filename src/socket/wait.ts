import { INT_MAX } from '../system/integer.ts';
import { EAGAIN, EINTR } from '../system/errno.ts';
import { osError, TimeoutError } from '../system/errors.ts';
import { PollTable } from '../system/poll-table.ts';
import { deadlineAfter, type Timeout } from '../system/timeout.ts';
import { toSeconds, toTimeoutNs } from './arguments.ts';

const NS_PER_MS = 1e6;

// Used by one wait at a time, since each blocks.
const table = new PollTable();

let defaultNs = -1;

/**
 * The timeout that new sockets start with.
 * @returns Seconds, or `null` where they block.
 */
export function getdefaulttimeout(): number | null {
  return toSeconds(defaultNs);
}

/**
 * Sets the timeout that new sockets start with, in this thread's copy of the module.
 * @param timeoutSeconds Seconds, 0 for non-blocking, `null` for blocking.
 * @throws {TypeError} Where it is no number.
 * @throws {RangeError} Where it is negative, NaN or over 292 years.
 */
export function setdefaulttimeout(timeoutSeconds: Timeout): void {
  defaultNs = toTimeoutNs(timeoutSeconds);
}

/**
 * The same as `getdefaulttimeout`, as sockets keep it.
 * @returns Nanoseconds, or -1 where they block.
 */
export function defaultTimeoutNs(): number {
  return defaultNs;
}

/**
 * The moment at which a socket's call has to be done.
 * @param timeoutNs The socket's timeout in nanoseconds; -1 for ever.
 * @returns A time of `performance.now()`, or Infinity.
 */
export function deadlineOf(timeoutNs: number): number {
  return deadlineAfter(timeoutNs / NS_PER_MS);
}

/**
 * Waits until an fd is ready; a signal does not shorten the wait.
 * @param fd An fd; a negative one is ready, so that the call that follows can say EBADF.
 * @param eventMask POLL* bits.
 * @param deadlineMs When to give up, a time of `performance.now()`, or Infinity.
 * @returns Whether it is ready; false when the time is up.
 * @throws {OSError} Where poll(2) fails.
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
 * Makes a call again that a signal interrupted; on a socket with a timeout, waits for the fd before each attempt.
 * @param fd The socket's fd.
 * @param eventMask What the call waits for: POLLIN or POLLOUT.
 * @param deadlineMs When to give up, or `undefined` for a socket that blocks or never waits.
 * @param attempt Makes the call.
 * @returns The call's result: not -EINTR, and with a deadline not -EAGAIN.
 * @throws {TimeoutError} When the time is up.
 * @throws {OSError} Where poll(2) fails.
 * @see CPython, Modules/socketmodule.c, `sock_call_ex`
 */
export function retry(fd: number, eventMask: number, deadlineMs: number | undefined, attempt: () => number): number {
  let result: number;
  do {
    if (deadlineMs !== undefined && !waitReady(fd, eventMask, deadlineMs)) throw timedOut();
    do result = attempt();
    while (result === EINTR);
    // Ready and yet nothing there: another process took it, or a checksum was wrong. Round again.
  } while (deadlineMs !== undefined && result === EAGAIN);
  return result;
}

/**
 * The error of a socket whose own timeout is over.
 * @returns The error, not thrown; it has no errno, as in Python.
 */
export function timedOut(): TimeoutError {
  return new TimeoutError('timed out');
}
