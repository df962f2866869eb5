import { EBADF } from '../system/errno.ts';
import { errnoOf, errorCode, OSError, osError } from '../system/errors.ts';
import { EVENT_READ } from '../selectors/event-mask.ts';
import type { Address } from '../socket/address.ts';
import { pack, sockaddr, sockaddrLength, unpack } from '../socket/address.ts';
import * as sys from '../system/calls.ts';
import { HandlerCalls } from './handler-calls.ts';
import { LoopServer, type LoopServerOptions, type ShutdownWaits } from './loop-server.ts';
import { checked, limitDefaults } from './limits.ts';
import { bindDatagrams, type ListenAddress, type Listening } from './listener/listen.ts';
import type { Source } from './loop/loop.ts';
import { nothingThere } from './nothing-there.ts';

/** What a datagram server is made of. */
export interface DatagramOptions extends LoopServerOptions {
  /** Where to receive: ['0.0.0.0', 9001] or ['::1', 9001], the path of a Unix socket, or { fd: 3 }, an inherited one. */
  address: ListenAddress;
  /** The longest wait of one turn, in seconds; 1 by default. */
  timeoutSeconds?: number | undefined;
  /** How many datagrams are received a turn; 64 by default, 0 disables the limit. */
  datagramsPerTurn?: number | undefined;
  /** How long `shutdown` may take, in seconds; 10 by default, 0 disables the limit. */
  drainSeconds?: number | undefined;
  /**
   * Called with each datagram, which is the handler's to keep. While 1,000 promises that it returned are pending, nothing
   * is received: the kernel's buffer fills, and drops what is beyond.
   */
  onMessage: (message: Buffer, peer: Peer) => unknown;
  /** Called with what a handler threw, or its promise was rejected with. By default a warning of the process. */
  onError?: ((error: unknown, peer: Peer | undefined) => void) | undefined;
}

/** What a datagram server has done. */
export interface DatagramStats {
  /** Datagrams handed to `onMessage`. */
  messages: number;
  /** Bytes received. */
  bytes: number;
  /** Bytes sent. */
  bytesSent: number;
  /** Turns of the loop: waits in select, poll or epoll_wait that have ended. */
  turns: number;
  /** Datagrams of a Unix socket that were longer than 64 KiB: they are dropped, since only a part of each is there. */
  truncated: number;
  /** How often recvfrom(2) failed, by code: 'ENOMEM', 'ECONNREFUSED'. */
  receiveErrors: Readonly<Record<string, number>>;
}

/** The default of `datagramsPerTurn`. */
export const datagramsPerTurnDefault = 64;

// More than the longest UDP datagram.
const LONGEST = 65536;
const MOST_PENDING = 1000;
const PAUSE_MS = 100;
// What an earlier reply of ours met: nobody receives there any more. It is no failure of this socket.
const peerGone = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'].map(errnoOf));
// No later call can succeed: recvfrom(2), ERRORS. All others, such as ENOMEM, may pass.
const fatal = new Set(['EBADF', 'ENOTSOCK', 'EINVAL'].map(errnoOf));

/** The sender of a datagram. */
export interface Peer {
  /** The sender's address; '' for a Unix socket without a name, which cannot be answered. */
  readonly address: Address;
  /**
   * Sends a datagram back to the sender.
   * @param data Bytes, or text, which is sent as UTF-8.
   * @returns Whether the kernel took the datagram. A datagram is never kept for later.
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

/** The loop for datagrams, of UDP or of a Unix socket: each is one message. */
export class DatagramServer extends LoopServer<Peer> implements Source {
  interest = 0;
  readonly #options: DatagramOptions;
  readonly #listening: Listening;
  readonly #timeoutSeconds: number;
  readonly #mostATurn: number;
  readonly #drainSeconds: number;
  readonly #received = Buffer.allocUnsafeSlow(LONGEST);
  readonly #stats = { messages: 0, bytes: 0, bytesSent: 0, truncated: 0 };
  readonly #receiveErrors: Record<string, number> = {};
  #pending = 0;
  #againMs = 0;

