import { errnoOf } from '../system/errors.ts';
import { EVENT_EXCEPTIONAL, EVENT_READ } from '../selectors/event-mask.ts';
import type { Address } from '../socket/address.ts';
import type { CompactAddress } from '../socket/address.ts';
import * as sys from '../system/calls.ts';
import { Acceptor } from './listener/acceptor.ts';
import { Attention } from './connection/end-of-turn.ts';
import { BaseServer, type Waits, warn } from './loop-server.ts';
import { Clients } from './connection/clients.ts';
import { Connection } from './connection/client-connection.ts';
import type { DisconnectReason } from './connection/disconnect-reason.ts';
import { Flusher } from './connection/batch-send.ts';
import { Copies } from './framing/copies.ts';
import { Frames } from './framing/frames.ts';
import { createFraming } from './framing/framing.ts';
import type { Host } from './connection/host.ts';
import { type Limits, RECV_BYTES, toLimits } from './limits.ts';
import { listenOn } from './listener/listen.ts';
import type { Found } from './loop/loop.ts';
import { MessageBatch } from './connection/message-batch.ts';
import { MessageQueue } from './message-queue.ts';
import type { ServerOptions } from './options.ts';
import { ProxyHeader } from './connection/proxy-protocol.ts';
import { Receiver } from './connection/batch-receive.ts';
import type { ServerStats } from './stats.ts';

// At the end, what has come is taken; after the first time only from those of whom a turn leaves something behind.
const CATCH_UP_MS = 1000;
const LONGEST_CATCH_UP_MS = 10_000;
const LONGEST_CHECK_MS = 1000;
const SHORTEST_CHECK_MS = 100;

/** A message with the connection that it came on. */
export interface ReceivedFrom {
  /** The message. */
  message: Buffer;
  /** The connection. */
  connection: Connection;
}

/** The document's loop as a server: one thread, one wait with a timeout, then whatever is ready. */
export class Server extends BaseServer<Connection> {
  readonly #options: ServerOptions;
  readonly #limits: Limits;
  readonly #acceptor: Acceptor;
  readonly #clients = new Clients();
  readonly #host: Host;
  readonly #attention: Attention;
  readonly #receiver: Receiver;
  readonly #stats = { clients: 0, messages: 0, bytes: 0, bytesSent: 0 };
  #onMessage: ServerOptions['onMessage'];
  #leaving = false;
  // The last turn that has left something behind, since its share was taken.
  #behindInTurn = 0;
  #nextCheckMs = 0;

  /**
   * Binds and listens; `serveForever` then serves.
   * @param options What to listen on and what to do.
   * @throws {OSError} EADDRINUSE, EACCES and kin, where the address cannot be listened on.
   * @throws {RangeError} For a backend or framing that is none, and a limit that is negative.
   * @throws {TypeError} For a limit that is no number, and for both `onMessage` and `onMessages`.
   */
  constructor(options: ServerOptions) {
    super(options);
    this.#options = options;
    this.#onMessage = options.onMessage;
    try {
      if (options.onMessage !== undefined) this.#refuseOnMessages('onMessage');
      this.#limits = toLimits(options);
      this.#host = this.#createHost();
      this.#attention = new Attention(this.loop, new Flusher(this.#host));
      this.#receiver = new Receiver(this.#host);
      this.#acceptor = this.#createAcceptor();
    } catch (error) {
      this.loop.close();
      throw error;
    }
    this.#acceptor.update();
  }

  /**
   * The address that the server listens on.
   * @returns It, with the port that the kernel chose for port 0.
   */
  override address(): Address {
    return this.#acceptor.address;
  }

  /** The connections that are open now. */
  get connections(): ReadonlySet<Connection> {
    return this.#clients.all;
  }

