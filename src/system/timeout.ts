import { EINTR } from './errno.ts';
import { osError } from './errors.ts';
import { INT_MAX } from './integer.ts';

const NS_PER_SECOND = 1e9;
const NS_PER_MS = 1e6;
const NS_PER_US = 1e3;
// CPython's _PyTime_t is a signed 64-bit number of nanoseconds.
const TIME_LIMIT = 2 ** 63;

/** A timeout; `null` and `undefined` are Python's None. */
export type Timeout = number | null | undefined;

/**
 * The timeout of `select` in whole microseconds, -1 for ever: CPython, Modules/selectmodule.c, `select_select_impl`.
 */
export function selectTimeoutUs(timeoutSeconds: Timeout): number {
  if (timeoutSeconds === undefined || timeoutSeconds === null) return -1;
  const ns = nanoseconds(timeoutSeconds, NS_PER_SECOND, 'timeout must be a float or None');
  if (ns < 0) throw new RangeError('timeout must be non-negative');
  return Math.ceil(ns / NS_PER_US);
}

/** The timeout of `Poll.poll` in whole milliseconds, -1 for ever: CPython, `select_poll_poll_impl`. */
export function pollTimeoutMs(timeoutMs: Timeout): number {
  return wholeMs(timeoutMs, NS_PER_MS);
}

/** The timeout of `Epoll.poll` in whole milliseconds, -1 for ever: CPython, `select_epoll_poll_impl`. */
export function epollTimeoutMs(timeoutSeconds: Timeout): number {
  return wholeMs(timeoutSeconds, NS_PER_SECOND);
}

function wholeMs(timeout: Timeout, nsPerUnit: number): number {
  if (timeout === undefined || timeout === null) return -1;
  const ns = nanoseconds(timeout, nsPerUnit, 'timeout must be an integer or None');
  const ms = awayFromZero(ns / NS_PER_MS);
  if (ms > INT_MAX || ms < -INT_MAX - 1) throw new RangeError('timeout is too large');
  return ms < 0 ? -1 : ms;
}

/**
 * Converts a timeout to whole nanoseconds, rounded away from zero, with the checks of CPython, Python/pytime.c,
 * `_PyTime_FromObject`. `typeMessage` is CPython's message for a wrong type, which differs from call to call.
 */
export function nanoseconds(timeout: unknown, nsPerUnit: number, typeMessage: string): number {
  if (typeof timeout !== 'number' && typeof timeout !== 'bigint' && typeof timeout !== 'boolean') {
    throw new TypeError(typeMessage);
  }
  const value = Number(timeout);
  if (Number.isNaN(value)) throw new RangeError('Invalid value NaN (not a number)');
  const ns = awayFromZero(value * nsPerUnit);
  if (ns >= TIME_LIMIT || ns < -TIME_LIMIT) {
    // JavaScript has one number type: a safe integer counts as Python's int, any other number as its float.
    const isInt = typeof timeout === 'bigint' || Number.isSafeInteger(value);
    throw new RangeError(
      isInt ? 'timestamp too large to convert to C _PyTime_t' : 'timestamp out of range for platform time_t',
    );
  }
  return ns;
}

function awayFromZero(value: number): number {
  return value < 0 ? Math.floor(value) : Math.ceil(value);
}

/** When a wait ends, on the clock of `performance.now()`; Infinity for a negative timeout, which waits for ever. */
export function deadlineAfter(timeoutMs: number): number {
  if (timeoutMs < 0) return Infinity;
  // A timeout of 0 needs no look at the clock: any moment in the past will do.
  return timeoutMs === 0 ? 0 : performance.now() + timeoutMs;
}

/**
 * Continues a wait that a signal has interrupted, with the remaining time (PEP 475). No JavaScript signal handler can
 * run here; the handlers run when the caller has returned to Node. `wait` makes the call again; -1 waits for ever.
 * Returns the result of the call, or 0 when the time is up; never -EINTR.
 */
export function waitAgain(
  syscall: string,
  deadlineMs: number,
  interruptible: boolean,
  wait: (remainingMs: number) => number,
): number {
  if (interruptible) throw osError(EINTR, syscall);
  for (;;) {
    const remainingMs = deadlineMs - performance.now();
    if (remainingMs < 0) return 0;
    const result = wait(remainingMs === Infinity ? -1 : remainingMs);
    if (result !== EINTR) return result;
  }
}
