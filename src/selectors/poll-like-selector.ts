import { OSError } from '../errors.ts';
import type { FileObject } from '../fileobj.ts';
import { type AsyncOptions, POLLIN, POLLOUT, POLLPRI } from '../select.ts';
import {
  BaseSelector,
  EVENT_EXCEPTIONAL,
  EVENT_READ,
  EVENT_WRITE,
  type ReadyKey,
  type SelectorKey,
} from './selector.ts';

/** What `Poll` and `Epoll` have in common: their masks agree, POLLIN is EPOLLIN and so on. */
export interface Poller {
  /** Adds a file with a mask. */
  register(fileobj: FileObject, eventmask: number): void;
  /** Changes a file's mask. */
  modify(fileobj: FileObject, eventmask: number): void;
  /** Removes a file. */
  unregister(fileobj: FileObject): void;
}

/** An fd that is ready, and its POLL* bits. */
export type ReadyFd = [fd: number, mask: number];

/**
 * What the selectors on poll(2) and epoll(7) share.
 * @see CPython, Lib/selectors.py, `_PollLikeSelector`
 */
export abstract class PollLikeSelector<Data = unknown> extends BaseSelector<Data> {
  protected abstract readonly poller: Poller;
  protected abstract ready(timeoutSeconds: number | null): ReadyFd[];
  protected abstract readyAsync(timeoutSeconds: number | null, options?: AsyncOptions): Promise<ReadyFd[]>;

  protected override track({ fd, events }: SelectorKey<Data>): void {
    this.poller.register(fd, toMask(events));
  }

  protected override retrack({ fd, events }: SelectorKey<Data>): void {
    this.poller.modify(fd, toMask(events));
  }

  protected override untrack({ fd }: SelectorKey<Data>): void {
    try {
      this.poller.unregister(fd);
    } catch (error) {
      // The fd was closed since: the kernel has forgotten it already.
      if (!(error instanceof OSError)) throw error;
    }
  }

  protected override wait(timeoutSeconds: number | null): ReadyKey<Data>[] {
    return this.#keys(this.ready(timeoutSeconds));
  }

  protected override async waitAsync(timeoutSeconds: number | null, options?: AsyncOptions): Promise<ReadyKey<Data>[]> {
    return this.#keys(await this.readyAsync(timeoutSeconds, options));
  }

  #keys(ready: ReadyFd[]): ReadyKey<Data>[] {
    const keys: ReadyKey<Data>[] = [];
    for (const [fd, mask] of ready) {
      const key = this.keyOf(fd);
      const events = key === undefined ? 0 : toEvents(mask) & key.events;
      if (key !== undefined && events !== 0) keys.push([key, events]);
    }
    return keys;
  }
}

function toMask(events: number): number {
  return (
    ((events & EVENT_READ) !== 0 ? POLLIN : 0) |
    ((events & EVENT_WRITE) !== 0 ? POLLOUT : 0) |
    ((events & EVENT_EXCEPTIONAL) !== 0 ? POLLPRI : 0)
  );
}

// As CPython does: any bit but POLLOUT makes readable, any but POLLIN writable, so that HUP and ERR wake both. POLLPRI
// has an event of its own here and makes neither.
function toEvents(mask: number): number {
  return (
    ((mask & ~(POLLOUT | POLLPRI)) !== 0 ? EVENT_READ : 0) |
    ((mask & ~(POLLIN | POLLPRI)) !== 0 ? EVENT_WRITE : 0) |
    ((mask & POLLPRI) !== 0 ? EVENT_EXCEPTIONAL : 0)
  );
}
