import { native } from '../../system/native.ts';
import type { ClientConnection, ConnectionOwner } from './client-connection.ts';

const MAX_CONNECTIONS = 64;
// A connection with more output than this sends it in a call of its own, without copying it.
const MAX_GATHERED_BYTES = 4096;

/** Makes the first send of many connections in one call of the addon, as `BatchReceive` does with their recvs. */
export class BatchSend {
  readonly #owner: ConnectionOwner;
  readonly #connections: (ClientConnection | undefined)[] = [];
  readonly #fds = new Int32Array(MAX_CONNECTIONS);
  readonly #ends = new Int32Array(MAX_CONNECTIONS);
  readonly #results = new Int32Array(MAX_CONNECTIONS);
  #count = 0;
  #bytes = 0;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
  }

  /**
   * Sends the output of the first `count` connections that have little output. Their `finishTurn` sends the remaining output.
   */
  send(connections: readonly (ClientConnection | undefined)[], count: number): void {
    if (count < 2) return;
    const { sendBuffer } = this.#owner.settings;
    for (let index = 0; index < count; index++) {
      const connection = connections[index]!;
      const bytes = connection.sendableBytes;
      if (bytes === 0 || bytes > MAX_GATHERED_BYTES) continue;
      if (this.#count === MAX_CONNECTIONS || this.#bytes + bytes > sendBuffer.length) this.#sendGathered();
      this.#gather(connection);
    }
    if (this.#count > 0) this.#sendGathered();
  }

  #gather(connection: ClientConnection): void {
    const index = this.#count++;
    this.#connections[index] = connection;
    this.#fds[index] = connection.fileno();
    this.#bytes += connection.gatherOutput(this.#owner.settings.sendBuffer, this.#bytes);
    this.#ends[index] = this.#bytes;
  }

  #sendGathered(): void {
    const count = this.#count;
    native.sendEach(this.#fds, count, this.#owner.settings.sendBuffer, this.#ends, this.#results);
    this.#count = this.#bytes = 0;
    for (let index = 0; index < count; index++) {
      this.#owner.transferred('send', this.#fds[index]!, this.#results[index]!);
    }
    for (let index = 0; index < count; index++) {
      const connection = this.#connections[index]!;
      this.#connections[index] = undefined;
      connection.gatheredOutputSent(this.#results[index]!);
    }
  }
}
