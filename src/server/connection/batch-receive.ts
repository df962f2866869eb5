import { Buffer } from 'node:buffer';

import { EVENT_READ } from '../../selectors/event-mask.ts';
import { native } from '../../system/native.ts';
import type { Source } from '../loop/loop.ts';
import type { RunQueue } from '../loop/run-queue.ts';
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
  readonly #connections: (ClientConnection | undefined)[] = [];
  readonly #fds = new Int32Array(MAX_CONNECTIONS);
  readonly #results = new Int32Array(MAX_CONNECTIONS);

  constructor(owner: ConnectionOwner) {
    const { receiveBuffer, limits } = owner.settings;
    this.#owner = owner;
    this.#maxRecvBytes = Math.min(receiveBuffer.length, limits.bytesPerVisit);
    this.#bytes = Buffer.allocUnsafeSlow(receiveBuffer.length + this.#maxRecvBytes);
  }

  /**
   * Receives for the connections at the head of the run queue that are ready for reading and nothing else. Returns the number of
   * served connections, which leave the queue; 0 when fewer than two are in a row, because then a recv for each is as good.
   */
  receive(queue: RunQueue<Source>): number {
    const limit = Math.min(queue.length, MAX_CONNECTIONS);
    let wanted = 0;
    for (; wanted < limit; wanted++) {
      const source = queue.at(wanted)!;
      if (source.readyEvents !== EVENT_READ || !(source instanceof ClientConnection) || !source.canReceive) break;
      this.#fds[wanted] = source.fileno();
    }
    if (wanted < 2) return 0;
    const served = native.recvEach(this.#fds, wanted, this.#bytes, this.#maxRecvBytes, this.#results);
    for (let index = 0; index < served; index++) {
      const connection = queue.shift() as ClientConnection;
      connection.readyEvents = 0;
      this.#connections[index] = connection;
    }
    this.#recordResults(served);
    for (let index = 0, from = 0; index < served; index++) {
      const connection = this.#connections[index]!;
      this.#connections[index] = undefined;
      const result = this.#results[index]!;
      if (connection.received(result, this.#bytes, from, this.#maxRecvBytes)) queue.addAgain(connection);
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
