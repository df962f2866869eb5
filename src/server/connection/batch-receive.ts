import { Buffer } from 'node:buffer';

import { native } from '../../system/native.ts';
import { EVENT_READ } from '../../selectors/event-mask.ts';
import { Connection } from './client-connection.ts';
import type { Host } from './host.ts';
import type { Found } from '../loop/loop.ts';

// More would make the first one's answer wait longer.
const MOST_CONNECTIONS = 64;

/**
 * The first recv of many connections, in one call of the addon. Their bytes lie side by side, where one copy serves the
 * messages of many.
 */
export class Receiver {
  readonly #host: Host;
  readonly #bytes: Buffer;
  readonly #most: number;
  readonly #fds = new Int32Array(MOST_CONNECTIONS);
  readonly #results = new Int32Array(MOST_CONNECTIONS);

  /** @param host What the connections have in common. */
  constructor(host: Host) {
    this.#host = host;
    this.#most = Math.min(host.received.length, host.limits.bytesPerTurn);
    this.#bytes = Buffer.allocUnsafeSlow(host.received.length + this.#most);
  }

  /**
   * Receives for those connections of a turn, next to each other, that wait for bytes and nothing else.
   * @param found What the turn has found ready; those that are served leave the list.
   * @param found.count How many that are.
   * @param found.sources The sources.
   * @param found.events What each is ready for.
   * @param first Where to begin.
   * @returns How many were served: 0 where one by one is as good.
   */
  receive({ count, sources, events }: Found, first: number): number {
    let wanted = 0;
    for (const most = Math.min(count - first, MOST_CONNECTIONS); wanted < most; wanted++) {
      const source = sources[first + wanted];
      if (events[first + wanted] !== EVENT_READ || !(source instanceof Connection) || !source.receptive) break;
      this.#fds[wanted] = source.fileno();
    }
    if (wanted < 2) return 0;
    const served = native.recvEach(this.#fds, wanted, this.#bytes, this.#most, this.#results);
    this.#count(served);
    for (let index = 0, from = 0; index < served; index++) {
      const connection = sources[first + index] as Connection;
      sources[first + index] = undefined;
      const result = this.#results[index]!;
      connection.arrived(result, this.#bytes, from, this.#most);
      if (result > 0) from += result;
    }
    return served;
  }

  // Before any handler runs, which may close one of the others.
  #count(served: number): void {
    let bytes = 0;
    for (let index = 0; index < served; index++) {
      const result = this.#results[index]!;
      this.#host.transferred(this.#fds[index]!, 'recv', result);
      if (result > 0) bytes += result;
    }
    this.#host.copies.begin(this.#bytes, bytes);
  }
}
