// The file has over 300 lines because the options, the counters and the peer of datagrams are public, and documented here.
import { EBADF } from '../system/errno.ts';
import { errorCode, OSError, osError } from '../system/errors.ts';
import { EVENT_READ } from '../selectors/event-mask.ts';
import type { Address } from '../socket/address.ts';
import { pack, sockaddr, sockaddrLength, unpack } from '../socket/address.ts';
import * as sys from '../system/calls.ts';
import { AnswerLimit } from './answer-limit.ts';
import { Backoff } from './backoff.ts';
import { HandlerCalls } from './handler-calls.ts';
import { LoopServer, type LoopServerOptions, type ShutdownWaits } from './loop-server.ts';
import { reactionsByErrno } from './errno-reactions.ts';
import { answersPerSecondDefault, checked, datagramsPerTurnDefault, limitDefaults } from './limits.ts';
import { bindDatagrams, type ListenAddress, type ServerSocket } from './listener/listen.ts';
import { DroppedDatagrams } from './listener/dropped-datagrams.ts';
import { OwnAddress } from './listener/own-address.ts';
import { receiveBufferBytes } from './listener/socket-options.ts';
import type { Source } from './loop/loop.ts';
import { Peers, type PeerStats } from './peers.ts';

/** The options of a `DatagramServer`. */
export interface DatagramOptions extends LoopServerOptions {
  /**
   * The address to receive on: ['0.0.0.0', 9001] or ['::1', 9001]; the path of a Unix socket; or { fd: 3 }, a bound datagram
   * socket that the process has inherited.
   */
  address: ListenAddress;
  /** The longest wait of one turn, in seconds; 1 by default. */
  timeoutSeconds?: number | undefined;
  /** The most datagrams that one turn receives; 64 by default, 0 disables the limit. */
  datagramsPerTurn?: number | undefined;
  /**
   * The most datagrams that `write` of the peers sends to one address, with its port, in one second; 1,000 by default, 0 disables
   * the limit. It ends the conversation of two servers that answer each other's answers.
   */
  answersPerSecond?: number | undefined;
  /** The longest time that `shutdown` may take, in seconds; 10 by default, 0 disables the limit. */
  drainSeconds?: number | undefined;
  /** As for `Server`; an address that has sent a datagram is expected to send more. 0, the default, disables it. */
  expectEverySeconds?: number | undefined;
  /** The most IP addresses whose statistics the server keeps, as for `Server`; 1,000 by default. */
  maxPeers?: number | undefined;
  /**
   * Called with each datagram; the handler may keep the buffer. While 1,000 promises that it returned are pending, the server
   * receives nothing: the kernel queues datagrams until its buffer is full, and drops the others.
   * @param message The bytes of the datagram.
   * @param peer The sender.
   */
  onMessage: (message: Buffer, peer: Peer) => unknown;
  /**
   * Called at most once a second while datagrams are lost.
   * @param count The number of datagrams that the kernel has dropped since the last call.
   */
  onDropped?: ((count: number) => unknown) | undefined;
  /**
   * Called with the error that a handler threw or rejected with. By default, and when `onError` itself fails, the process emits a
   * warning.
   * @param error The error, or whatever else was thrown.
   * @param peer The sender of the datagram; undefined for `onDropped`, `onTick`, `onTurn` and `watcher`.
   */
  onError?: ((error: unknown, peer: Peer | undefined) => unknown) | undefined;
}

/** The counters of a `DatagramServer`. */
export interface DatagramStats {
  /** Datagrams handed to `onMessage`. */
  messages: number;
  /** Bytes received. */
  bytes: number;
  /** Bytes sent. */
  bytesSent: number;
  /** Turns of the loop: waits in select, poll or epoll_wait that have ended. */
  turns: number;
  /** Datagrams of a Unix socket that were longer than 64 KiB. The server drops them, because it received only a part. */
  truncated: number;
  /** Datagrams whose sender has the server's own address. The server drops them: it would answer itself for ever. */
  reflected: number;
  /**
   * Datagrams that the kernel has dropped since the server was made, mostly because the receive buffer was full. A Unix socket
   * drops none: its senders wait, or get an error.
   */
  dropped: number;
  /** Answers that were not sent because of `answersPerSecond`. */
  answersDropped: number;
  /** The number of failures of recvfrom(2), by code: 'ENOMEM', 'ECONNREFUSED'. */
  receiveErrors: Readonly<Record<string, number>>;
  /** Addresses that have been silent for longer than `expectEverySeconds`. */
  silent: number;
}