  /**
   * Binds; `serveForever` then serves.
   * @param options What to receive on and what to do.
   * @throws {OSError} EADDRINUSE, EACCES and kin, where the address cannot be bound.
   * @throws {RangeError} For a backend that is none, and a number that is negative, NaN or too large, or not whole.
   * @throws {TypeError} For a number that is none.
   */
  constructor(options: DatagramOptions) {
    super(options, new HandlerCalls(options.onError));
    this.#options = options;
    try {
      this.#timeoutSeconds = checked('timeoutSeconds', options.timeoutSeconds ?? limitDefaults.timeoutSeconds[0]);
      this.#mostATurn = checked('datagramsPerTurn', options.datagramsPerTurn ?? datagramsPerTurnDefault) || Infinity;
      this.#drainSeconds = checked('drainSeconds', options.drainSeconds ?? limitDefaults.drainSeconds[0]) || Infinity;
      this.#listening = bindDatagrams(options.address);
    } catch (error) {
      this.loop.close();
      throw error;
    }
    try {
      this.loop.watch(this, EVENT_READ);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * The address that the server receives on.
   * @returns It, with the port that the kernel chose for port 0.
   */
  override address(): Address {
    return this.#listening.socket.getsockname();
  }

  /**
   * What the server has done so far.
   * @returns A copy of its counters.
   */
  stats(): DatagramStats {
    return { ...this.#stats, turns: this.loop.turns, receiveErrors: { ...this.#receiveErrors } };
  }

  /**
   * The socket's fd.
   * @returns The fd, or -1 once closed.
   */
  fileno(): number {
    return this.#listening.socket.fileno();
  }

  /** Called by the loop. */
  ready(): void {
    for (let count = 0; count < this.#mostATurn && this.state !== 'closed' && this.#pending < MOST_PENDING; count++) {
      // With MSG_TRUNC it is the datagram's length, not the part's that fits.
      const length = sys.recvfrom(this.fileno(), this.#received, 0, LONGEST, sys.MSG_TRUNC, sockaddr, sockaddrLength);
      this.recorders?.did('recv', this.fileno(), length);
      if (length > LONGEST) this.#stats.truncated++;
      else if (length >= 0) this.#deliver(length, unpack() ?? '');
      else if (!this.#goesOn(length, 'recvfrom')) break;
    }
  }

  /** Called by the loop: somebody closed the socket behind the server's back. */
  lost(): void {
    throw osError(EBADF, 'recvfrom');
  }

  /** @internal */
  protected override listeningTimeoutSeconds(): number {
    return this.#prepare(this.#timeoutSeconds);
  }

  /** @internal */
  protected override *shutdownWaits(): ShutdownWaits {
    const endMs = this.loop.clock.nowMs() + this.#drainSeconds * 1e3;
    const leftSeconds = () => (this.is('draining') ? Math.max(0, endMs - this.loop.clock.nowMs()) / 1e3 : 0);
    const longest = () => Math.min(this.#timeoutSeconds, leftSeconds());
    while (leftSeconds() > 0) {
      const wait = this.#prepare(longest());
      const receiving = this.interest !== 0;
      if ((yield receiving ? 0 : wait) === 0 && receiving) break;
    }
    // What comes from now on would keep a busy server from ending.
    this.loop.watch(this, 0);
    while (this.#pending > 0 && leftSeconds() > 0) yield longest();
  }

  /** @internal */
  protected override closeAll(): void {
    this.loop.watch(this, 0);
    this.#listening.close();
  }

  #deliver(length: number, address: Address): void {
    this.#stats.messages++;
    this.#stats.bytes += length;
    const peer = new DatagramPeer(address, this.#send);
    const message = Buffer.from(this.#received.subarray(0, length));
    const promise = this.handlers.callWithMessage(peer, this.#options.onMessage, message);
    if (promise === undefined) return;
    this.#pending++;
    promise.then(this.#settled, (error: unknown) => {
      this.#settled();
      this.handlers.failed(error, peer);
    });
  }

  // Out of the wait for 1,000, or at the end, nothing else would wake the loop.
  readonly #settled = (): void => {
    this.#pending--;
    if (this.#pending === MOST_PENDING - 1 || (this.#pending === 0 && this.is('draining'))) this.loop.wake();
  };

  // Takes the socket into the next wait, or out of it, and gives that wait's length: none outlasts a pause.
  #prepare(longestSeconds: number): number {
    const pauseMs = (): number => Math.max(0, this.#againMs - this.loop.clock.nowMs());
    try {
      this.loop.watch(this, this.#pending < MOST_PENDING && pauseMs() === 0 ? EVENT_READ : 0);
    } catch (error) {
      if (!(error instanceof OSError) || error.errno === undefined) throw error;
      this.#goesOn(error.errno, 'epoll_ctl');
    }
    return this.interest === 0 && pauseMs() > 0 ? Math.min(longestSeconds, pauseMs() / 1e3) : longestSeconds;
  }

  // Whether there may be more to receive now.
  #goesOn(errno: number, call: string): boolean {
    if (nothingThere.has(errno)) return false;
    const code = errorCode(errno);
    this.#receiveErrors[code] = (this.#receiveErrors[code] ?? 0) + 1;
    if (peerGone.has(errno)) return true;
    if (fatal.has(errno)) throw osError(errno, call);
    // It may still be readable: waiting for it would turn the loop at full speed.
    this.#againMs = this.loop.clock.nowMs() + PAUSE_MS;
    return false;
  }

  readonly #send = (bytes: Uint8Array, address: Address): boolean => {
    if (this.state === 'closed' || address === '') return false;
    const length = pack(this.#listening.socket.family, address, 'sendto');
    const sent = sys.sendto(this.fileno(), bytes, 0, bytes.length, 0, sockaddr, length);
    this.recorders?.did('send', this.fileno(), sent);
    if (sent > 0) this.#stats.bytesSent += sent;
    return sent >= 0;
  };
}
