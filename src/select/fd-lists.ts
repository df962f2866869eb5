import { EINTR } from '../system/errno.ts';
import { F_GETFD, FD_SETSIZE } from '../system/constants/fd.ts';
import { POLLIN, POLLOUT, POLLPRI } from '../system/constants/select.ts';
import { osError } from '../system/errors.ts';
import { toFd } from '../system/fileobj.ts';
import type { Waiting } from './node-loop.ts';
import type { PollTable } from '../system/poll-table.ts';
import * as sys from '../system/calls.ts';
import { deadlineAfter, waitAgain } from '../system/timeout.ts';

/** What `select` returns: of each list the objects that are ready, in the list's order. */
export type Ready<R, W, X> = [readable: R[], writable: W[], exceptional: X[]];

type AnyReady = Ready<unknown, unknown, unknown>;

const US_PER_MS = 1e3;
// The smallest fd table that Linux gives a process: NR_OPEN_DEFAULT, include/linux/fdtable.h.
const SMALLEST_FD_TABLE = 64;

// One list of a call: its objects, their fds, and the bitmap made of them.
class Interest {
  #set = new Uint32Array(FD_SETSIZE / 32);
  #objects: unknown[] = [];
  #fds = new Int32Array(64);
  #count = 0;
  highest = -1;
  readonly #pollEvents: number;

  constructor(pollEvents: number) {
    this.#pollEvents = pollEvents;
  }

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
    if (nfds > this.#set.length * 32) this.#refill(nfds);
    return this.#set;
  }

  // The bitmap once more, after a call has overwritten it, with Node's fd beside the list's own unless that is -1.
  again(nfds: number, nodeFd: number): Uint32Array | null {
    if (this.#count === 0 && nodeFd < 0) return null;
    this.#refill(nfds);
    if (nodeFd >= 0) this.#set[nodeFd >>> 5]! |= 1 << nodeFd;
    return this.#set;
  }

  #refill(nfds: number): void {
    // The kernel reads and writes whole longs.
    if (nfds > this.#set.length * 32) this.#set = new Uint32Array(Math.ceil(nfds / 64) * 2);
    else this.#set.fill(0);
    for (let i = 0; i < this.#count; i++) {
      const fd = this.#fds[i]!;
      this.#set[fd >>> 5]! |= 1 << fd;
    }
  }

  has(fd: number): boolean {
    return (this.#set[fd >>> 5]! & (1 << fd)) !== 0;
  }

  join(table: PollTable): void {
    for (let i = 0; i < this.#count; i++) table.add(this.#fds[i]!, this.#pollEvents);
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

/** What one call works on, kept between calls so that a call allocates its results only. */
export class SelectTables implements Waiting<AnyReady> {
  readonly #read = new Interest(POLLIN);
  readonly #write = new Interest(POLLOUT);
  readonly #except = new Interest(POLLPRI);
  #highest = -1;

  /**
   * Reads the three lists, one after the other. The tables come from a stock, since a `fileno()` may itself call
   * `select`; `release` puts them back.
   * @param lists rlist, wlist and xlist.
   * @param limit FD_SETSIZE, or how many objects a list may have where fds have no limit.
   * @returns The tables.
   * @throws What `select` throws of a list, or EBADF for a closed fd beyond the process's fd table.
   */
  static collect(lists: [unknown, unknown, unknown], limit: number): SelectTables {
    const tables = stock.pop() ?? new SelectTables();
    try {
      tables.#read.collect(lists[0], limit);
      tables.#write.collect(lists[1], limit);
      tables.#except.collect(lists[2], limit);
      tables.#highest = Math.max(tables.#read.highest, tables.#write.highest, tables.#except.highest);
      ensureInFdTable(tables.#highest);
      return tables;
    } catch (error) {
      tables.release();
      throw error;
    }
  }

  /**
   * Blocks until an fd is ready.
   * @param timeoutUs At most so long, in whole microseconds; negative for ever.
   * @param interruptible Whether EINTR throws.
   * @returns What is ready.
   * @throws {OSError} EBADF, and EINTR where `interruptible`.
   */
  wait(timeoutUs: number, interruptible: boolean): AnyReady {
    const nfds = this.#highest + 1;
    const readfds = this.#read.bitmap(nfds);
    const writefds = this.#write.bitmap(nfds);
    const exceptfds = this.#except.bitmap(nfds);
    const deadlineMs = deadlineAfter(timeoutUs / US_PER_MS);
    let result = sys.select(nfds, readfds, writefds, exceptfds, timeoutUs);
    if (result === EINTR) {
      result = waitAgain('select', deadlineMs, interruptible, (remainingMs) =>
        sys.select(nfds, readfds, writefds, exceptfds, Math.ceil(remainingMs * US_PER_MS)),
      );
    }
    if (result < 0) throw osError(result, 'select');
    return result === 0 ? this.nothing() : this.#ready();
  }

  /**
   * One call of the wait on Node's loop, see `Waiting`.
   * @param nodeFd Node's fd, or -1.
   * @param timeoutMs At most so long; negative for ever.
   * @returns What is ready, or `undefined`.
   * @throws {OSError} EBADF.
   */
  attempt(nodeFd: number, timeoutMs: number): AnyReady | undefined {
    const nfds = Math.max(this.#highest, nodeFd) + 1;
    const readfds = this.#read.again(nfds, nodeFd);
    const writefds = this.#write.again(nfds, -1);
    const exceptfds = this.#except.again(nfds, -1);
    const result = sys.select(nfds, readfds, writefds, exceptfds, Math.ceil(timeoutMs * US_PER_MS));
    if (result < 0 && result !== EINTR) throw osError(result, 'select');
    const nodes = result > 0 && nodeFd >= 0 && this.#read.has(nodeFd) ? 1 : 0;
    return result > nodes ? this.#ready() : undefined;
  }

  /**
   * Adds the fds to a table that several waits share.
   * @param table The table.
   */
  join(table: PollTable): void {
    this.#read.join(table);
    this.#write.join(table);
    this.#except.join(table);
  }

  /**
   * The result when the time is up.
   * @returns Three empty lists.
   */
  nothing(): AnyReady {
    return [[], [], []];
  }

  /** Forgets the objects, and puts the tables back into the stock. */
  release(): void {
    this.#read.clear();
    this.#write.clear();
    this.#except.clear();
    stock.push(this);
  }

  #ready(): AnyReady {
    return [this.#read.ready(), this.#write.ready(), this.#except.ready()];
  }
}

const stock: SelectTables[] = [];

// The process's fd table reaches at least this far. It never shrinks, so one look at a high fd proves it for good.
let provenFdTable = SMALLEST_FD_TABLE;

// Throws EBADF for a closed fd beyond the process's fd table, which the kernel would ignore, and then leave in the
// result: select(2), BUGS. Within the table it says EBADF itself.
function ensureInFdTable(fd: number): void {
  if (fd < provenFdTable) return;
  const result = sys.fcntl(fd, F_GETFD, 0);
  if (result < 0) throw osError(result, 'select', `fd ${fd}`);
  provenFdTable = fd + 1;
}

function copyOf(list: unknown): unknown[] {
  if (typeof list === 'string') return Array.from(list);
  if (typeof list !== 'object' || list === null || typeof (list as Iterable<unknown>)[Symbol.iterator] !== 'function') {
    throw new TypeError('arguments 1-3 must be sequences');
  }
  return Array.from(list as Iterable<unknown>);
}