// More bytes than the longest UDP datagram has.
const BUFFER_BYTES = 65536;
const MAX_PENDING = 1000;
const PAUSE_MS = 100;
const SWEEP_MS = 1000;
const REPORT_INTERVAL_MS = 1000;

/**
 * What happens when recvfrom(2) fails. After an errno that is not listed, such as ENOMEM,
 * receiving pauses: the socket may stay ready, and without a pause the loop would spin.
 */
const reactions = reactionsByErrno({
  // No datagram is there after all: "ready" is only a hint (select(2), BUGS).
  'wait again': 'EAGAIN EINTR',
  // The error of an earlier reply: nobody receives at its address any more. The socket itself can still be used.
  'receive the next': 'ECONNREFUSED EHOSTUNREACH ENETDOWN ENETUNREACH',
  // No later call can succeed: recvfrom(2), "Errors".
  throw: 'EBADF EINVAL ENOTSOCK EOPNOTSUPP',
});

// Datagrams have no connection that could keep a shorter key, so the text is the key.
function hostOf(address: Address): string {
  if (!Array.isArray(address) || typeof address[0] !== 'string') return '';
  const [host, , , scopeId = 0] = address as [string, number, number?, number?];
  const ipv4 = host.startsWith('::ffff:') && host.includes('.') ? host.slice(7) : host;
  return scopeId === 0 ? ipv4 : `${host}%${scopeId}`;
}

/** The sender of a datagram. */
export interface Peer {
  /** The sender's address; '' for a Unix socket without a name, to which no answer can be sent. */
  readonly address: Address;
  /**
   * Sends a datagram to the sender.
   * @param data Bytes, or text, which is sent as UTF-8.
   * @returns Whether the kernel accepted the datagram. When it did not, or the limit `answersPerSecond` is reached, the datagram
   *   is lost.
   */
  write(data: Uint8Array | string): boolean;
}

class DatagramPeer implements Peer {
  readonly address: Address;
  readonly #send: (bytes: Uint8Array, address: Address) => boolean;

  constructor(address: Address, send: (bytes: Uint8Array, address: Address) => boolean) {
    this.address = address;
    this.#send = send;
  }

  write(data: Uint8Array | string): boolean {
    return this.#send(typeof data === 'string' ? Buffer.from(data) : data, this.address);
  }
}

/** A server for datagrams, of UDP or of a Unix socket. Each datagram is one message. */
export class DatagramServer extends LoopServer<Peer> {
  readonly #options: DatagramOptions;
  readonly #serverSocket: ServerSocket;
  readonly #timeoutSeconds: number;
  readonly #maxPerTurn: number;
  readonly #drainSeconds: number;
  readonly #answerLimit: AnswerLimit;
  readonly #ownAddress: OwnAddress;
  readonly #peers: Peers;
  #nextSweepMs = 0;
  readonly #dropped: DroppedDatagrams;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  readonly #stats = { messages: 0, bytes: 0, bytesSent: 0, truncated: 0, reflected: 0, answersDropped: 0 };
  readonly #receiveErrors: Record<string, number> = {};
  // The loop watches this object instead of the server, so that the members for the loop are not part of the public API.
  readonly #source: Source = {
    interest: 0,
    isQueued: false,
    readyEvents: 0,
    visitedUntil: 0,
    isServedFirst: true,
    fileno: () => this.fileno(),
    ready: () => {
      this.handlers.inServerContext(this.#receive);
      return false;
    },
    lost: () => {
      throw osError(EBADF, 'recvfrom');
    },
  };
  readonly #backoff = new Backoff(this.loop.clock, PAUSE_MS, PAUSE_MS);
  #pending = 0;
  #reportedDrops = 0;
  #nextReportMs = 0;

