import { OSError } from '../system/errors.ts';
import { typeName } from '../system/type-name.ts';
import type { FileObject } from '../system/fileobj.ts';
import type { AsyncOptions } from '../select/node-loop.ts';
import type { Poll } from '../select/poll.ts';
import type { Timeout } from '../system/timeout.ts';
import { EVENT_EXCEPTIONAL, toEvents, toMask } from './event-mask.ts';
import { BaseSelector, type DataArgument, type ReadyKey } from './selector.ts';
import { SelectorKey } from './selector-key.ts';

/** The methods that `Poll` and `Epoll` have in common; their masks have the same bits. */
export type Poller = Pick<Poll, 'register' | 'modify' | 'unregister'>;

/** A ready fd and its POLL* bits. */
export type ReadyFd = [fd: number, mask: number];

/**
 * The common part of the selectors that use poll(2) and epoll(7).
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
      // The fd has been closed since it was registered, so the kernel has removed it already.
      if (!(error instanceof OSError)) throw error;
    }
  }

  protected override change(
    { fileobj, fd }: SelectorKey<Data>,
    _fileobj: FileObject,
    events: number,
    ...data: DataArgument<Data>
  ): SelectorKey<Data> {
    const mask = checkedMask(events);
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
      // As in CPython, a hang-up is reported even when the key has no events. A key that waits only for an exceptional
      // condition gets no report of it: select(2) makes none, either.
      if (events !== 0 || (key.events & EVENT_EXCEPTIONAL) === 0) keys.push([key, events]);
    }
    return keys;
  }
}

function checkedMask(events: unknown): number {
  if (!Number.isInteger(events)) {
    throw new TypeError(`unsupported operand type(s) for &: '${typeName(events)}' and 'int'`);
  }
  return toMask(events as number);
}

// The messages are those of Python's `<=` and `math.ceil`, which CPython's selectors apply to the timeout.
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
