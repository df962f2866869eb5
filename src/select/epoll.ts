import { INT_MAX } from '../system/integer.ts';
import { EINTR, EINVAL } from '../system/errno.ts';
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, FD_SETSIZE } from '../system/constants/fd.ts';
import { OFFSETOF_EPOLL_DATA, SIZEOF_EPOLL_EVENT } from '../system/constants/layout.ts';
import { EPOLL_CLOEXEC, EPOLLIN, EPOLLOUT, EPOLLPRI, POLLIN } from '../system/constants/select.ts';
import { OSError, osError } from '../system/errors.ts';
import { type FileObject, toFd } from '../system/fileobj.ts';
import { toInteger, toUint32 } from '../system/integer.ts';
import { type AsyncOptions, awaitOnNodeLoop, type Waiting } from './node-loop.ts';
import type { WaitOptions } from './poll.ts';
import { PollTable } from '../system/poll-table.ts';
import * as sys from '../system/calls.ts';
import { deadlineAfter, epollTimeoutMs, type Timeout, waitAgain } from '../system/timeout.ts';

/** An fd that `Epoll.poll` found ready, and the EPOLL* bits that it is ready for, as a number up to 2**32 - 1. */
export type EpollEvent = [fd: number, events: number];

const DEFAULT_MASK = EPOLLIN | EPOLLPRI | EPOLLOUT;
const WORDS_AN_EVENT = SIZEOF_EPOLL_EVENT / 4;
const DATA_WORD = OFFSETOF_EPOLL_DATA / 4;
// EP_MAX_EVENTS, fs/eventpoll.c.
const MOST_EVENTS = Math.floor(INT_MAX / SIZEOF_EPOLL_EVENT);
const adopt = Symbol('fromfd()');

/**
 * Python's epoll object: an interest list that the kernel keeps, and one call that waits for any fd of it.
 * It owns an fd: close it, or declare it with `using`.
 * @see epoll(7); CPython, Modules/selectmodule.c, `pyEpoll_Object`
 */
export class Epoll {
  #epfd: number;
  // struct epoll_event[], kept and grown, so that a turn allocates its results only.
  #events = new Uint32Array(0);
  // For a wait together with Node's fd: the epoll's own, and Node's.
  readonly #table = new PollTable();

