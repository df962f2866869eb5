import { format } from 'node:util';

import { errnoOf } from '../errors.ts';
import { type Backend, createSelector } from '../selectors/backend.ts';
import { type BaseSelector, EVENT_READ, type ReadyKey } from '../selectors/selector.ts';
import type { Address } from '../socket.ts';
import * as sys from '../sys.ts';
import { Acceptor } from './acceptor.ts';
import { Connection, type Leave } from './connection.ts';
import { type Limits, type ServerOptions, toLimits } from './options.ts';
import type { ServerStats } from './stats.ts';

export type { Address } from '../socket.ts';
export { Connection, type DisconnectReason } from './connection.ts';
export type { ServerOptions } from './options.ts';
export type { ServerStats } from './stats.ts';
export type { Backend };

const RECV_BYTES = 65536;
const DRAIN_MS = 1000;
const EAGAIN = errnoOf('EAGAIN');
const EINTR = errnoOf('EINTR');

/** The document's loop as a server: one thread, one wait with a timeout, then whatever is ready. */
export class Server {
  readonly #options: ServerOptions;
  readonly #limits: Limits;
  readonly #selector: BaseSelector<Acceptor | Connection>;
  readonly #acceptor: Acceptor;
  readonly #connections = new Set<Connection>();
  readonly #received = Buffer.allocUnsafeSlow(RECV_BYTES);
  readonly #stats: ServerStats = { clients: 0, connected: 0, messages: 0, bytes: 0, turns: 0 };
  #wake = new AbortController();
  #state: 'bound' | 'listening' | 'draining' | 'closed' = 'bound';
  #waiting = false;
  #accepting = false;
  #acceptAgainMs = 0;

  /**
   * Binds and listens; `serveForever` then serves.
   * @param options What to listen on and what to do.
   * @throws {OSError} EADDRINUSE, EACCES and kin, where the address cannot be listened on.
   * @throws {RangeError} For a backend that is none, and a number that is negative.
   */
  constructor(options: ServerOptions) {
    this.#options = options;
    this.#limits = toLimits(options);
    this.#selector = createSelector(options.backend ?? 'select');
    try {
      this.#acceptor = new Acceptor(options.address, this.#limits.backlog);
    } catch (error) {
      this.#selector.close();
      throw error;
    }
    this.#resumeAccepting();
  }

  /**
   * The address that the server listens on.
   * @returns It, with the port that the kernel chose for port 0.
   */
  address(): Address {
    return this.#acceptor.address;
  }