  /**
   * What the server has done so far.
   * @returns A copy of its counters.
   */
  stats(): ServerStats {
    let paused = 0;
    for (const connection of this.#clients.all) if (connection.paused) paused++;
    return {
      ...this.#stats,
      connected: this.#clients.all.size,
      paused,
      turns: this.loop.turns,
      disconnects: { ...this.#clients.disconnects },
      acceptErrors: { ...this.#acceptor.errors },
    };
  }

  /**
   * Serves, and gives the messages one by one instead of calling `onMessage`. The next message of a connection is cut
   * from its stream when the one before has been worked on. Leaving the iteration shuts the server down.
   * @yields {ReceivedFrom} Each message and its connection, until `shutdown`.
   * @throws {OSError} Where the listener breaks.
   * @throws {Error} Where it serves already, or has served.
   * @throws {TypeError} Where there is `onMessages`.
   */
  async *messages(): AsyncGenerator<ReceivedFrom, void> {
    this.checkUnused();
    this.#refuseOnMessages('messages()');
    const queue = new MessageQueue<ReceivedFrom>();
    this.#onMessage = (message, connection) => queue.push({ message, connection });
    const served = this.serveForever().finally(() => {
      queue.end();
    });
    // Rejected before it is awaited below, where the iteration is still waiting for a message.
    served.catch(() => undefined);
    try {
      yield* queue;
    } finally {
      this.shutdown();
      await served;
    }
  }

  protected override listeningSeconds(): number {
    return Math.min(this.#limits.timeoutSeconds, this.#acceptor.restSeconds);
  }

  protected override *leave(): Waits {
    const { timeoutSeconds, drainSeconds } = this.#limits;
    const beganMs = performance.now();
    const lastedMs = () => performance.now() - beganMs;
    const hasTime = () => this.is('draining') && lastedMs() < drainSeconds * 1e3;
    this.#acceptor.update();
    yield* this.#catchUp(lastedMs);
    this.#acceptor.close();
    this.#leaving = true;
    this.#clients.closeQuiet();
    while (hasTime() && this.#clients.all.size > 0) {
      yield Math.min(timeoutSeconds, drainSeconds - lastedMs() / 1e3);
    }
    this.#clients.close('drain-deadline');
  }

  // Takes what clients had sent, those in the queue too: as long as a turn leaves something of it behind.
  *#catchUp(lastedMs: () => number): Waits {
    const mostMs = Math.min(this.#limits.drainSeconds * 1e3, LONGEST_CATCH_UP_MS);
    for (let ready = -1; this.is('draining') && ready !== 0 && lastedMs() < mostMs;) {
      ready = yield 0;
      if (ready < 0) continue;
      if (!this.#acceptor.behind || lastedMs() > CATCH_UP_MS) this.#acceptor.close();
      if (this.#behindInTurn !== this.loop.turns && lastedMs() > CATCH_UP_MS) return;
    }
  }

  protected override turnBegan(): void {
    this.#attention.begin();
  }

  protected override receive(found: Found, first: number): number {
    return this.#receiver.receive(found, first);
  }

  protected override turnEnded(): void {
    this.#attention.end();
    if (this.state === 'closed') return;
    if (this.loop.nowMs >= this.#nextCheckMs) {
      const everyMs = Math.min(this.#limits.timeoutSeconds * 1e3, LONGEST_CHECK_MS);
      this.#nextCheckMs = this.loop.nowMs + Math.max(everyMs, SHORTEST_CHECK_MS);
      this.#clients.closeOverdue();
    }
    if (this.#leaving) this.#clients.closeQuiet();
    else if (this.#acceptor.interest === 0) this.#acceptor.update();
  }

  protected override closeAll(): void {
    this.#clients.close('closed');
    this.#acceptor.close();
  }

  protected override report(error: unknown, connection: Connection | undefined): void {
    (this.#options.onError ?? warn)(error, connection);
  }

  #refuseOnMessages(other: string): void {
    if (this.#options.onMessages !== undefined) throw new TypeError(`${other} and onMessages exclude each other`);
  }

  #createAcceptor(): Acceptor {
    const { address, onExhausted } = this.#options;
    const listening = listenOn(address, this.#limits.backlog);
    return new Acceptor(listening, this.loop, this.#limits.acceptsPerTurn, {
      room: () => this.#room(),
      take: (fd, from) => {
        this.did('accept', listening.socket.fileno(), fd);
        this.#take(fd, from);
      },
      exhausted: (code) => {
        this.did('accept', listening.socket.fileno(), errnoOf(code));
        this.call(undefined, onExhausted, code);
      },
    });
  }

  // At the end, those in the queue are not kept waiting for others to leave: they would never be served.
  #room(): number {
    if (this.state === 'draining' || this.#options.overload === 'shed') return Infinity;
    return this.#limits.maxClients - this.#clients.all.size;
  }

  #take(fd: number, address: CompactAddress): void {
    const header = this.#options.proxyProtocol ? new ProxyHeader() : undefined;
    const connection = new Connection(fd, address, header, this.#host);
    this.#clients.all.add(connection);
    this.#stats.clients++;
    if (this.#options.overload === 'shed' && this.#clients.all.size > this.#limits.maxClients) connection.close('shed');
    // epoll may refuse it: ENOSPC, ENOMEM.
    this.call(connection, () => {
      if (!connection.closed) this.loop.watch(connection, EVENT_READ | this.#host.urgent);
    });
    if (header === undefined && !connection.closed) this.#connected(connection);
  }

  #connected(connection: Connection): void {
    const most = this.#limits.maxClientsPerAddress;
    if (most !== Infinity && this.#clients.count(connection) > most) connection.close('shed');
    else this.call(connection, this.#options.onConnection, connection);
  }

  #left(connection: Connection, fd: number, reason: DisconnectReason): void {
    this.#clients.remove(connection, reason);
    this.did('close', fd, 0);
    sys.close(fd);
    this.#acceptor.retry();
    // A paused connection is not in the wait: without this, who waits for its place, or for the end, would wait longer.
    this.loop.wake();
    this.call(connection, this.#options.onDisconnect, connection, reason);
  }

  #deliverAll(
    frames: Frames,
    connection: Connection,
    onMessages: NonNullable<ServerOptions['onMessages']>,
  ): PromiseLike<unknown> | undefined {
    this.#stats.messages += frames.count;
    for (let i = 0; this.recording && i < frames.count; i++) {
      this.did('message', connection.fileno(), frames.to(i) - frames.from(i));
    }
    const batch = new MessageBatch(frames);
    const promise = this.begin(connection, onMessages, batch);
    batch.end();
    frames.begin();
    return promise;
  }

  // What connections need of the server, and nobody else.
  #createHost(): Host {
    const { framing, allowHalfOpen = false, onExceptional, onMessages } = this.#options;
    const copies = new Copies();
    return {
      loop: this.loop,
      limits: this.#limits,
      decoder: createFraming(framing, this.#limits.maxMessageBytes, copies),
      copies,
      allowHalfOpen,
      urgent: onExceptional === undefined ? 0 : EVENT_EXCEPTIONAL,
      received: Buffer.allocUnsafeSlow(RECV_BYTES),
      scratch: Buffer.allocUnsafeSlow(RECV_BYTES),
      transferred: (fd, call, result) => {
        this.did(call, fd, result);
        if (result <= 0) return;
        if (call === 'recv') this.#stats.bytes += result;
        else this.#stats.bytesSent += result;
      },
      behind: () => {
        this.#behindInTurn = this.loop.turns;
      },
      connected: (connection) => {
        this.#connected(connection);
      },
      deliver: (message, connection) => {
        this.#stats.messages++;
        this.did('message', connection.fileno(), message.length);
        return this.begin(connection, this.#onMessage, message);
      },
      frames: new Frames(),
      deliverAll: onMessages && ((frames, connection) => this.#deliverAll(frames, connection, onMessages)),
      exceptional: (byte, connection) => {
        this.call(connection, onExceptional, byte, connection);
      },
      failed: (error, connection) => {
        this.failed(error, connection);
      },
      attend: (connection) => {
        this.#attention.add(connection);
        // It may be quiet then, and the last one.
        if (this.#leaving) this.loop.wake();
      },
      left: (connection, fd, reason) => {
        this.#left(connection, fd, reason);
      },
    };
  }
}
