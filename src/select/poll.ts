import { checkPositionalCount } from '../system/arity.ts';
import { EINTR, ENOENT } from '../system/errno.ts';
import { POLLIN, POLLOUT, POLLPRI } from '../system/constants/select.ts';
import { KeyError, osError } from '../system/errors.ts';
import { type FileObject, toFd } from '../system/fileobj.ts';
import { isInteger } from '../system/integer.ts';
import { type AsyncOptions, awaitOnNodeLoop, type WaitOperation } from './node-loop.ts';
import { PollTable } from '../system/poll-table.ts';
import { deadlineAfter, pollTimeoutMs, type Timeout, waitAgain } from '../system/timeout.ts';

/** An fd that `Poll.poll` found ready, and the POLL* bits that it is ready for. */
export type PollEvent = [fd: number, revents: number];

/** Options of the blocking waits that Python does not have. */
export interface WaitOptions {
  /**
   * Throws `InterruptedError` when a signal interrupts the wait; without it, the wait continues with the remaining
   * time. Best effort: the kernel may deliver a signal of the process to another of Node's threads, and then the wait
   * goes on.
   */
  interruptible?: boolean;
}

const DEFAULT_MASK = POLLIN | POLLPRI | POLLOUT;
const USHRT_MAX = 0xffff;
const factory = Symbol('poll()');

/**
 * Python's poll object: fds with the events to wait for, and a call that waits for any of them. `poll()` makes it. It
 * owns no fd, so it needs no `close`. An argument of the wrong type throws a TypeError. A negative fd, and a mask or a
 * timeout out of its range, throw a RangeError.
 * @see poll(2); CPython, Modules/selectmodule.c, `pollObject`
 */
export class Poll {
  // In the order of registration, which is the order of results. A new mask keeps the place, as in Python's dict.
  readonly #masks = new Map<number, number>();
  readonly #table = new PollTable();
  #tableIsStale = true;
  #isAwaited = false;

  /** @param maker A secret of `poll()`: Python's type cannot be called, either. */
  constructor(maker: symbol) {
    if (maker !== factory) throw new TypeError("cannot create 'select.poll' instances");
  }

  /**
   * Adds a file object, or replaces the mask of one that is registered.
   * @param fileobj A file descriptor or an object with `fileno()`. A closed fd is accepted, and reported as POLLNVAL.
   * @param eventmask POLL* bits, 0 to 65535. POLLERR, POLLHUP and POLLNVAL are always reported.
   */
  register(fileobj: FileObject, eventmask: number = DEFAULT_MASK): void {
    checkPositionalCount('register', arguments.length, 1, 2);
    const fd = toFd(fileobj);
    this.#masks.set(fd, toMask(eventmask));
    this.#tableIsStale = true;
  }

  /**
   * Replaces the mask of a registered file object.
   * @param fileobj A file descriptor or an object with `fileno()`.
   * @param eventmask POLL* bits, 0 to 65535.
   * @throws {FileNotFoundError} ENOENT when the file object is not registered.
   */
  modify(fileobj: FileObject, eventmask: number): void {
    checkPositionalCount('modify', arguments.length, 2, 2);
    const fd = toFd(fileobj);
    const mask = toMask(eventmask);
    if (!this.#masks.has(fd)) throw osError(ENOENT, 'modify', `fd ${fd}`);
    this.#masks.set(fd, mask);
    this.#tableIsStale = true;
  }

  /**
   * Removes a file object. A closed socket has the fd -1: remove it by the number that it had.
   * @param fileobj A file descriptor or an object with `fileno()`.
   * @throws {KeyError} When the file object is not registered; the message is the fd.
   */
  unregister(fileobj: FileObject): void {
    if (arguments.length !== 1) {
      throw new TypeError(`poll.unregister() takes exactly one argument (${arguments.length} given)`);
    }
    const fd = toFd(fileobj);
    if (!this.#masks.delete(fd)) throw new KeyError(String(fd));
    this.#tableIsStale = true;
  }

  /**
   * Waits until a registered fd is ready. It blocks the thread.
   * @param timeoutMs Milliseconds up to 2**31 - 1, rounded up to a whole number; negative, `null` or no value waits for
   *   ever.
   * @param options Options that Python does not have.
   * @returns [fd, revents] of each ready fd, in the order of registration; the fd is a number even when an object was
   *   registered. Empty when the time is up.
   * @throws {Error} 'concurrent poll() invocation' while a `pollAsync` of this object is running.
   * @throws {OSError} EINVAL when there are more fds than RLIMIT_NOFILE. After a signal the wait continues with the
   *   remaining time; with `interruptible` it throws EINTR.
   */
  poll(timeoutMs?: Timeout, options?: WaitOptions): PollEvent[] {
    checkPositionalCount('poll', arguments.length, 0, 2);
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
   * Waits as `poll` does, while Node goes on running: timers, promises, signals and Node's own I/O. An fd that is
   * registered during the wait is waited for, too.
   * @param timeoutMs As for `poll`.
   * @param options A signal that ends the wait.
   * @returns The result of `poll`, in a later turn of Node's loop.
   * @throws As `poll`, and the signal's reason; always as a rejection of the promise.
   */
  async pollAsync(timeoutMs?: Timeout, options?: AsyncOptions): Promise<PollEvent[]> {
    checkPositionalCount('poll', arguments.length, 0, 2);
    const wholeMs = pollTimeoutMs(timeoutMs);
    this.#checkIdle();
    this.#isAwaited = true;
    return awaitOnNodeLoop(this.#asOperation(), wholeMs, options);
  }

  #asOperation(): WaitOperation<PollEvent[]> {
    return {
      waitOnce: (nodeFd, timeoutMs) => this.#waitOnce(nodeFd, timeoutMs),
      addInterest: (table) => {
        for (const [fd, mask] of this.#masks) table.add(fd, mask);
      },
      emptyResult: () => [],
      release: () => {
        this.#isAwaited = false;
      },
    };
  }

  #waitOnce(nodeFd: number, timeoutMs: number): PollEvent[] | undefined {
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

  // In Python a second thread gets this error; here a second wait gets it while a `pollAsync` is running.
  #checkIdle(): void {
    if (this.#isAwaited) throw new Error('concurrent poll() invocation');
  }

  #refresh(): void {
    if (!this.#tableIsStale) return;
    this.#table.clear();
    for (const [fd, mask] of this.#masks) this.#table.add(fd, mask);
    this.#tableIsStale = false;
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
 * @returns A poll object without registered fds.
 * @see poll(2); CPython, Modules/selectmodule.c, `select_poll_impl`
 */
export function poll(): Poll {
  if (arguments.length > 0) {
    throw new TypeError(`select.poll() takes no arguments (${arguments.length} given)`);
  }
  return new Poll(factory);
}

// Python's converter to unsigned short (Objects/longobject.c); a bool counts as 0 or 1.
function toMask(eventmask: unknown): number {
  if (!isInteger(eventmask)) throw new TypeError('an integer is required');
  // A comparison of a bigint with a number is exact; its conversion to a number is not.
  const mask = eventmask as number | bigint;
  if (mask < 0) throw new RangeError('value must be positive');
  if (mask >= 2 ** 64) throw new RangeError('Python int too large to convert to C unsigned long');
  if (mask > USHRT_MAX) throw new RangeError('Python int too large for C unsigned short');
  return Number(mask);
}
