import type { AsyncOptions } from '../select/node-loop.ts';
import { poll, type PollEvent } from '../select/poll.ts';
import { PollLikeSelector } from './poll-like-selector.ts';

/**
 * A selector that uses poll(2).
 * @see CPython, Lib/selectors.py, `PollSelector`
 */
export class PollSelector<Data = unknown> extends PollLikeSelector<Data> {
  protected override readonly poller = poll();

  protected override ready(timeoutMs: number | null): PollEvent[] {
    return this.poller.poll(timeoutMs);
  }

  protected override readyAsync(timeoutMs: number | null, options?: AsyncOptions): Promise<PollEvent[]> {
    return this.poller.pollAsync(timeoutMs, options);
  }
}
