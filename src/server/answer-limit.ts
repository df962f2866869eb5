import type { Address } from '../socket/address.ts';
import type { Clock } from './loop/clock.ts';
import { RecentMap } from './recent-map.ts';

// About 2 MB. A flood from more addresses makes the limit begin again earlier.
const MAX_ADDRESSES = 16_384;

/**
 * Limits the answers to one address in a second. Two servers that answer each other look like clients to each other, and would
 * go on for ever: the answer that is not sent ends their conversation.
 */
export class AnswerLimit {
  readonly #maxPerSecond: number;
  readonly #counts: RecentMap<number>;

  /** `maxPerSecond` is Infinity when there is no limit. */
  constructor(clock: Clock, maxPerSecond: number) {
    this.#counts = new RecentMap(clock, MAX_ADDRESSES);
    this.#maxPerSecond = maxPerSecond;
  }

  /** Counts one answer, and returns whether it may be sent. */
  allows(address: Address): boolean {
    if (this.#maxPerSecond === Infinity) return true;
    const counts = this.#counts.entries();
    const key = keyOf(address);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= this.#maxPerSecond;
  }
}

function keyOf(address: Address): string {
  if (typeof address === 'string') return address;
  return Buffer.isBuffer(address) ? address.toString('latin1') : `${String(address[0])} ${String(address[1])}`;
}
