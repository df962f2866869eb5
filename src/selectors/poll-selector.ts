import { type AsyncOptions, poll, type PollEvent } from '../select.ts';
import { PollLikeSelector } from './poll-like-selector.ts';

/**
 * A selector on poll(2).
 * @see CPython, Lib/selectors.py, `PollSelector`
 */
export class PollSelector<Data = unknown> extends PollLikeSelector<Data> {
  protected override readonly poller = poll();

  protected override ready(timeoutSeconds: number | null): PollEvent[] {
    return this.poller.poll(toMs(timeoutSeconds));
  }

  protected override readyAsync(timeoutSeconds: number | null, options?: AsyncOptions): Promise<PollEvent[]> {
    return this.poller.pollAsync(toMs(timeoutSeconds), options);
  }

  protected override release(): void {
    // A poll object owns nothing; CPython's closed selector can be used again, too.
  }
}

// `poll` itself rounds up, and takes null as for ever.
function toMs(timeoutSeconds: number | null): number | null {
  return timeoutSeconds === null ? null : timeoutSeconds * 1e3;
}
