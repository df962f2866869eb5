import { setImmediate } from 'node:timers/promises';

import { errnoOf } from '../errors.ts';
import { EpollSelector } from '../selectors/epoll-selector.ts';
import { PollSelector } from '../selectors/poll-selector.ts';
import { SelectSelector } from '../selectors/select-selector.ts';
import { type BaseSelector, EVENT_READ } from '../selectors/selector.ts';
import { type Address, SOMAXCONN } from '../socket.ts';
import * as sys from '../sys.ts';
import { Acceptor } from './acceptor.ts';
import { Connection, type DisconnectReason } from './connection.ts';

export type { Address } from '../socket.ts';
export { Connection, type DisconnectReason } from './connection.ts';

/** The system call that the server waits with. */
export type Backend = 'select' | 'poll' | 'epoll';

/** What a server is made of. */
export interface ServerOptions {
  /** Where to listen: ['0.0.0.0', 9001] or ['::1', 9001]. Port 0 lets the kernel choose. */
  address: readonly [host: string, port: number];
  /** What to wait with; 'select' by default. */
  backend?: Backend;
  /** The longest wait of one turn, in seconds; 1 by default. */
  timeoutSeconds?: number;
  /** How many connections the kernel may queue; SOMAXCONN by default. */
  backlog?: number;
  /** The most clients at a time, the others wait in the queue; 10,000 by default, 0 disables the limit. */
  maxClients?: number;
  /** Called with what each recv gave, at most 64 KiB. The message is the handler's to keep. */
  onMessage: (message: Buffer, connection: Connection) => void;
  /** Called when a client has connected. */
  onConnection?: (connection: Connection) => void;
  /** Called when a connection has ended. */
  onDisconnect?: (connection: Connection, reason: DisconnectReason) => void;
  /** Called when a wait has ended with nothing ready. */
  onTick?: () => void;
  /** Called when accepting stops, because the process is out of fds or memory; it goes on with a later tick. */
  onExhausted?: () => void;
}

/** What a server has done. */
export interface ServerStats {
  /** Clients that have connected. */
  clients: number;
  /** Clients that are connected now. */
  connected: number;
  /** Messages handed to `onMessage`. */
  messages: number;
  /** Bytes received. */
  bytes: number;
  /** Turns of the loop: calls of select, poll or epoll_wait. */
  turns: number;
}

const RECV_BYTES = 65536;
const EAGAIN = errnoOf('EAGAIN');
const EINTR = errnoOf('EINTR');

const selectors: Record<Backend, new () => BaseSelector<Acceptor | Connection>> = {
  select: SelectSelector,
  poll: PollSelector,
  epoll: EpollSelector,
};

/** The document's loop as a server: one thread, one wait with a timeout, then whatever is ready. */
export class Server {
  readonly #options: Required<Pick<ServerOptions, 'timeoutSeconds' | 'maxClients'>> & ServerOptions;
  readonly #selector: BaseSelector<Acceptor | Connection>;
  readonly #acceptor: Acceptor;
  readonly #connections = new Set<Connection>();
  readonly #received = Buffer.allocUnsafeSlow(RECV_BYTES);
  readonly #stats: ServerStats = { clients: 0, connected: 0, messages: 0, bytes: 0, turns: 0 };
  #state: 'listening' | 'draining' | 'closed' = 'listening';
  #accepting = false;

  /**
   * Binds and listens; `serveForever` then serves.
   * @param options What to listen on and what to do.
   * @throws {OSError} EADDRINUSE, EACCES and kin, where the address cannot be listened on.
   */
  constructor(options: ServerOptions) {
    this.#options = { timeoutSeconds: 1, maxClients: 10_000, ...options };
    this.#acceptor = new Acceptor(options.address, options.backlog ?? SOMAXCONN);
    this.#selector = new selectors[options.backend ?? 'select']();
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
   * Serves until `shutdown`. Each wait blocks the thread; between two of them Node runs what it has to.
   * @throws {OSError} Where the listener breaks.
   */
  async serveForever(): Promise<void> {
    try {
      while (this.#state === 'listening') {
        this.#turn(this.#options.timeoutSeconds);
        await setImmediate();
      }
      this.#drain();
    } finally {
      this.#close();
    }
  }

  /** Ends `serveForever` after the present wait: what has come is still taken, then every connection is closed. */
  shutdown(): void {
    if (this.#state === 'listening') this.#state = 'draining';
  }

  #turn(timeoutSeconds: number): number {
    const ready = this.#selector.select(timeoutSeconds);
    this.#stats.turns++;
    for (const [{ data }] of ready) {
      if (data instanceof Acceptor) this.#accept();
      else if (!data.closed) this.#receive(data);
    }
    if (ready.length === 0) {
      this.#options.onTick?.();
      this.#resumeAccepting();
    }
    return ready.length;
  }

  #accept(): void {
    const outcome = this.#acceptor.accept(this.#room(), (fd, address) => {
      const connection = new Connection(fd, address);
      this.#connections.add(connection);
      this.#selector.register(connection, EVENT_READ, connection);
      this.#stats.clients++;
      this.#options.onConnection?.(connection);
    });
    if (outcome === 'exhausted') this.#options.onExhausted?.();
    if (outcome === 'exhausted' || this.#room() === 0) this.#pauseAccepting();
  }

  #room(): number {
    const { maxClients } = this.#options;
    return maxClients === 0 ? Infinity : maxClients - this.#connections.size;
  }

  #pauseAccepting(): void {
    if (!this.#accepting) return;
    this.#accepting = false;
    this.#selector.unregister(this.#acceptor);
  }

  #resumeAccepting(): void {
    if (this.#accepting || this.#state === 'closed' || this.#room() === 0) return;
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
      this.#options.onMessage(Buffer.from(this.#received.subarray(0, count)), connection);
    } else if (count === 0) this.#disconnect(connection, 'eof');
    // Ready is a hint only: select(2), BUGS.
    else if (count !== EAGAIN && count !== EINTR) this.#disconnect(connection, 'reset');
  }

  #disconnect(connection: Connection, reason: DisconnectReason): void {
    this.#connections.delete(connection);
    this.#selector.unregister(connection);
    connection.close();
    this.#resumeAccepting();
    this.#options.onDisconnect?.(connection, reason);
  }

  // What clients had sent before the end is taken, from those in the queue too. A client that goes on sending must not
  // hold up the end: no more turns than it takes to read full socket buffers.
  #drain(): void {
    for (let turns = 0; turns < 1000 && this.#turn(0) > 0; turns++);
  }

  #close(): void {
    this.#state = 'closed';
    this.#acceptor.close();
    for (const connection of this.#connections) this.#disconnect(connection, 'closed');
    this.#selector.close();
  }
}
