import { type AsyncOptions, epoll, type EpollEvent } from '../select.ts';
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

  protected override ready(timeoutSeconds: number | null): EpollEvent[] {
    return this.poller.poll(timeoutSeconds, this.#most);
  }

  protected override readyAsync(timeoutSeconds: number | null, options?: AsyncOptions): Promise<EpollEvent[]> {
    return this.poller.pollAsync(timeoutSeconds, this.#most, options);
  }

  // CPython's choice: room for all, and at least the one that epoll_wait insists on.
  get #most(): number {
    return Math.max(this.size, 1);
  }

  protected override release(): void {
    this.poller.close();
  }
}
