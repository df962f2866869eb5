import { EINTR } from '../system/errno.ts';
import { F_GETFD, FD_SETSIZE } from '../system/constants/fd.ts';
import { POLLIN, POLLOUT, POLLPRI } from '../system/constants/select.ts';
import { osError } from '../system/errors.ts';
import { toFd } from '../system/fileobj.ts';
import type { WaitOperation } from './node-loop.ts';
import type { PollTable } from '../system/poll-table.ts';
import * as sys from '../system/calls.ts';
import { deadlineAfter, waitAgain } from '../system/timeout.ts';

/** The result of `select`: the objects of each list that are ready, in the order of the list. */
export type Ready<R, W, X> = [readable: R[], writable: W[], exceptional: X[]];

type AnyReady = Ready<unknown, unknown, unknown>;

const US_PER_MS = 1e3;
// The smallest fd table that Linux gives a process: NR_OPEN_DEFAULT, include/linux/fdtable.h.
const SMALLEST_FD_TABLE = 64;

// One list of a call: its objects, their fds, and the bitmap of the fds.
class FdList {
  #set = new Uint32Array(FD_SETSIZE / 32);
  #objects: unknown[] = [];
  #fds = new Int32Array(64);
  #count = 0;
  highest = -1;
  readonly #pollEvents: number;

  constructor(pollEvents: number) {
    this.#pollEvents = pollEvents;
  }

  // A `fileno()` may change the array that is being read; any other iterable is copied first.
  collect(list: unknown, limit: number): void {
    const items = Array.isArray(list) ? (list as unknown[]) : copyOf(list);
    const objects = this.#objects;
    // A typed array ignores a write beyond its end: `bitmap` adds an fd that the bitmap has no room for yet.
    const set = this.#set.fill(0);
    let fds = this.#fds;
    let highest = -1;
    let count = 0;
    try {
      // CPython reads the length of a list again for each item, and never asks a list for an iterator.
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

  // The bitmap for fds below `nfds`; null when the list is empty.
  bitmap(nfds: number): Uint32Array | null {
    if (this.#count === 0) return null;
    if (nfds > this.#set.length * 32) this.#refill(nfds);
    return this.#set;
  }

  // The bitmap for another call, since a call overwrites it; it includes Node's fd unless that is -1.
  bitmapAgain(nfds: number, nodeFd: number): Uint32Array | null {
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

  addTo(table: PollTable): void {
    for (let i = 0; i < this.#count; i++) table.add(this.#fds[i]!, this.#pollEvents);
  }

  // The objects whose bits are still set after the call.
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

/** The three lists of a call. The objects are used again by later calls, so that a call allocates only its result. */
export class SelectLists implements WaitOperation<AnyReady> {
  readonly #read = new FdList(POLLIN);
  readonly #write = new FdList(POLLOUT);
  readonly #except = new FdList(POLLPRI);
  #highest = -1;

  /**
   * Reads rlist, wlist and xlist, one after the other. Each call gets lists of its own, because a `fileno()` may call
   * `select`; `release` makes them free again. `limit` is FD_SETSIZE; or, when fds have no limit, the maximum number of
   * objects in a list.
   */
  static collect(lists: [unknown, unknown, unknown], limit: number): SelectLists {
    const all = unused.pop() ?? new SelectLists();
    try {
      all.#read.collect(lists[0], limit);
      all.#write.collect(lists[1], limit);
      all.#except.collect(lists[2], limit);
      all.#highest = Math.max(all.#read.highest, all.#write.highest, all.#except.highest);
      ensureInFdTable(all.#highest);
      return all;
    } catch (error) {
      all.release();
      throw error;
    }
  }

  /** Blocks until an fd is ready, for whole microseconds; negative waits for ever. */
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
    return result === 0 ? this.emptyResult() : this.#ready();
  }

  waitOnce(nodeFd: number, timeoutMs: number): AnyReady | undefined {
    const nfds = Math.max(this.#highest, nodeFd) + 1;
    const readfds = this.#read.bitmapAgain(nfds, nodeFd);
    const writefds = this.#write.bitmapAgain(nfds, -1);
    const exceptfds = this.#except.bitmapAgain(nfds, -1);
    const result = sys.select(nfds, readfds, writefds, exceptfds, Math.ceil(timeoutMs * US_PER_MS));
    if (result < 0 && result !== EINTR) throw osError(result, 'select');
    const nodeFdCount = result > 0 && nodeFd >= 0 && this.#read.has(nodeFd) ? 1 : 0;
    return result > nodeFdCount ? this.#ready() : undefined;
  }

  addInterest(table: PollTable): void {
    this.#read.addTo(table);
    this.#write.addTo(table);
    this.#except.addTo(table);
  }

  emptyResult(): AnyReady {
    return [[], [], []];
  }

  release(): void {
    this.#read.clear();
    this.#write.clear();
    this.#except.clear();
    unused.push(this);
  }

  #ready(): AnyReady {
    return [this.#read.ready(), this.#write.ready(), this.#except.ready()];
  }
}

const unused: SelectLists[] = [];

// The process's fd table has at least this many places. It never shrinks, so a high fd is checked only once.
let provenTableSize = SMALLEST_FD_TABLE;

// Throws EBADF for a closed fd beyond the process's fd table. The kernel ignores such an fd and leaves its bit set
// (select(2), BUGS); for a closed fd within the table it returns EBADF itself.
function ensureInFdTable(fd: number): void {
  if (fd < provenTableSize) return;
  const result = sys.fcntl(fd, F_GETFD, 0);
  if (result < 0) throw osError(result, 'select', `fd ${fd}`);
  provenTableSize = fd + 1;
}

function copyOf(list: unknown): unknown[] {
  if (typeof list === 'string') return Array.from(list);
  if (typeof list !== 'object' || list === null || typeof (list as Iterable<unknown>)[Symbol.iterator] !== 'function') {
    throw new TypeError('arguments 1-3 must be sequences');
  }
  return Array.from(list as Iterable<unknown>);
}
