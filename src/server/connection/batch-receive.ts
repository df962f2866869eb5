import { Buffer } from 'node:buffer';

import { EVENT_READ } from '../../selectors/event-mask.ts';
import { native } from '../../system/native.ts';
import type { ReadyList } from '../loop/loop.ts';
import { ClientConnection, type ConnectionOwner } from './client-connection.ts';

// In a larger batch the first connection would wait longer for its answer.
const MAX_CONNECTIONS = 64;

/**
 * Makes the first recv of many connections in one call of the addon. The received bytes lie side by side, so that the messages
 * of many connections share one copy.
 */
export class BatchReceive {
  readonly #owner: ConnectionOwner;
  readonly #bytes: Buffer;
  readonly #maxRecvBytes: number;
  readonly #fds = new Int32Array(MAX_CONNECTIONS);
  readonly #results = new Int32Array(MAX_CONNECTIONS);

  constructor(owner: ConnectionOwner) {
    const { receiveBuffer, limits } = owner.settings;
    this.#owner = owner;
    this.#maxRecvBytes = Math.min(receiveBuffer.length, limits.bytesPerTurn);
    this.#bytes = Buffer.allocUnsafeSlow(receiveBuffer.length + this.#maxRecvBytes);
  }

  /**
   * Receives for the connections from `first` on that are ready for reading and nothing else. Returns the number of served
   * connections, which leave the list; 0 when fewer than two are in a row, because then a separate recv is as fast.
   */
  receive({ count, sources, events }: ReadyList, first: number): number {
    const limit = Math.min(count - first, MAX_CONNECTIONS);
    let wanted = 0;
    for (; wanted < limit; wanted++) {
      const source = sources[first + wanted];
      if (events[first + wanted] !== EVENT_READ || !(source instanceof ClientConnection) || !source.canReceive) break;
      this.#fds[wanted] = source.fileno();
    }
    if (wanted < 2) return 0;
    const served = native.recvEach(this.#fds, wanted, this.#bytes, this.#maxRecvBytes, this.#results);
    this.#recordResults(served);
    for (let index = 0, from = 0; index < served; index++) {
      const connection = sources[first + index] as ClientConnection;
      sources[first + index] = undefined;
      const result = this.#results[index]!;
      connection.received(result, this.#bytes, from, this.#maxRecvBytes);
      if (result > 0) from += result;
    }
    return served;
  }

  // All results are recorded before any handler runs, because a handler may close another of these connections.
  #recordResults(served: number): void {
    let bytes = 0;
    for (let index = 0; index < served; index++) {
      const result = this.#results[index]!;
      this.#owner.transferred('recv', this.#fds[index]!, result);
      if (result > 0) bytes += result;
    }
    this.#owner.settings.input.copies.reset(this.#bytes, bytes);
  }
}
