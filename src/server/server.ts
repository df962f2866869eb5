import type { Address, CompactAddress } from '../socket/address.ts';
import { errnoOf } from '../system/errors.ts';
import { Clients } from './connection/clients.ts';
import type { Connection } from './connection/connection.ts';
import { HandlerCalls } from './handler-calls.ts';
import { type Limits, toLimits } from './limits.ts';
import { Acceptor } from './listener/acceptor.ts';
import { listenOn } from './listener/listen.ts';
import { LoopServer, type ShutdownWaits } from './loop-server.ts';
import type { Source } from './loop/loop.ts';
import type { RunQueue } from './loop/run-queue.ts';
import { MessageQueue } from './message-queue.ts';
import type { ServerOptions } from './options.ts';
import type { PeerStats } from './peers.ts';
import type { ServerStats } from './stats.ts';

// On shutdown, pending input is read for this long; after that only while a connection still has unread bytes.
const CATCH_UP_MS = 1000;
const MAX_CATCH_UP_MS = 10_000;

/** A message together with the connection that sent it. */
export interface ReceivedFrom {
  /** The bytes of the message. */
  message: Buffer;
  /** The client that sent it. */
  connection: Connection;
}

/** The loop of the article as a server for streams: one thread, one wait with a timeout, then everything that is ready. */
export class Server extends LoopServer<Connection> {
  readonly #options: ServerOptions;
  readonly #limits: Limits;
  readonly #clients: Clients;
  readonly #acceptor: Acceptor;
  readonly #waitErrors: Record<string, number> = {};

