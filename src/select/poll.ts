import { EINTR, ENOENT } from '../system/errno.ts';
import { POLLIN, POLLOUT, POLLPRI } from '../system/constants/select.ts';
import { KeyError, osError } from '../system/errors.ts';
import { type FileObject, toFd } from '../system/fileobj.ts';
import { type AsyncOptions, awaitOnNodeLoop, type Waiting } from './node-loop.ts';
import { PollTable } from '../system/poll-table.ts';
import { deadlineAfter, pollTimeoutMs, type Timeout, waitAgain } from '../system/timeout.ts';

/** An fd that `Poll.poll` found ready, and the POLL* bits that it is ready for. */
export type PollEvent = [fd: number, revents: number];

/** What the blocking waits take beyond Python's arguments. */
export interface WaitOptions {
  /**
   * Throws `InterruptedError` when a signal interrupts the wait, instead of going on with the time that is left. Best
   * effort: the kernel may give a signal of the process to another of Node's threads, and then this one sleeps on.
   */
  interruptible?: boolean;
}

const DEFAULT_MASK = POLLIN | POLLPRI | POLLOUT;
const USHRT_MAX = 0xffff;
const factory = Symbol('poll()');

/**
 * Python's poll object: fds with the events of interest, and one call that waits for any of them.
 * Made by `poll()`; it owns no fd and needs no closing.
 * @see poll(2); CPython, Modules/selectmodule.c, `pollObject`
 */
export class Poll {
  // Registration order, which is the order of results; replacing a mask keeps the place, as in Python's dict.
  readonly #masks = new Map<number, number>();
  readonly #table = new PollTable();
  #stale = true;
  #waiting = false;

  /** @param maker Known to `poll()` only, as Python's type cannot be called either. */
  constructor(maker: symbol) {
    if (maker !== factory) throw new TypeError("cannot create 'select.poll' instances");
  }

  /**
   * Adds a file object, or replaces the mask of one that is registered.
   * @param fileobj A file descriptor or an object with `fileno()`; a closed fd is taken, and reported as POLLNVAL.
   * @param eventmask POLL* bits, 0 to 65535; POLLERR, POLLHUP and POLLNVAL are reported in any case.
   * @throws {TypeError} Where `fileobj` is no file object or the mask no integer.
   * @throws {RangeError} Where the fd is negative or the mask out of range.
   */
  register(fileobj: FileObject, eventmask: number = DEFAULT_MASK): void {
    checkArity('register', arguments.length, 1, 2);
    const fd = toFd(fileobj);
    this.#masks.set(fd, toMask(eventmask));
    this.#stale = true;
  }