  /**
   * @param sizehint Ignored, as by the kernel since 2.6.8; positive, or -1.
   * @param flags 0 or EPOLL_CLOEXEC; the fd is close-on-exec in any case.
   * @throws {TypeError} For an argument that is no integer.
   * @throws {RangeError} For a sizehint of 0 or below -1.
   * @throws {OSError} 'invalid flags', without an errno; EMFILE and kin.
   */
  constructor(sizehint = -1, flags = 0) {
    if ((sizehint as unknown) === adopt) {
      this.#epfd = flags;
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
   * Takes over an epoll fd; nothing checks that it is one.
   * @param fd The fd; with -1 a new epoll is made, as in Python.
   * @returns An object that will close it.
   * @throws {TypeError} Where it is no integer.
   * @throws {RangeError} Where it is below -1.
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

  /**
   * The epoll's own fd: readable while something is ready, so that epolls can be nested.
   * @returns The fd.
   * @throws {RangeError} Where it is closed.
   */
  fileno(): number {
    return this.#open();
  }

  /** Closes the epoll; a second time does nothing. An error of close(2) is ignored, as in Python. */
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
   * @param eventmask EPOLL* bits; higher bits than 32 are cut off.
   * @throws {FileExistsError} EEXIST where it is registered.
   * @throws {PermissionError} EPERM for a file that is always ready: regular files, directories, /dev/null.
   * @throws {OSError} EBADF for a closed fd, EINVAL for the epoll itself or bits that do not go together, ELOOP.
   * @throws {TypeError} Where `fileobj` is no file object or the mask no integer.
   * @throws {RangeError} Where the fd is negative, or the epoll closed.
   */
  register(fileobj: FileObject, eventmask: number = DEFAULT_MASK): void {
    checkArity('register', arguments.length, 1, 2);
    const fd = toFd(fileobj);
    this.#control(EPOLL_CTL_ADD, 'add', fd, toUint32(eventmask));
  }

  /**
   * Replaces the mask of a registered file object.
   * @param fileobj A file descriptor or an object with `fileno()`.
   * @param eventmask EPOLL* bits; higher bits than 32 are cut off.
   * @throws {FileNotFoundError} ENOENT where it is not registered.
   * @throws {OSError} EBADF for a closed fd, EINVAL for one registered with EPOLLEXCLUSIVE.
   * @throws {TypeError} Where `fileobj` is no file object or the mask no integer.
   * @throws {RangeError} Where the fd is negative, or the epoll closed.
   */
  modify(fileobj: FileObject, eventmask: number): void {
    checkArity('modify', arguments.length, 2, 2);
    const fd = toFd(fileobj);
    this.#control(EPOLL_CTL_MOD, 'mod', fd, toUint32(eventmask));
  }

  /**
   * Removes a file object. Do it before closing the fd: while a dup of it lives, a closed fd goes on giving events.
   * @param fileobj A file descriptor or an object with `fileno()`.
   * @throws {FileNotFoundError} ENOENT where it is not registered.
   * @throws {OSError} EBADF for a closed fd.
   * @throws {TypeError} Where it is no file object.
   * @throws {RangeError} Where the fd is negative, or the epoll closed.
   */
  unregister(fileobj: FileObject): void {
    checkArity('unregister', arguments.length, 1, 1);
    this.#control(EPOLL_CTL_DEL, 'del', toFd(fileobj), 0);
  }

  /**
   * Waits until a registered fd is ready. The thread stands still meanwhile.
   * @param timeoutSeconds Seconds, fractions rounded up to the millisecond; negative, `null` or nothing waits for ever.
   * @param maxevents The most events that one call returns, 1 or more; -1 is 1023. The kernel rotates: further calls
   *   bring the rest.
   * @param options What Python has not.
   * @returns [fd, events] of each fd that is ready; empty when the time is up.
   * @throws {TypeError} Where an argument is no number.
   * @throws {RangeError} Where the timeout is NaN or over 2147483.647, maxevents 0 or below -1, or the epoll closed.
   * @throws {OSError} EINVAL where maxevents is over 178956970 or the fd no epoll; EBADF where it was closed behind
   *   our back. EINTR is retried with the time left, or thrown if `interruptible`.
   */
  poll(timeoutSeconds?: Timeout, maxevents = -1, options?: WaitOptions): EpollEvent[] {
    checkArity('poll', arguments.length, 0, 3);
    const most = toInt(maxevents);
    const epfd = this.#open();
    const wholeMs = epollTimeoutMs(timeoutSeconds);
    const limit = this.#makeRoom(most);
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
   * `poll` that leaves Node alive: timers, promises, signals and Node's own I/O go on while it waits. What is registered
   * meanwhile is waited for too.
   * @param timeoutSeconds As for `poll`.
   * @param maxevents As for `poll`.
   * @param options A signal that ends the wait.
   * @returns What `poll` returns, in a later turn of Node's loop.
   * @throws What `poll` throws, also where the epoll is closed meanwhile, and the signal's reason; all as the promise's
   *   rejection.
   */
  async pollAsync(timeoutSeconds?: Timeout, maxevents = -1, options?: AsyncOptions): Promise<EpollEvent[]> {
    checkArity('poll', arguments.length, 0, 3);
    const most = toInt(maxevents);
    this.#open();
    const wholeMs = epollTimeoutMs(timeoutSeconds);
    const limit = this.#makeRoom(most);
    return awaitOnNodeLoop(this.#asWaiting(limit), wholeMs, options);
  }

  #asWaiting(limit: number): Waiting<EpollEvent[]> {
    const table = this.#table;
    return {
      attempt: (nodeFd, timeoutMs) => {
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
      join: (shared) => {
        // poll(2) skips a negative fd: one that can never be open is reported, and `attempt` then throws.
        shared.add(this.closed ? INT_MAX : this.#epfd, POLLIN);
      },
      nothing: () => [],
      release: () => undefined,
    };
  }

  // Checks maxevents, and has room for as many events.
  #makeRoom(maxevents: number): number {
    const limit = maxevents === -1 ? FD_SETSIZE - 1 : maxevents;
    if (limit <= 0) throw new RangeError(`maxevents must be greater than 0, got ${limit}`);
    if (limit > MOST_EVENTS) throw osError(EINVAL, 'epoll_wait');
    if (this.#events.length < limit * WORDS_AN_EVENT) this.#events = new Uint32Array(limit * WORDS_AN_EVENT);
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
      const word = index * WORDS_AN_EVENT;
      ready.push([this.#events[word + DATA_WORD] ?? -1, this.#events[word] ?? 0]);
    }
    return ready;
  }
}

/**
 * Makes an epoll object, as Python's `select.epoll` does; `epoll.fromfd` is `Epoll.fromfd`.
 * @param sizehint Ignored, as by the kernel since 2.6.8; positive, or -1.
 * @param flags 0 or EPOLL_CLOEXEC; the fd is close-on-exec in any case.
 * @returns A new one, with an empty interest list.
 * @throws {TypeError} For an argument that is no integer.
 * @throws {RangeError} For a sizehint of 0 or below -1.
 * @throws {OSError} 'invalid flags', without an errno; EMFILE and kin.
 * @see epoll_create1(2); CPython, Modules/selectmodule.c, `newPyEpoll_Object`
 */
export function epoll(sizehint = -1, flags = 0): Epoll {
  if (arguments.length > 2) {
    throw new TypeError(`epoll() takes at most 2 arguments (${arguments.length} given)`);
  }
  return new Epoll(sizehint, flags);
}
epoll.fromfd = (fd: number): Epoll => Epoll.fromfd(fd);

function checkArity(method: string, given: number, least: number, most: number): void {
  if (given > most) {
    const plural = most === 1 ? '' : 's';
    throw new TypeError(`${method}() takes at most ${most} argument${plural} (${given} given)`);
  }
  if (given < least) {
    const name = given === 0 ? 'fd' : 'eventmask';
    throw new TypeError(`${method}() missing required argument '${name}' (pos ${given + 1})`);
  }
}

// Python's converter to int; a bool is 0 or 1.
function toInt(value: unknown): number {
  const int = toInteger(value);
  if (int > INT_MAX || int < -INT_MAX - 1) throw new RangeError('Python int too large to convert to C int');
  return int;
}