  /**
   * Binds and listens; `serveForever` then serves.
   * @param options The address, the handlers and the limits.
   * @throws {OSError} EADDRINUSE, EADDRNOTAVAIL, EACCES and other errors of bind(2) and listen(2).
   * @throws {RangeError} For an unknown backend or framing, and for a limit that is negative.
   * @throws {TypeError} For a limit that is not a number, and when both `onMessage` and `onBatch` are given.
   */
  constructor(options: ServerOptions) {
    const closeClient = (connection: Connection): void => {
      connection.close('error');
    };
    super(options, new HandlerCalls(options.onError, closeClient));
    this.#options = options;
    try {
      if (options.onMessage !== undefined) this.#refuseOnBatch('onMessage');
      this.#limits = toLimits(options);
      this.#clients = new Clients(options, this.#limits, this.loop, this.handlers, this.recorders, () => {
        this.#acceptor.endPause();
      });
      this.#acceptor = this.#createAcceptor();
    } catch (error) {
      this.loop.close();
      throw error;
    }
    this.#acceptor.update();
  }

  /**
   * The address that the server listens on.
   * @returns The address, with the port that the kernel chose when port 0 was asked for.
   */
  override address(): Address {
    return this.#acceptor.address;
  }

  override get receiveBufferBytes(): number {
    return this.#acceptor.receiveBufferBytes;
  }

  /** The connections that are open now. */
  get connections(): ReadonlySet<Connection> {
    return this.#clients.all;
  }

  /**
   * The counters of the server.
   * @returns A copy.
   */
  stats(): ServerStats {
    let paused = 0;
    for (const connection of this.#clients.all) if (connection.paused) paused++;
    return {
      ...this.#clients.counts,
      connected: this.#clients.all.size,
      paused,
      turns: this.loop.turns,
      disconnects: { ...this.#clients.disconnects },
      unfinished: { ...this.#clients.unfinishedCounts },
      acceptErrors: { ...this.#acceptor.errors },
      waitErrors: { ...this.#waitErrors },
      silent: this.#clients.peers.silentCount,
    };
  }

  /** The number of clients that wait in the kernel's queue to be accepted; `undefined` for a Unix socket, where it does not say so. */
  get acceptQueue(): number | undefined {
    return this.#acceptor.queueLength;
  }

  override peers(): PeerStats[] {
    return this.#clients.peers.stats(this.#clients.all);
  }

  /**
   * Serves, and yields the messages one by one instead of calling `onMessage`. A connection's next message is delivered when
   * the loop body has finished with the present one. Leaving the loop shuts the server down.
   * @yields {ReceivedFrom} Each message and its connection, until `shutdown` has drained.
   * @throws {OSError} EBADF, ENOTSOCK, EINVAL: the listening socket can no longer be used.
   * @throws {Error} When the server serves already, or has been closed.
   * @throws {TypeError} When the server has `onBatch`.
   */
  async *messages(): AsyncGenerator<ReceivedFrom, void> {
    this.checkUnused();
    this.#refuseOnBatch('messages()');
    const queue = new MessageQueue<ReceivedFrom>();
    this.#clients.onMessage = (message, connection) => queue.push({ message, connection });
    const served = this.serveForever().finally(() => {
      queue.end();
    });
    // `served` may be rejected before it is awaited below, while the loop still waits for a message.
    served.catch(() => undefined);
    try {
      yield* queue;
    } finally {
      this.shutdown();
      await served;
    }
  }

  /** @internal */
  protected override listeningTimeoutSeconds(): number {
    return Math.min(this.#limits.timeoutSeconds, this.#acceptor.pauseSeconds);
  }

  /** @internal */
  protected override *shutdownWaits(): ShutdownWaits {
    const { timeoutSeconds, drainSeconds } = this.#limits;
    const { clock } = this.loop;
    const startedMs = clock.nowMs();
    const elapsedMs = (): number => clock.nowMs() - startedMs;
    const hasTime = (): boolean => this.is('draining') && elapsedMs() < drainSeconds * 1e3;
    this.#acceptor.update();
    this.#clients.stopLimitingAddresses();
    yield* this.#catchUp(elapsedMs);
    this.#acceptor.close();
    this.#clients.startClosingIdle();
    while (hasTime() && this.#clients.all.size > 0) {
      yield Math.min(timeoutSeconds, drainSeconds - elapsedMs() / 1e3);
    }
    this.#clients.closeAll('drain-deadline');
  }

  // Reads what the clients have sent before the shutdown, including the clients that still wait to be accepted.
  *#catchUp(elapsedMs: () => number): ShutdownWaits {
    const maxMs = Math.min(this.#limits.drainSeconds * 1e3, MAX_CATCH_UP_MS);
    for (let readyCount = -1; this.is('draining') && readyCount !== 0 && elapsedMs() < maxMs;) {
      readyCount = yield 0;
      if (readyCount < 0) continue;
      if (!this.#acceptor.reachedTurnLimit || elapsedMs() > CATCH_UP_MS) this.#acceptor.close();
      if (this.loop.queue.length === 0 && elapsedMs() > CATCH_UP_MS) return;
    }
  }

  /** @internal */
  protected override turnStarted(): void {
    this.#clients.turnStarted();
  }

  /** @internal */
  protected override serveTogether(queue: RunQueue<Source>): number {
    return this.#clients.receiveTogether(queue);
  }

  /** @internal */
  protected override turnEnded(): void {
    this.#clients.turnEnded();
    if (this.state === 'closed') return;
    this.#clients.closeOverdueAndIdle();
    if (this.#acceptor.interest === 0) this.#acceptor.update();
  }

  /** @internal */
  protected override waitFailed(code: string): void {
    this.#waitErrors[code] = (this.#waitErrors[code] ?? 0) + 1;
    this.handlers.call('onExhausted', undefined, this.#options.onExhausted, code);
  }

  /** @internal */
  protected override closeAll(): void {
    this.#clients.closeAll('closed');
    this.#acceptor.close();
  }

  #refuseOnBatch(other: string): void {
    if (this.#options.onBatch !== undefined) throw new TypeError(`${other} and onBatch exclude each other`);
  }

  #createAcceptor(): Acceptor {
    const { address, onExhausted } = this.#options;
    const serverSocket = listenOn(address, this.#options, this.#limits);
    return new Acceptor(serverSocket, this.loop, this.#limits.acceptsPerTurn, {
      room: () => this.#room(),
      accepted: (fd: number, from: CompactAddress) => {
        this.recorders?.recordCall('accept', serverSocket.socket.fileno(), fd);
        this.#clients.add(fd, from);
      },
      exhausted: (code: string) => {
        this.recorders?.recordCall('accept', serverSocket.socket.fileno(), errnoOf(code));
        this.handlers.call('onExhausted', undefined, onExhausted, code);
      },
    });
  }

  // During a shutdown there is always room: clients that wait to be accepted would otherwise never be served.
  #room(): number {
    if (this.state === 'draining' || this.#options.overload === 'shed') return Infinity;
    return this.#limits.maxClients - this.#clients.all.size;
  }
}