  /**
   * Binds the socket; `serveForever` then receives.
   * @param options The address, the handlers and the limits.
   * @throws {OSError} EADDRINUSE, EACCES, EADDRNOTAVAIL and others, when the socket cannot be bound.
   * @throws {RangeError} When there is no such backend, and when a number is negative, NaN, too large or not whole.
   * @throws {TypeError} When an option that should be a number is not, or the address has no valid form.
   */
  constructor(options: DatagramOptions) {
    super(options, new HandlerCalls(options.onError));
    this.#options = options;
    try {
      this.#timeoutSeconds = checked('timeoutSeconds', options.timeoutSeconds ?? limitDefaults.timeoutSeconds[0]);
      this.#maxPerTurn = checked('datagramsPerTurn', options.datagramsPerTurn ?? datagramsPerTurnDefault) || Infinity;
      this.#drainSeconds = checked('drainSeconds', options.drainSeconds ?? limitDefaults.drainSeconds[0]) || Infinity;
      const answersPerSecond = checked('answersPerSecond', options.answersPerSecond ?? answersPerSecondDefault);
      const maxPeers = checked('maxPeers', options.maxPeers ?? limitDefaults.maxPeers[0]);
      const expectEverySeconds = checked('expectEverySeconds', options.expectEverySeconds ?? 0) || Infinity;
      this.#peers = new Peers(maxPeers, expectEverySeconds, (silence) => {
        this.handlers.call('onSilence', undefined, options.onSilence, silence);
      });
      this.#answerLimit = new AnswerLimit(this.loop.clock, answersPerSecond || Infinity);
      this.#serverSocket = bindDatagrams(options.address, options);
    } catch (error) {
      this.loop.close();
      throw error;
    }
    try {
      this.#dropped = new DroppedDatagrams(this.#serverSocket.socket);
      this.#ownAddress = new OwnAddress(this.#serverSocket.socket, this.loop.clock);
      this.loop.watch(this.#source, EVENT_READ);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * The address that the server receives on.
   * @returns The address, with the port that the kernel chose for port 0.
   */
  override address(): Address {
    return this.#serverSocket.socket.getsockname();
  }

  override get receiveBufferBytes(): number {
    return receiveBufferBytes(this.#serverSocket.socket);
  }

  /**
   * The counters of the server.
   * @returns A copy, which does not change later.
   */
  stats(): DatagramStats {
    return {
      ...this.#stats,
      dropped: this.#dropped.count(),
      turns: this.loop.turns,
      receiveErrors: { ...this.#receiveErrors },
      silent: this.#peers.silentCount,
    };
  }

  override peers(): PeerStats[] {
    return this.#peers.stats([]);
  }

  /**
   * The fd of the socket.
   * @returns The fd; -1 when the server is closed.
   */
  fileno(): number {
    return this.#serverSocket.socket.fileno();
  }

  /** @internal */
  protected override listeningTimeoutSeconds(): number {
    this.#reportDropped();
    return this.#prepare(this.#timeoutSeconds);
  }

  /** @internal */
  protected override *shutdownWaits(): ShutdownWaits {
    const { clock } = this.loop;
    const endMs = clock.nowMs() + this.#drainSeconds * 1e3;
    const remainingSeconds = () => (this.is('draining') ? Math.max(0, endMs - clock.nowMs()) / 1e3 : 0);
    const longestWait = () => Math.min(this.#timeoutSeconds, remainingSeconds());
    while (remainingSeconds() > 0) {
      const wait = this.#prepare(longestWait());
      const receiving = this.#source.interest !== 0;
      if ((yield receiving ? 0 : wait) === 0 && receiving) break;
    }
    // Datagrams that arrive from now on would keep a busy server from ending.
    this.loop.watch(this.#source, 0);
    while (this.#pending > 0 && remainingSeconds() > 0) yield longestWait();
  }

  /** @internal */
  protected override turnEnded(): void {
    const { nowMs } = this.loop;
    if (nowMs < this.#nextSweepMs) return;
    this.#nextSweepMs = nowMs + SWEEP_MS;
    this.#peers.sweep([], this.loop.clockNowMs);
  }

  /** @internal */
  protected override waitFailed(code: string): void {
    this.#receiveErrors[code] = (this.#receiveErrors[code] ?? 0) + 1;
  }

  /** @internal */
  protected override closeAll(): void {
    this.loop.watch(this.#source, 0);
    this.#serverSocket.close();
  }

  readonly #receive = (): void => {
    for (let count = 0; count < this.#maxPerTurn && this.state !== 'closed' && this.#pending < MAX_PENDING; count++) {
      // With MSG_TRUNC the result is the length of the datagram, even when the buffer is shorter.
      const length = sys.recvfrom(
        this.fileno(),
        this.#buffer,
        0,
        BUFFER_BYTES,
        sys.MSG_TRUNC | sys.MSG_DONTWAIT,
        sockaddr,
        sockaddrLength,
      );
      this.recorders?.recordCall('recv', this.fileno(), length);
      if (length > BUFFER_BYTES) this.#stats.truncated++;
      else if (length >= 0) this.#deliver(length, unpack() ?? '');
      else if (!this.#canReceiveNext(length)) break;
      if (this.loop.isTurnTimeUp) break;
    }
  };

  #deliver(length: number, address: Address): void {
    if (this.#ownAddress.includes(address)) {
      this.#stats.reflected++;
      return;
    }
    this.#stats.messages++;
    this.#stats.bytes += length;
    this.#peers.received(hostOf(address), length, this.loop.clockNowMs);
    const peer = new DatagramPeer(address, this.#send);
    const message = Buffer.from(this.#buffer.subarray(0, length));
    const promise = this.handlers.callWithMessage('onMessage', peer, this.#options.onMessage, message);
    if (promise === undefined) return;
    this.#pending++;
    promise.then(this.#settled, (error: unknown) => {
      this.#settled();
      this.handlers.failed(error, peer);
    });
  }

  #reportDropped(): void {
    const { onDropped } = this.#options;
    if (onDropped === undefined || this.loop.nowMs < this.#nextReportMs) return;
    this.#nextReportMs = this.loop.nowMs + REPORT_INTERVAL_MS;
    const total = this.#dropped.count();
    const count = total - this.#reportedDrops;
    this.#reportedDrops = total;
    if (count > 0) this.handlers.call('onDropped', undefined, onDropped, count);
  }

  // The loop does not watch the socket while 1,000 promises are pending, or at the end: then only `wake` ends the wait of the
  // loop.
  readonly #settled = (): void => {
    this.#pending--;
    if (this.#pending === MAX_PENDING - 1 || (this.#pending === 0 && this.is('draining'))) this.loop.wake();
  };

  // Makes the loop watch the socket or not, and returns the timeout of the next wait, which ends when a pause is over.
  #prepare(longestSeconds: number): number {
    const receiving = this.#pending < MAX_PENDING && this.#backoff.remainingMs === 0;
    try {
      this.loop.watch(this.#source, receiving ? EVENT_READ : 0);
    } catch (error) {
      if (!(error instanceof OSError) || error.errno === undefined) throw error;
      this.#fail(error.errno, 'epoll_ctl');
    }
    const isPaused = this.#source.interest === 0 && this.#pending < MAX_PENDING;
    return isPaused ? Math.min(longestSeconds, this.#backoff.remainingMs / 1e3) : longestSeconds;
  }

  #canReceiveNext(errno: number): boolean {
    const reaction = reactions.get(errno);
    if (reaction === 'receive the next') this.#count(errno);
    else if (reaction !== 'wait again') this.#fail(errno, 'recvfrom');
    return reaction === 'receive the next';
  }

  #fail(errno: number, call: string): void {
    this.#count(errno);
    if (reactions.get(errno) === 'throw') throw osError(errno, call);
    this.#backoff.start();
  }

  #count(errno: number): void {
    const code = errorCode(errno);
    this.#receiveErrors[code] = (this.#receiveErrors[code] ?? 0) + 1;
  }

  readonly #send = (bytes: Uint8Array, address: Address): boolean => {
    if (this.state === 'closed' || address === '') return false;
    if (!this.#answerLimit.allows(address)) {
      this.#stats.answersDropped++;
      return false;
    }
    const length = pack(this.#serverSocket.socket.family, address, 'sendto');
    const sent = sys.sendto(this.fileno(), bytes, 0, bytes.length, sys.MSG_DONTWAIT, sockaddr, length);
    this.recorders?.recordCall('send', this.fileno(), sent);
    if (sent > 0) this.#stats.bytesSent += sent;
    return sent >= 0;
  };
}
