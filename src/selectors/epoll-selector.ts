import type { AsyncOptions } from '../select/node-loop.ts';
import { epoll, type EpollEvent } from '../select/epoll.ts';
import { PollLikeSelector } from './poll-like-selector.ts';

/**
 * A selector on epoll(7). It owns an fd: close it.
 * @see CPython, Lib/selectors.py, `EpollSelector`
 */
export class EpollSelector<Data = unknown> extends PollLikeSelector<Data> {
  protected override readonly poller = epoll();

  /**
   * The epoll's own fd, for nesting it in another selector.
   * @returns The fd.
   * @throws {RangeError} Where the selector is closed.
   */
  fileno(): number {
    return this.poller.fileno();
  }

  protected override ready(timeoutMs: number | null): EpollEvent[] {
    return this.poller.poll(toSeconds(timeoutMs), this.#most);
  }

  protected override readyAsync(timeoutMs: number | null, options?: AsyncOptions): Promise<EpollEvent[]> {
    return this.poller.pollAsync(toSeconds(timeoutMs), this.#most, options);
  }

  // CPython's choice: room for all, and at least the one that epoll_wait insists on.
  get #most(): number {
    return Math.max(this.count, 1);
  }

  protected override release(): void {
    this.poller.close();
  }
}

function toSeconds(timeoutMs: number | null): number | null {
  return timeoutMs === null ? null : timeoutMs * 1e-3;
}
