import { native } from '../../system/native.ts';
import type { Connection } from './client-connection.ts';
import type { Host } from './host.ts';

const MOST_CONNECTIONS = 64;
// More is sent from where it lies.
const MOST_BYTES = 4096;

/** The first send of many connections, in one call of the addon, as `Receiver` does with their recvs. */
export class Flusher {
  readonly #host: Host;
  readonly #connections: (Connection | undefined)[] = [];
  readonly #fds = new Int32Array(MOST_CONNECTIONS);
  readonly #ends = new Int32Array(MOST_CONNECTIONS);
  readonly #results = new Int32Array(MOST_CONNECTIONS);
  #count = 0;
  #bytes = 0;

  /** @param host What the connections have in common. */
  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * Sends what little waits on connections; their `attend` does the rest.
   * @param connections The connections.
   * @param count How many of them.
   */
  flush(connections: readonly (Connection | undefined)[], count: number): void {
    if (count < 2) return;
    for (let index = 0; index < count; index++) {
      const connection = connections[index]!;
      const bytes = connection.sendable;
      if (bytes === 0 || bytes > MOST_BYTES) continue;
      if (this.#count === MOST_CONNECTIONS || this.#bytes + bytes > this.#host.scratch.length) this.#send();
      this.#add(connection);
    }
    if (this.#count > 0) this.#send();
  }

  #add(connection: Connection): void {
    const index = this.#count++;
    this.#connections[index] = connection;
    this.#fds[index] = connection.fileno();
    this.#bytes += connection.gather(this.#host.scratch, this.#bytes);
    this.#ends[index] = this.#bytes;
  }

  #send(): void {
    const count = this.#count;
    native.sendEach(this.#fds, count, this.#host.scratch, this.#ends, this.#results);
    this.#count = this.#bytes = 0;
    for (let index = 0; index < count; index++) {
      this.#host.transferred(this.#fds[index]!, 'send', this.#results[index]!);
    }
    for (let index = 0; index < count; index++) {
      const connection = this.#connections[index]!;
      this.#connections[index] = undefined;
      connection.sent(this.#results[index]!);
    }
  }
}
