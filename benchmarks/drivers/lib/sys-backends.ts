// select, poll and epoll with tripoll's raw calls: three back-ends with the same two operations.
import * as sys from 'tripoll/sys';

import type { Driver } from '../../harness/results.ts';

export const READ = 1;
export const WRITE = 2;
export const URGENT = 4;

const EINTR = sys.errnoOf('EINTR');

export interface Backend {
  /** Changes the events for which an fd is watched: `before` is 0 for a new fd, `events` for one that is closed next. */
  watch(fd: number, before: number, events: number): void;
  /** Calls `ready` for each ready fd, and returns their number. */
  wait(timeoutMs: number, ready: (fd: number, events: number) => void): number;
}

/** Throws when a call returned a negative errno. */
export function check(result: number, call: string): number {
  if (result < 0) throw new Error(`${call}: ${sys.errorCode(result)}`);
  return result;
}

// The number of ready fds; 0 when a signal ended the wait.
function found(result: number, call: string): number {
  return result === EINTR ? 0 : check(result, call);
}

// Returns a larger copy when the array has no element `index`.
function withRoom<Kind extends Int32Array | Uint32Array>(array: Kind, index: number): Kind {
  if (index < array.length) return array;
  const larger = array instanceof Int32Array ? new Int32Array((index + 1) * 2) : new Uint32Array((index + 1) * 2);
  larger.set(array);
  return larger as Kind;
}

// A bitmap and its copy, which the call overwrites.
class FdSet {
  #wanted = new Uint32Array(32);
  #ready = new Uint32Array(32);
  #members = 0;
  #passed = false;

  change(fd: number, added: boolean): void {
    this.#wanted[fd >>> 5]! ^= 1 << fd;
    this.#members += added ? 1 : -1;
  }

  // The kernel reads and writes whole longs, which are two elements.
  makeRoom(fd: number): void {
    this.#wanted = withRoom(this.#wanted, (fd >>> 5) | 1);
    this.#ready = withRoom(this.#ready, (fd >>> 5) | 1);
  }

  passed(): Uint32Array | null {
    this.#passed = this.#members > 0;
    if (!this.#passed) return null;
    this.#ready.set(this.#wanted);
    return this.#ready;
  }

  ready(word: number): number {
    return this.#passed ? this.#ready[word]! : 0;
  }
}

class SelectBackend implements Backend {
  readonly #read = new FdSet();
  readonly #write = new FdSet();
  readonly #except = new FdSet();
  #highest = -1;

  watch(fd: number, before: number, events: number): void {
    const sets = [
      [this.#read, READ],
      [this.#write, WRITE],
      [this.#except, URGENT],
    ] as const;
    for (const [set, bit] of sets) {
      set.makeRoom(fd);
      if (((before ^ events) & bit) !== 0) set.change(fd, (events & bit) !== 0);
    }
    if (fd > this.#highest) this.#highest = fd;
  }

  wait(timeoutMs: number, ready: (fd: number, events: number) => void): number {
    const [read, write, except] = [this.#read.passed(), this.#write.passed(), this.#except.passed()];
    if (found(sys.select(this.#highest + 1, read, write, except, timeoutMs * 1e3), 'select') === 0) return 0;
    let count = 0;
    for (let word = this.#highest >>> 5; word >= 0; word--) {
      const [r, w, x] = [this.#read.ready(word), this.#write.ready(word), this.#except.ready(word)];
      for (let any = r | w | x; any !== 0; any &= any - 1) {
        const bit = any & -any;
        count++;
        const events = ((r & bit) !== 0 ? READ : 0) | ((w & bit) !== 0 ? WRITE : 0) | ((x & bit) !== 0 ? URGENT : 0);
        ready(word * 32 + 31 - Math.clz32(bit), events);
      }
    }
    return count;
  }
}

// POLLERR and POLLHUP are always reported. The next read or write then returns the error. epoll's constants have the same
// values as those of poll.
function eventsOf(mask: number): number {
  const events =
    ((mask & sys.POLLIN) !== 0 ? READ : 0) |
    ((mask & sys.POLLOUT) !== 0 ? WRITE : 0) |
    ((mask & sys.POLLPRI) !== 0 ? URGENT : 0);
  return (mask & (sys.POLLERR | sys.POLLHUP)) === 0 ? events : events | READ | WRITE;
}

function maskOf(events: number): number {
  return (
    ((events & READ) !== 0 ? sys.POLLIN : 0) |
    ((events & WRITE) !== 0 ? sys.POLLOUT : 0) |
    ((events & URGENT) !== 0 ? sys.POLLPRI : 0)
  );
}

// A table of struct pollfd without gaps: the last entry moves to the place of a removed one.
class PollBackend implements Backend {
  // An entry is two elements: the fd; events in the low half of the second, revents in the high one.
  #table = new Int32Array(64);
  #length = 0;
  readonly #places: number[] = [];

  watch(fd: number, before: number, events: number): void {
    if (before === 0) {
      this.#table = withRoom(this.#table, this.#length * 2 + 1);
      this.#places[fd] = this.#length++;
    }
    const place = this.#places[fd]!;
    if (events === 0) this.#remove(place);
    else {
      this.#table[place * 2] = fd;
      this.#table[place * 2 + 1] = maskOf(events);
    }
  }

  // The loop starts at the end, so a removed entry is replaced by one that was already handled.
  wait(timeoutMs: number, ready: (fd: number, events: number) => void): number {
    const count = found(sys.poll(this.#table, this.#length, timeoutMs), 'poll');
    for (let place = this.#length - 1, remaining = count; remaining > 0; place--) {
      const revents = this.#table[place * 2 + 1]! >>> 16;
      if (revents === 0) continue;
      remaining--;
      ready(this.#table[place * 2]!, eventsOf(revents));
    }
    return count;
  }

  #remove(place: number): void {
    const last = --this.#length;
    this.#table.copyWithin(place * 2, last * 2, last * 2 + 2);
    this.#places[this.#table[place * 2]!] = place;
  }
}

const EVENTS_A_WAIT = 1024;
const WORDS_AN_EVENT = sys.SIZEOF_EPOLL_EVENT / 4;
const DATA_WORD = sys.OFFSETOF_EPOLL_DATA / 4;

class EpollBackend implements Backend {
  readonly #epfd = check(sys.epollCreate1(sys.EPOLL_CLOEXEC), 'epoll_create1');
  readonly #events = new Int32Array(EVENTS_A_WAIT * WORDS_AN_EVENT);

  watch(fd: number, before: number, events: number): void {
    // The kernel removes an fd when it is closed.
    if (events === 0) return;
    const operation = before === 0 ? sys.EPOLL_CTL_ADD : sys.EPOLL_CTL_MOD;
    check(sys.epollCtl(this.#epfd, operation, fd, maskOf(events), fd, 0), 'epoll_ctl');
  }

  wait(timeoutMs: number, ready: (fd: number, events: number) => void): number {
    const events = this.#events;
    const count = found(sys.epollWait(this.#epfd, events, EVENTS_A_WAIT, timeoutMs), 'epoll_wait');
    for (let word = 0; word < count * WORDS_AN_EVENT; word += WORDS_AN_EVENT) {
      ready(events[word + DATA_WORD]!, eventsOf(events[word]!));
    }
    return count;
  }
}

export function createBackend(mechanism: Driver['mechanism']): Backend {
  if (mechanism === 'select') return new SelectBackend();
  return mechanism === 'poll' ? new PollBackend() : new EpollBackend();
}