  /**
   * Replaces the mask of a registered file object.
   * @param fileobj A file descriptor or an object with `fileno()`.
   * @param eventmask POLL* bits, 0 to 65535.
   * @throws {FileNotFoundError} ENOENT where it is not registered.
   * @throws {TypeError} Where `fileobj` is no file object or the mask no integer.
   * @throws {RangeError} Where the fd is negative or the mask out of range.
   */
  modify(fileobj: FileObject, eventmask: number): void {
    checkArity('modify', arguments.length, 2, 2);
    const fd = toFd(fileobj);
    const mask = toMask(eventmask);
    if (!this.#masks.has(fd)) throw osError(ENOENT, 'modify', `fd ${fd}`);
    this.#masks.set(fd, mask);
    this.#stale = true;
  }

  /**
   * Removes a file object.
   * @param fileobj A file descriptor or an object with `fileno()`.
   * @throws {KeyError} Where it is not registered; the message is the fd.
   * @throws {TypeError} Where it is no file object.
   * @throws {RangeError} Where the fd is negative: a closed socket must be removed by its number.
   */
  unregister(fileobj: FileObject): void {
    if (arguments.length !== 1) {
      throw new TypeError(`poll.unregister() takes exactly one argument (${arguments.length} given)`);
    }
    const fd = toFd(fileobj);
    if (!this.#masks.delete(fd)) throw new KeyError(String(fd));
    this.#stale = true;
  }

  /**
   * Waits until a registered fd is ready. The thread stands still meanwhile.
   * @param timeoutMs Milliseconds, fractions rounded up; negative, `null` or nothing waits for ever.
   * @param options What Python has not.
   * @returns [fd, revents] of each fd that is ready, in the order of registration; always the number, also where an
   *   object was registered. Empty when the time is up.
   * @throws {TypeError} Where the timeout is no number.
   * @throws {RangeError} Where the timeout is NaN or over 2**31 - 1.
   * @throws {Error} 'concurrent poll() invocation', while a `pollAsync` of this object is under way.
   * @throws {OSError} EINVAL with more fds than RLIMIT_NOFILE. EINTR is retried with the time left, or thrown if
   *   `interruptible`.
   */
  poll(timeoutMs?: Timeout, options?: WaitOptions): PollEvent[] {
    checkArity('poll', arguments.length, 0, 2);
    const wholeMs = pollTimeoutMs(timeoutMs);
    this.#checkIdle();
    this.#refresh();
    const deadlineMs = deadlineAfter(wholeMs);
    let result = this.#table.poll(wholeMs);
    if (result === EINTR) {
      result = waitAgain('poll', deadlineMs, options?.interruptible ?? false, (remainingMs) =>
        this.#table.poll(Math.ceil(remainingMs)),
      );
    }
    if (result < 0) throw osError(result, 'poll');
    return this.#ready(result);
  }

  /**
   * `poll` that leaves Node alive: timers, promises, signals and Node's own I/O go on while it waits. What is registered
   * meanwhile is waited for too.
   * @param timeoutMs As for `poll`.
   * @param options A signal that ends the wait.
   * @returns What `poll` returns, in a later turn of Node's loop.
   * @throws What `poll` throws, and the signal's reason; all as the promise's rejection.
   */
  async pollAsync(timeoutMs?: Timeout, options?: AsyncOptions): Promise<PollEvent[]> {
    checkArity('poll', arguments.length, 0, 2);
    const wholeMs = pollTimeoutMs(timeoutMs);
    this.#checkIdle();
    this.#waiting = true;
    return awaitOnNodeLoop(this.#asWaiting(), wholeMs, options);
  }

  #asWaiting(): Waiting<PollEvent[]> {
    return {
      attempt: (nodeFd, timeoutMs) => this.#attempt(nodeFd, timeoutMs),
      join: (table) => {
        for (const [fd, mask] of this.#masks) table.add(fd, mask);
      },
      nothing: () => [],
      release: () => {
        this.#waiting = false;
      },
    };
  }

  #attempt(nodeFd: number, timeoutMs: number): PollEvent[] | undefined {
    this.#refresh();
    const table = this.#table;
    if (nodeFd >= 0) table.add(nodeFd, POLLIN);
    let result = table.poll(Math.ceil(timeoutMs));
    if (nodeFd >= 0) {
      table.pop();
      if (result > 0 && table.revents(table.length) !== 0) result--;
    }
    if (result < 0 && result !== EINTR) throw osError(result, 'poll');
    return result > 0 ? this.#ready(result) : undefined;
  }

  // Python says so of a second thread; here it is a second wait while `pollAsync` is under way.
  #checkIdle(): void {
    if (this.#waiting) throw new Error('concurrent poll() invocation');
  }

  #refresh(): void {
    if (!this.#stale) return;
    this.#table.clear();
    for (const [fd, mask] of this.#masks) this.#table.add(fd, mask);
    this.#stale = false;
  }

  #ready(count: number): PollEvent[] {
    const ready: PollEvent[] = [];
    for (let index = 0; ready.length < count; index++) {
      const revents = this.#table.revents(index);
      if (revents !== 0) ready.push([this.#table.fd(index), revents]);
    }
    return ready;
  }
}

/**
 * Makes a poll object.
 * @returns An empty one.
 * @throws {TypeError} Where an argument is given.
 * @see poll(2); CPython, Modules/selectmodule.c, `select_poll_impl`
 */
export function poll(): Poll {
  if (arguments.length > 0) {
    throw new TypeError(`select.poll() takes no arguments (${arguments.length} given)`);
  }
  return new Poll(factory);
}

function checkArity(method: string, given: number, least: number, most: number): void {
  if (given >= least && given <= most) return;
  const bound = given < least ? least : most;
  const kind = least === most ? '' : given < least ? 'at least ' : 'at most ';
  const plural = bound === 1 ? '' : 's';
  throw new TypeError(`${method} expected ${kind}${bound} argument${plural}, got ${given}`);
}

// Python's converter to unsigned short (Objects/longobject.c), which takes a bool as 0 or 1.
function toMask(eventmask: unknown): number {
  const isInt = typeof eventmask === 'bigint' || typeof eventmask === 'boolean' || Number.isInteger(eventmask);
  if (!isInt) throw new TypeError('an integer is required');
  // Compared as it is: a comparison of a bigint with a number is exact, its conversion is not.
  const mask = eventmask as number | bigint;
  if (mask < 0) throw new RangeError('value must be positive');
  if (mask >= 2 ** 64) throw new RangeError('Python int too large to convert to C unsigned long');
  if (mask > USHRT_MAX) throw new RangeError('Python int too large for C unsigned short');
  return Number(mask);
}
