import type { AsyncOptions } from '../select/node-loop.ts';
import { epoll, type EpollEvent } from '../select/epoll.ts';
import { PollLikeSelector } from './poll-like-selector.ts';

/**
 * A selector that uses epoll(7). It owns an fd: close it.
 * @see CPython, Lib/selectors.py, `EpollSelector`
 */
export class EpollSelector<Data = unknown> extends PollLikeSelector<Data> {
  protected override readonly poller = epoll();

  /**
   * Returns the epoll's own fd, which can be registered with another selector.
   * @throws {RangeError} When the selector is closed.
   */
  fileno(): number {
    return this.poller.fileno();
  }

  protected override ready(timeoutMs: number | null): EpollEvent[] {
    return this.poller.poll(toSeconds(timeoutMs), this.#maxevents);
  }

  protected override readyAsync(timeoutMs: number | null, options?: AsyncOptions): Promise<EpollEvent[]> {
    return this.poller.pollAsync(toSeconds(timeoutMs), this.#maxevents, options);
  }

  // As in CPython: room for all registered fds, and at least 1, because epoll_wait refuses 0.
  get #maxevents(): number {
    return Math.max(this.count, 1);
  }

  protected override release(): void {
    this.poller.close();
  }
}

function toSeconds(timeoutMs: number | null): number | null {
  return timeoutMs === null ? null : timeoutMs * 1e-3;
}
