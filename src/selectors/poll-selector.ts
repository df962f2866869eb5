import { poll, type PollEvent } from '../select.ts';
import { PollLikeSelector } from './poll-like-selector.ts';

/**
 * A selector on poll(2).
 * @see CPython, Lib/selectors.py, `PollSelector`
 */
export class PollSelector<Data = unknown> extends PollLikeSelector<Data> {
  protected override readonly poller = poll();

  protected override ready(timeoutSeconds: number | null): PollEvent[] {
    // Rounded up, so that a short wait is no busy loop; `poll` itself takes any negative number as for ever.
    return this.poller.poll(timeoutSeconds === null ? null : Math.ceil(timeoutSeconds * 1e3));
  }

  protected override release(): void {
    // A poll object owns nothing; CPython's closed selector can be used again, too.
  }
}
