import { OSError, typeName } from '../errors.ts';
import type { FileObject } from '../fileobj.ts';
import { type AsyncOptions, POLLIN, POLLOUT, POLLPRI } from '../select.ts';
import type { Timeout } from '../timeout.ts';
import {
  BaseSelector,
  type DataArgument,
  EVENT_EXCEPTIONAL,
  EVENT_READ,
  EVENT_WRITE,
  type ReadyKey,
} from './selector.ts';
import { SelectorKey } from './selector-key.ts';

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
  protected abstract ready(timeoutMs: number | null): ReadyFd[];
  protected abstract readyAsync(timeoutMs: number | null, options?: AsyncOptions): Promise<ReadyFd[]>;

  protected override track({ fd, events }: SelectorKey<Data>): void {
    this.poller.register(fd, toMask(events));
  }

  protected override untrack({ fd }: SelectorKey<Data>): void {
    try {
      this.poller.unregister(fd);
    } catch (error) {
      // The fd was closed since: the kernel has forgotten it already.
      if (!(error instanceof OSError)) throw error;
    }
  }

  protected override change(
    { fileobj, fd }: SelectorKey<Data>,
    _fileobj: FileObject,
    events: number,
    ...data: DataArgument<Data>
  ): SelectorKey<Data> {
    const mask = toMask(events);
    try {
      this.poller.modify(fd, mask);
    } catch (error) {
      this.unregister(fd);
      throw error;
    }
    return this.keep(new SelectorKey(fileobj, fd, events, data[0] as Data));
  }

  protected override wait(timeoutSeconds: Timeout): ReadyKey<Data>[] {
    return this.#keys(this.ready(toWholeMs(timeoutSeconds)));
  }

  protected override async waitAsync(timeoutSeconds: Timeout, options?: AsyncOptions): Promise<ReadyKey<Data>[]> {
    return this.#keys(await this.readyAsync(toWholeMs(timeoutSeconds), options));
  }

  #keys(ready: ReadyFd[]): ReadyKey<Data>[] {
    const keys: ReadyKey<Data>[] = [];
    for (const [fd, mask] of ready) {
      const key = this.keyOf(fd);
      if (key === undefined) continue;
      const events = toEvents(mask) & key.events;
      // CPython reports a hang-up of a file without interest, too. For an exceptional condition alone it would be noise:
      // select(2) reports none there either.
      if (events !== 0 || (key.events & EVENT_EXCEPTIONAL) === 0) keys.push([key, events]);
    }
    return keys;
  }
}

function toMask(events: number): number {
  if (!Number.isInteger(events)) {
    throw new TypeError(`unsupported operand type(s) for &: '${typeName(events)}' and 'int'`);
  }
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

// With the messages of Python's comparison and of math.ceil, which CPython's selectors make here.
function toWholeMs(timeoutSeconds: unknown): number | null {
  if (timeoutSeconds === undefined || timeoutSeconds === null) return null;
  if (typeof timeoutSeconds === 'object' || typeof timeoutSeconds === 'string') {
    throw new TypeError(`'<=' not supported between instances of '${typeName(timeoutSeconds)}' and 'int'`);
  }
  const ms = Math.ceil(Number(timeoutSeconds) * 1e3);
  if (Number.isNaN(ms)) throw new RangeError('cannot convert float NaN to integer');
  if (ms === Infinity) throw new RangeError('cannot convert float infinity to integer');
  return Math.max(ms, 0);
}
