import type { PollTable } from '../../../system/poll-table.ts';
import { EVENT_EXCEPTIONAL, EVENT_READ, EVENT_WRITE, toMask } from '../../../selectors/event-mask.ts';
import * as sys from '../../../system/calls.ts';
import { FdSet } from './fd-set.ts';
import { WaitSet } from './wait-set.ts';

const US_PER_MS = 1e3;

/** Waits with select(2): three bitmaps for fds of any number, and a copy of each that the kernel overwrites. */
export class SelectSet extends WaitSet {
  readonly #read = new FdSet();
  readonly #write = new FdSet();
  readonly #except = new FdSet();
  #ready = new Int32Array(64);
  #readyEvents = new Uint8Array(64);

  override watch(fd: number, _oldEvents: number, newEvents: number): void {
    this.#read.put(fd, (newEvents & EVENT_READ) !== 0);
    this.#write.put(fd, (newEvents & EVENT_WRITE) !== 0);
    this.#except.put(fd, (newEvents & EVENT_EXCEPTIONAL) !== 0);
  }

  override wait(nodeFd: number, timeoutMs: number): number {
    this.nodeIsReady = false;
    const nfds = Math.max(this.#read.nfds, this.#write.nfds, this.#except.nfds, nodeFd + 1);
    const read = this.#read.copyForCall(nfds, nodeFd);
    const write = this.#write.copyForCall(nfds, -1);
    const except = this.#except.copyForCall(nfds, -1);
    const result = sys.select(nfds, read, write, except, timeoutMs < 0 ? -1 : Math.ceil(timeoutMs * US_PER_MS));
    return result > 0 ? this.#collect(nfds, nodeFd, read, write, except) : result;
  }

  override fd(index: number): number {
    return this.#ready[index]!;
  }

  override events(index: number): number {
    return this.#readyEvents[index]!;
  }

  override rawEvents(): number {
    return 0;
  }

  override addInterest(table: PollTable): void {
    const nfds = Math.max(this.#read.nfds, this.#write.nfds, this.#except.nfds);
    for (let fd = 0; fd < nfds; fd++) {
      const events =
        (this.#read.has(fd) ? EVENT_READ : 0) |
        (this.#write.has(fd) ? EVENT_WRITE : 0) |
        (this.#except.has(fd) ? EVENT_EXCEPTIONAL : 0);
      if (events !== 0) table.add(fd, toMask(events));
    }
  }

  override close(): void {
    // select(2) keeps nothing in the kernel, so there is nothing to close.
  }

  // Lists the fds of the three result bitmaps, the lowest first, and 32 fds at a time.
  #collect(
    nfds: number,
    nodeFd: number,
    read: Uint32Array | null,
    write: Uint32Array | null,
    except: Uint32Array | null,
  ): number {
    let count = 0;
    for (let word = 0; word * 32 < nfds; word++) {
      const r = read === null ? 0 : read[word]!;
      const w = write === null ? 0 : write[word]!;
      const x = except === null ? 0 : except[word]!;
      for (let rest = r | w | x; rest !== 0; rest &= rest - 1) {
        const bit = rest & -rest;
        const fd = word * 32 + 31 - Math.clz32(bit);
        if (fd === nodeFd) {
          this.nodeIsReady = true;
          continue;
        }
        if (count === this.#ready.length) this.#grow();
        this.#ready[count] = fd;
        this.#readyEvents[count++] =
          ((r & bit) !== 0 ? EVENT_READ : 0) |
          ((w & bit) !== 0 ? EVENT_WRITE : 0) |
          ((x & bit) !== 0 ? EVENT_EXCEPTIONAL : 0);
      }
    }
    return count;
  }

  #grow(): void {
    const [fds, events] = [this.#ready, this.#readyEvents];
    this.#ready = new Int32Array(2 * fds.length);
    this.#readyEvents = new Uint8Array(2 * fds.length);
    this.#ready.set(fds);
    this.#readyEvents.set(events);
  }
}
