import { F_GETFD, FD_SETSIZE } from './constants/fd.ts';
import { errnoOf, osError } from './errors.ts';
import { type FileObject, toFd } from './fileobj.ts';
import * as sys from './sys.ts';
import { deadlineAfter, selectTimeoutUs, type Timeout, waitAgain } from './timeout.ts';

export * from './constants/select.ts';
export { Epoll, epoll, type EpollEvent } from './epoll.ts';
export { OSError as error } from './errors.ts';
export type { FileObject } from './fileobj.ts';
export { Poll, poll, type PollEvent } from './poll.ts';
export type { Timeout } from './timeout.ts';

/** What `select` takes beyond Python's arguments. */
export interface SelectOptions {
  /** 1024, Python's limit of fds and of objects a list; or 'unlimited': the system call has none. */
  fdSetSize?: 1024 | 'unlimited';
  /** Throws `InterruptedError` when a signal interrupts the wait, instead of going on with the time that is left. */
  interruptible?: boolean;
}

/** What `select` returns: of each list the objects that are ready, in the list's order. */
export type Ready<R, W, X> = [readable: R[], writable: W[], exceptional: X[]];

const EINTR = errnoOf('EINTR');
// Python knows no such bound; ours keeps an array that grows under its items' fileno() from filling the memory.
const UNLIMITED = 2 ** 24;
// The smallest fd table that Linux gives a process: NR_OPEN_DEFAULT, include/linux/fdtable.h.
const SMALLEST_FD_TABLE = 64;
const WORDS = FD_SETSIZE / 32;

/**
 * Waits until one of the objects is ready, as Python's `select.select` does: the thread stands still meanwhile.
 * @param rlist Objects to be readable: any iterable of fds and objects with a `fileno()` method.
 * @param wlist Objects to be writable.
 * @param xlist Objects to have an exceptional condition: on Linux an urgent byte (POLLPRI), never an error.
 * @param timeoutSeconds Seconds, 0 or more, fractions rounded up to the microsecond; `null` or nothing waits for ever.
 * @param options What Python has not.
 * @returns Three new arrays: of each list the very objects that are ready, in its order, duplicates kept; all empty
 *   when the time is up.
 * @throws {TypeError} For a list that is no iterable, an element that is no file object, a timeout that is no number.
 * @throws {RangeError} For a negative or NaN timeout; an fd that is negative or, by default, 1024 and above; more than
 *   1024 objects in one list.
 * @throws {OSError} EBADF where an fd is closed. EINTR is retried with the time left, or thrown if `interruptible`.
 * @see select(2); CPython, Modules/selectmodule.c, `select_select_impl`
 */
export function select<R extends FileObject = never, W extends FileObject = never, X extends FileObject = never>(
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeoutSeconds?: Timeout,
  options?: SelectOptions,
): Ready<R, W, X> {
  const count = arguments.length;
  if (count < 3) throw new TypeError(`select expected at least 3 arguments, got ${String(count)}`);
  if (count > 5) throw new TypeError(`select expected at most 5 arguments, got ${String(count)}`);
  const timeoutUs = selectTimeoutUs(timeoutSeconds);
  const limit = fdLimit(options);

  // A fileno() may call select itself, so a call takes its tables from a stock and gives them back.
  const tables = stock.pop() ?? new Tables();
  try {
    tables.read.collect(rlist, limit);
    tables.write.collect(wlist, limit);
    tables.except.collect(xlist, limit);
    if (tables.wait(timeoutUs, options?.interruptible ?? false) === 0) return [[], [], []];
    return [tables.read.ready() as R[], tables.write.ready() as W[], tables.except.ready() as X[]];
  } finally {
    tables.clear();
    stock.push(tables);
  }
}

function fdLimit(options: SelectOptions | undefined): number {
  const fdSetSize: unknown = options?.fdSetSize ?? FD_SETSIZE;
  if (fdSetSize === 'unlimited') return UNLIMITED;
  if (fdSetSize !== FD_SETSIZE) throw new RangeError(`fdSetSize must be ${String(FD_SETSIZE)} or 'unlimited'`);
  return FD_SETSIZE;
}

// One list of a call: its objects, their fds, and the bitmap made of them.
class Interest {
  #set = new Uint32Array(WORDS);
  #objects: unknown[] = [];
  #fds = new Int32Array(64);
  #count = 0;
  highest = -1;