  /**
   * What the server has done so far.
   * @returns A copy of its counters.
   */
  stats(): ServerStats {
    return { ...this.#stats, connected: this.#connections.size };
  }

  /**
   * Serves until `shutdown`, and leaves Node alive: timers, promises, signals and Node's own I/O go on meanwhile.
   * @throws {OSError} Where the listener breaks.
   * @throws {Error} Where it serves already, or has served.
   */
  async serveForever(): Promise<void> {
    if (this.#state !== 'bound') throw new Error(`the server is ${this.#state} already`);
    this.#state = 'listening';
    try {
      await this.#serve();
      await this.#drain();
    } finally {
      this.close();
    }
  }

  /** Ends `serveForever` at once: what has come is still taken, then every connection is closed. */
  shutdown(): void {
    if (this.#state === 'bound') this.close();
    if (this.#state !== 'listening') return;
    this.#state = 'draining';
    this.#endWait();
  }

  /** Closes the listener and every connection, without taking what has come. A second time does nothing. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#accepting = false;
    this.#endWait();
    for (const connection of this.#connections) connection.close();
    this.#selector.close();
    this.#acceptor.close();
  }

  /** `using` closes the server at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #serve(): Promise<void> {
    while (this.#state === 'listening') this.#dispatch(await this.#wait(this.#limits.timeoutSeconds));
  }

  // Gives `undefined` where `#endWait` has ended it.
  async #wait(timeoutSeconds: number): Promise<ReadyKey<Acceptor | Connection>[] | undefined> {
    const { signal } = this.#wake;
    this.#waiting = true;
    try {
      return await this.#selector.selectAsync(timeoutSeconds, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      this.#wake = new AbortController();
      return undefined;
    } finally {
      this.#waiting = false;
      this.#stats.turns++;
    }
  }

  #endWait(): void {
    if (this.#waiting) this.#wake.abort();
  }

  #dispatch(ready: ReadyKey<Acceptor | Connection>[] | undefined): void {
    for (const [{ data }] of ready ?? []) {
      if (this.#state === 'closed') return;
      if (data instanceof Acceptor) this.#accept();
      // An earlier handler of this turn may have closed it.
      else if (!data.closed) this.#receive(data);
    }
    if (ready?.length === 0) this.#call(undefined, this.#options.onTick);
    if (performance.now() >= this.#acceptAgainMs) this.#resumeAccepting();
  }

  #accept(): void {
    const outcome = this.#acceptor.accept(this.#room(), (fd, address) => {
      const connection = new Connection(fd, address, this.#leave);
      this.#connections.add(connection);
      this.#selector.register(connection, EVENT_READ, connection);
      this.#stats.clients++;
      this.#call(connection, this.#options.onConnection, connection);
    });
    if (outcome === 'exhausted') {
      this.#acceptAgainMs = performance.now() + this.#limits.timeoutSeconds * 1e3;
      this.#call(undefined, this.#options.onExhausted);
    }
    if (outcome === 'exhausted' || this.#room() <= 0) this.#pauseAccepting();
  }

  // At the end, those in the queue are not kept waiting for others to leave: they would never be served.
  #room(): number {
    return this.#state === 'draining' ? Infinity : this.#limits.maxClients - this.#connections.size;
  }

  #pauseAccepting(): void {
    if (!this.#accepting) return;
    this.#accepting = false;
    this.#selector.unregister(this.#acceptor);
  }

  #resumeAccepting(): void {
    if (this.#accepting || this.#state === 'closed' || this.#room() <= 0) return;
    this.#accepting = true;
    this.#selector.register(this.#acceptor, EVENT_READ, this.#acceptor);
  }

  // One recv a turn, so that a client that floods does not keep the others waiting.
  #receive(connection: Connection): void {
    const count = sys.recv(connection.fileno(), this.#received, 0, RECV_BYTES, 0);
    if (count > 0) {
      this.#stats.messages++;
      this.#stats.bytes += count;
      connection.messages++;
      connection.bytes += count;
      const message = Buffer.from(this.#received.subarray(0, count));
      this.#call(connection, this.#options.onMessage, message, connection);
    } else if (count === 0) connection.close('eof');
    // Ready is a hint only: select(2), BUGS.
    else if (count !== EAGAIN && count !== EINTR) connection.close('reset');
  }

  readonly #leave: Leave = (connection, fd, reason) => {
    this.#connections.delete(connection);
    // Closed by a timer, say: a wait that goes on would find a closed fd in its set, and accept nobody in its place.
    this.#endWait();
    // Unregistered before it is closed: epoll would go on reporting an fd of which a dup is alive.
    this.#selector.unregister(fd);
    sys.close(fd);
    // An fd is free again; accepting may go on.
    this.#acceptAgainMs = 0;
    this.#call(connection, this.#options.onDisconnect, connection, reason);
  };

  // A handler that throws ends its own connection, and nothing else.
  #call<Args extends unknown[]>(
    connection: Connection | undefined,
    handler: ((...args: Args) => void) | undefined,
    ...args: Args
  ): void {
    try {
      handler?.(...args);
    } catch (error) {
      connection?.close('error');
      this.#report(error, connection);
    }
  }

  #report(error: unknown, connection: Connection | undefined): void {
    const { onError = warn } = this.#options;
    try {
      onError(error, connection);
    } catch (thrown) {
      warn(thrown);
    }
  }

  // What clients had sent before the end is taken, from those in the queue too; a client that goes on sending must not
  // hold up the end.
  async #drain(): Promise<void> {
    this.#resumeAccepting();
    const deadlineMs = performance.now() + DRAIN_MS;
    while (this.#state === 'draining' && performance.now() < deadlineMs) {
      const ready = await this.#wait(0);
      if (ready?.length === 0) return;
      this.#dispatch(ready);
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : format('%s', error));
}
