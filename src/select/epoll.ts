import { checkKeywordCount } from '../system/arity.ts';
import { EINTR, EINVAL } from '../system/errno.ts';
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, FD_SETSIZE } from '../system/constants/fd.ts';
import { OFFSETOF_EPOLL_DATA, SIZEOF_EPOLL_EVENT } from '../system/constants/layout.ts';
import { EPOLL_CLOEXEC, EPOLLIN, EPOLLOUT, EPOLLPRI, POLLIN } from '../system/constants/select.ts';
import { OSError, osError } from '../system/errors.ts';
import { type FileObject, toFd } from '../system/fileobj.ts';
import { INT_MAX, toInteger, toUint32 } from '../system/integer.ts';
import { native } from '../system/native.ts';
import { type AsyncOptions, awaitOnNodeLoop, type WaitOperation } from './node-loop.ts';
import type { WaitOptions } from './poll.ts';
import { PollTable } from '../system/poll-table.ts';
import * as sys from '../system/calls.ts';
import { deadlineAfter, epollTimeoutMs, type Timeout, waitAgain } from '../system/timeout.ts';

/** An fd that `Epoll.poll` found ready, and the EPOLL* bits that it is ready for, as a number up to 2**32 - 1. */
export type EpollEvent = [fd: number, events: number];

const DEFAULT_MASK = EPOLLIN | EPOLLPRI | EPOLLOUT;
const WORDS_PER_EVENT = SIZEOF_EPOLL_EVENT / 4;
const DATA_WORD = OFFSETOF_EPOLL_DATA / 4;
// The kernel's limit for maxevents: fs/eventpoll.c.
const EP_MAX_EVENTS = Math.floor(INT_MAX / SIZEOF_EPOLL_EVENT);
const adopt = Symbol('fromfd()');

/**
 * Python's epoll object: an interest list in the kernel, and a call that waits for any fd of the list. It owns an fd:
 * close it, or declare it with `using`. An argument of the wrong type throws a TypeError. A negative fd, a number out of
 * its range, and every method but `close` when the epoll is closed, throw a RangeError.
 * @see epoll(7); CPython, Modules/selectmodule.c, `pyEpoll_Object`
 */
export class Epoll {
  #epfd: number;
  // struct epoll_event[]; it is kept and grows, so that a wait allocates only its result.
  #events = new Uint32Array(0);
  // For a wait together with Node's fd: the epoll's fd and Node's.
  readonly #table = new PollTable();