  // Reads a list item by item. An array is read as its items' fileno() changes it; any other is copied first.
  collect(list: unknown, limit: number): void {
    const items = Array.isArray(list) ? (list as unknown[]) : copyOf(list);
    const objects = this.#objects;
    // An fd beyond the bitmap is left out without a trace; `bitmap` makes room for it.
    const set = this.#set.fill(0);
    let fds = this.#fds;
    let highest = -1;
    let count = 0;
    try {
      // CPython looks at the list's length anew for each item, and asks a list for no iterator.
      for (; count < items.length; count++) {
        const object = items[count];
        const fd = toFd(object);
        if (fd >= limit && limit === FD_SETSIZE) throw new RangeError('filedescriptor out of range in select()');
        if (count >= limit) throw new RangeError('too many file descriptors in select()');
        if (count === fds.length) fds = this.#fds = grown(fds);
        fds[count] = fd;
        objects[count] = object;
        set[fd >>> 5]! |= 1 << fd;
        if (fd > highest) highest = fd;
      }
    } finally {
      this.#count = count;
    }
    this.highest = highest;
  }

  // The bitmap for fds below `nfds`; null where the list is empty.
  bitmap(nfds: number): Uint32Array | null {
    if (this.#count === 0) return null;
    if (nfds > this.#set.length * 32) {
      // The kernel reads and writes whole longs.
      this.#set = new Uint32Array(Math.ceil(nfds / 64) * 2);
      for (let i = 0; i < this.#count; i++) {
        const fd = this.#fds[i]!;
        this.#set[fd >>> 5]! |= 1 << fd;
      }
    }
    return this.#set;
  }

  // The objects whose bits the call has left.
  ready(): unknown[] {
    const ready: unknown[] = [];
    const set = this.#set;
    const fds = this.#fds;
    for (let i = 0; i < this.#count; i++) {
      const fd = fds[i]!;
      if ((set[fd >>> 5]! & (1 << fd)) !== 0) ready.push(this.#objects[i]);
    }
    return ready;
  }

  clear(): void {
    this.#objects.fill(undefined, 0, this.#count);
    this.#count = 0;
    this.highest = -1;
  }
}

function grown(fds: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(fds.length * 2);
  larger.set(fds);
  return larger;
}

// What one call works on, kept between calls so that a call allocates its results only.
class Tables {
  readonly read = new Interest();
  readonly write = new Interest();
  readonly except = new Interest();

  wait(timeoutUs: number, interruptible: boolean): number {
    const highest = Math.max(this.read.highest, this.write.highest, this.except.highest);
    ensureInFdTable(highest);
    const nfds = highest + 1;
    const readfds = this.read.bitmap(nfds);
    const writefds = this.write.bitmap(nfds);
    const exceptfds = this.except.bitmap(nfds);
    const deadlineMs = deadlineAfter(timeoutUs / 1e3);
    let result = sys.select(nfds, readfds, writefds, exceptfds, timeoutUs);
    if (result === EINTR) {
      result = waitAgain('select', deadlineMs, interruptible, (remainingMs) =>
        sys.select(nfds, readfds, writefds, exceptfds, Math.ceil(remainingMs * 1e3)),
      );
    }
    if (result < 0) throw osError(result, 'select');
    return result;
  }

  clear(): void {
    this.read.clear();
    this.write.clear();
    this.except.clear();
  }
}

const stock: Tables[] = [];

// The process's fd table reaches at least this far. It never shrinks, so one look at a high fd proves it for good.
let provenFdTable = SMALLEST_FD_TABLE;

// Throws EBADF for a closed fd beyond the process's fd table, which the kernel would ignore, and then leave in the
// result: select(2), BUGS. Within the table it says EBADF itself.
function ensureInFdTable(fd: number): void {
  if (fd < provenFdTable) return;
  const result = sys.fcntl(fd, F_GETFD, 0);
  if (result < 0) throw osError(result, 'select', `fd ${String(fd)}`);
  provenFdTable = fd + 1;
}

function copyOf(list: unknown): unknown[] {
  if (typeof list === 'string') return Array.from(list);
  if (typeof list !== 'object' || list === null || typeof (list as Iterable<unknown>)[Symbol.iterator] !== 'function') {
    throw new TypeError('arguments 1-3 must be sequences');
  }
  return Array.from(list as Iterable<unknown>);
}
