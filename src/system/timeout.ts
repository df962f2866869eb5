import { INT_MAX } from './integer.ts';
import { EINTR } from './errno.ts';
import { osError } from './errors.ts';

const NS_PER_SECOND = 1e9;
const NS_PER_MS = 1e6;
const NS_PER_US = 1e3;
// CPython's _PyTime_t is a signed 64-bit count of nanoseconds.
const TIME_LIMIT = 2 ** 63;

/** What a timeout may be; `null` and `undefined` are Python's None. */
export type Timeout = number | null | undefined;

/**
 * The timeout of `select`.
 * @param timeoutSeconds Seconds, 0 or more, rounded up to the microsecond; `null` or `undefined` waits for ever.
 * @returns Whole microseconds, or -1 to wait for ever.
 * @throws {TypeError} Where it is no number.
 * @throws {RangeError} Where it is negative, NaN or over 292 years.
 * @see CPython, Modules/selectmodule.c, `select_select_impl`
 */
export function selectTimeoutUs(timeoutSeconds: Timeout): number {
  if (timeoutSeconds === undefined || timeoutSeconds === null) return -1;
  const ns = nanoseconds(timeoutSeconds, NS_PER_SECOND, 'timeout must be a float or None');
  if (ns < 0) throw new RangeError('timeout must be non-negative');
  return Math.ceil(ns / NS_PER_US);
}

/**
 * The timeout of `Poll.poll`.
 * @param timeoutMs Milliseconds, rounded up; negative, `null` or `undefined` waits for ever.
 * @returns Whole milliseconds, 0 to 2**31 - 1, or -1 to wait for ever.
 * @throws {TypeError} Where it is no number.
 * @throws {RangeError} Where it is NaN or over 2**31 - 1 milliseconds.
 * @see CPython, Modules/selectmodule.c, `select_poll_poll_impl`
 */
export function pollTimeoutMs(timeoutMs: Timeout): number {
  return wholeMs(timeoutMs, NS_PER_MS);
}

/**
 * The timeout of `Epoll.poll`.
 * @param timeoutSeconds Seconds, rounded up to the millisecond; negative, `null` or `undefined` waits for ever.
 * @returns Whole milliseconds, 0 to 2**31 - 1, or -1 to wait for ever.
 * @throws {TypeError} Where it is no number.
 * @throws {RangeError} Where it is NaN or over 2147483.647 seconds.
 * @see CPython, Modules/selectmodule.c, `select_epoll_poll_impl`
 */
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
 * A timeout in nanoseconds, with Python's type and range checks.
 * @param timeout The timeout. Booleans are 0 and 1 and bigints are taken, as Python takes bool and int.
 * @param nsPerUnit Nanoseconds in one unit of `timeout`.
 * @param typeMessage CPython's sentence for a wrong type, which differs from call to call.
 * @returns Whole nanoseconds, rounded away from zero, |ns| < 2**63.
 * @throws {TypeError} Where it is no number.
 * @throws {RangeError} For NaN, or where 64 bits do not hold it.
 * @see CPython, Python/pytime.c, `_PyTime_FromObject`
 */
export function nanoseconds(timeout: unknown, nsPerUnit: number, typeMessage: string): number {
  if (typeof timeout !== 'number' && typeof timeout !== 'bigint' && typeof timeout !== 'boolean') {
    throw new TypeError(typeMessage);
  }
  const value = Number(timeout);
  if (Number.isNaN(value)) throw new RangeError('Invalid value NaN (not a number)');
  const ns = awayFromZero(value * nsPerUnit);
  if (ns >= TIME_LIMIT || ns < -TIME_LIMIT) {
    // JavaScript has one number type: what it holds exactly is Python's int, the rest its float.
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

/**
 * The moment at which a wait ends.
 * @param timeoutMs Milliseconds from now; negative waits for ever.
 * @returns A time of `performance.now()`, CLOCK_MONOTONIC in milliseconds; Infinity for ever.
 */
export function deadlineAfter(timeoutMs: number): number {
  if (timeoutMs < 0) return Infinity;
  // A poll does not wait, so it needs no look at the clock: any moment in the past will do.
  return timeoutMs === 0 ? 0 : performance.now() + timeoutMs;
}

/**
 * Goes on with a wait that a signal has interrupted, with the time that is left (PEP 475). No JavaScript signal
 * handler can run here; they run when the caller has returned to Node.
 * @param syscall The call's C name, for the error.
 * @param deadlineMs When the wait ends, from `deadlineAfter`.
 * @param interruptible Whether to throw instead.
 * @param wait Makes the call once more, with the milliseconds that are left or -1 for ever.
 * @returns What the call returned, 0 where the time is up; never -EINTR.
 * @throws {InterruptedError} EINTR, where `interruptible`.
 * @see CPython, Modules/selectmodule.c, the loops on EINTR
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