  /**
   * @param sizehint Ignored, as the kernel ignores it since 2.6.8; positive, or -1.
   * @param flags 0 or EPOLL_CLOEXEC; the fd is always close-on-exec.
   * @throws {OSError} 'invalid flags', without an errno; EMFILE, ENFILE or ENOMEM.
   */
  constructor(sizehint = -1, flags = 0) {
    if ((sizehint as unknown) === adopt) {
      this.#epfd = flags;
      native.adoptFd(flags);
      return;
    }
    const hint = toInt(sizehint);
    const bits = toInt(flags);
    if (hint !== -1 && hint <= 0) throw new RangeError('negative sizehint');
    if (bits !== 0 && bits !== EPOLL_CLOEXEC) throw new OSError('invalid flags');
    this.#epfd = sys.epollCreate1(EPOLL_CLOEXEC);
    if (this.#epfd < 0) throw osError(this.#epfd, 'epoll_create1');
  }

  /**
   * Makes an epoll object that owns an existing epoll fd. It does not check that the fd is an epoll.
   * @param fd The fd; -1 makes a new epoll, as in Python.
   * @returns An epoll object, whose `close` closes the fd.
   */
  static fromfd(fd: number): Epoll {
    const epfd = toInt(fd);
    if (epfd < -1) throw new RangeError(`file descriptor cannot be a negative integer (${epfd})`);
    return epfd === -1 ? new Epoll() : new Epoll(adopt as never, epfd);
  }

  /** Whether `close` has been called. */
  get closed(): boolean {
    return this.#epfd < 0;
  }

  /** Returns the epoll's own fd. It is readable while a registered fd is ready, so an epoll can contain another. */
  fileno(): number {
    return this.#open();
  }

  /** Closes the epoll. A second call does nothing. An error of close(2) is ignored, as in Python. */
  close(): void {
    if (this.#epfd < 0) return;
    const epfd = this.#epfd;
    this.#epfd = -1;
    sys.close(epfd);
  }

  /** `using` closes the epoll at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Adds a file object.
   * @param fileobj A file descriptor or an object with `fileno()`.
   * @param eventmask EPOLL* bits; only the lower 32 bits count.
   * @throws {FileExistsError} EEXIST when the file object is registered already.
   * @throws {PermissionError} EPERM for a file that is always ready: a regular file, a directory, /dev/null.
   * @throws {OSError} EBADF for a closed fd; EINVAL for the epoll itself or for bits that exclude each other; ELOOP.
   */
  register(fileobj: FileObject, eventmask: number = DEFAULT_MASK): void {
    checkKeywordCount('register', arguments.length, ['fd'], 2);
    const fd = toFd(fileobj);
    this.#control(EPOLL_CTL_ADD, 'add', fd, toUint32(eventmask));
  }

  /**
   * Replaces the mask of a registered file object.
   * @param fileobj A file descriptor or an object with `fileno()`.
   * @param eventmask EPOLL* bits; only the lower 32 bits count.
   * @throws {FileNotFoundError} ENOENT when the file object is not registered.
   * @throws {OSError} EBADF for a closed fd; EINVAL for an fd that was registered with EPOLLEXCLUSIVE.
   */
  modify(fileobj: FileObject, eventmask: number): void {
    checkKeywordCount('modify', arguments.length, ['fd', 'eventmask'], 2);
    const fd = toFd(fileobj);
    this.#control(EPOLL_CTL_MOD, 'mod', fd, toUint32(eventmask));
  }

  /**
   * Removes a file object. Remove it before you close its fd: while a duplicate of the fd is open, the epoll still
   * reports events of the closed one.
   * @param fileobj A file descriptor or an object with `fileno()`.
   * @throws {FileNotFoundError} ENOENT when the file object is not registered.
   * @throws {OSError} EBADF for a closed fd.
   */
  unregister(fileobj: FileObject): void {
    checkKeywordCount('unregister', arguments.length, ['fd'], 1);
    this.#control(EPOLL_CTL_DEL, 'del', toFd(fileobj), 0);
  }

  /**
   * Waits until a registered fd is ready. It blocks the thread.
   * @param timeoutSeconds Seconds, up to 2147483.647, rounded up to whole milliseconds; negative, `null` or no value
   *   waits for ever.
   * @param maxevents The maximum number of events in one result, 1 or more; -1 is 1023. The kernel takes turns: the
   *   next calls report the other fds.
   * @param options Options that Python does not have.
   * @returns [fd, events] of each ready fd; empty when the time is up.
   * @throws {OSError} EINVAL when maxevents is above 178956970 or the fd is no epoll; EBADF when other code has closed
   *   the fd. After a signal the wait continues with the remaining time; with `interruptible` it throws EINTR.
   */
  poll(timeoutSeconds?: Timeout, maxevents = -1, options?: WaitOptions): EpollEvent[] {
    checkKeywordCount('poll', arguments.length, [], 3);
    const max = toInt(maxevents);
    const epfd = this.#open();
    const wholeMs = epollTimeoutMs(timeoutSeconds);
    const limit = this.#makeRoom(max);
    const deadlineMs = deadlineAfter(wholeMs);
    let result = sys.epollWait(epfd, this.#events, limit, wholeMs);
    if (result === EINTR) {
      result = waitAgain('epoll_wait', deadlineMs, options?.interruptible ?? false, (remainingMs) =>
        sys.epollWait(epfd, this.#events, limit, Math.ceil(remainingMs)),
      );
    }
    if (result < 0) throw osError(result, 'epoll_wait');
    return this.#ready(result);
  }

  /**
   * Waits as `poll` does, while Node goes on running: timers, promises, signals and Node's own I/O. An fd that is
   * registered during the wait is waited for, too.
   * @param timeoutSeconds As for `poll`.
   * @param maxevents As for `poll`.
   * @param options A signal that ends the wait.
   * @returns The result of `poll`, in a later turn of Node's loop.
   * @throws As `poll`, also when the epoll is closed during the wait, and the signal's reason; always as a rejection of
   *   the promise.
   */
  async pollAsync(timeoutSeconds?: Timeout, maxevents = -1, options?: AsyncOptions): Promise<EpollEvent[]> {
    checkKeywordCount('poll', arguments.length, [], 3);
    const max = toInt(maxevents);
    this.#open();
    const wholeMs = epollTimeoutMs(timeoutSeconds);
    const limit = this.#makeRoom(max);
    return awaitOnNodeLoop(this.#asOperation(limit), wholeMs, options);
  }

  #asOperation(limit: number): WaitOperation<EpollEvent[]> {
    const table = this.#table;
    return {
      waitOnce: (nodeFd, timeoutMs) => {
        const epfd = this.#open();
        if (nodeFd >= 0) {
          table.clear();
          table.add(epfd, POLLIN);
          table.add(nodeFd, POLLIN);
          if (table.poll(Math.ceil(timeoutMs)) <= 0 || table.revents(0) === 0) return undefined;
        }
        const result = sys.epollWait(epfd, this.#events, limit, 0);
        if (result < 0 && result !== EINTR) throw osError(result, 'epoll_wait');
        return result > 0 ? this.#ready(result) : undefined;
      },
      addInterest: (shared) => {
        // poll(2) ignores a negative fd. It reports an fd that can never be open, and then `waitOnce` throws.
        shared.add(this.closed ? INT_MAX : this.#epfd, POLLIN);
      },
      emptyResult: () => [],
      release: () => undefined,
    };
  }

  // Checks maxevents, and makes room for that many events.
  #makeRoom(maxevents: number): number {
    const limit = maxevents === -1 ? FD_SETSIZE - 1 : maxevents;
    if (limit <= 0) throw new RangeError(`maxevents must be greater than 0, got ${limit}`);
    if (limit > EP_MAX_EVENTS) throw osError(EINVAL, 'epoll_wait');
    if (this.#events.length < limit * WORDS_PER_EVENT) this.#events = new Uint32Array(limit * WORDS_PER_EVENT);
    return limit;
  }

  #open(): number {
    if (this.#epfd < 0) throw new RangeError('I/O operation on closed epoll object');
    return this.#epfd;
  }

  #control(op: number, verb: string, fd: number, mask: number): void {
    const result = sys.epollCtl(this.#open(), op, fd, mask, fd, 0);
    if (result < 0) throw osError(result, 'epoll_ctl', `${verb} fd ${fd}`);
  }

  #ready(count: number): EpollEvent[] {
    const ready: EpollEvent[] = [];
    for (let index = 0; index < count; index++) {
      const word = index * WORDS_PER_EVENT;
      ready.push([this.#events[word + DATA_WORD] ?? -1, this.#events[word] ?? 0]);
    }
    return ready;
  }
}

/**
 * Makes an epoll object, as Python's `select.epoll` does. `epoll.fromfd` is `Epoll.fromfd`.
 * @param sizehint As for `Epoll`.
 * @param flags As for `Epoll`.
 * @returns An epoll object without registered fds.
 * @throws As the constructor of `Epoll`.
 * @see epoll_create1(2); CPython, Modules/selectmodule.c, `newPyEpoll_Object`
 */
export function epoll(sizehint = -1, flags = 0): Epoll {
  checkKeywordCount('epoll', arguments.length, [], 2);
  return new Epoll(sizehint, flags);
}
/**
 * Makes an epoll object that owns an existing epoll fd, as `Epoll.fromfd` does.
 * @param fd The fd; -1 makes a new epoll, as in Python.
 */
epoll.fromfd = (fd: number): Epoll => Epoll.fromfd(fd);

// Python's converter to a C int; a bool counts as 0 or 1.
function toInt(value: unknown): number {
  const int = toInteger(value);
  if (int > INT_MAX || int < -INT_MAX - 1) throw new RangeError('Python int too large to convert to C int');
  return int;
}
