import { errnoOf, OSError } from '../errors.ts';
import { EVENT_READ } from '../selectors/selector.ts';
import type { Address } from '../socket.ts';
import { pack, sockaddr, sockaddrLength, unpack } from '../socket/address.ts';
import * as sys from '../sys.ts';
import { type BaseOptions, BaseServer, CATCH_UP_MS, type Waits, warn } from './base-server.ts';
import { bindDatagrams, type ListenAddress, type Listening } from './listen.ts';
import type { Source } from './loop.ts';

/** What a datagram server is made of. */
export interface DatagramOptions extends BaseOptions {
  /** Where to receive: ['0.0.0.0', 9001] or ['::1', 9001], the path of a Unix socket, or { fd: 3 }, an inherited one. */
  address: ListenAddress;
  /** The longest wait of one turn, in seconds; 1 by default. */
  timeoutSeconds?: number | undefined;
  /** How many datagrams are received a turn; 64 by default, 0 disables the limit. */
  datagramsPerTurn?: number | undefined;
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
  /** Datagrams received. */
  messages: number;
  /** Bytes received. */
  bytes: number;
  /** Bytes sent. */
  bytesSent: number;
  /** Turns of the loop: waits in select, poll or epoll_wait that have ended. */
  turns: number;
}

/** The default of `datagramsPerTurn`. */
export const datagramsPerTurnDefault = 64;

// More than the longest UDP datagram.
const LONGEST = 65536;
const MOST_PENDING = 1000;
const nothingThere = new Set([errnoOf('EAGAIN'), errnoOf('EINTR')]);
// What an earlier reply of ours met: nobody receives there any more. It is no failure of this socket.
const peerGone = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'].map(errnoOf));

/** Who sent a datagram. */
export class Peer {
  /** The sender's address; '' for a Unix socket without a name, which cannot be answered. */
  readonly address: Address;
  readonly #send: (bytes: Uint8Array, address: Address) => boolean;

  /**
   * @param address The sender's address.
   * @param send Sends a datagram.
   */
  constructor(address: Address, send: (bytes: Uint8Array, address: Address) => boolean) {
    this.address = address;
    this.#send = send;
  }

  /**
   * Sends a datagram back.
   * @param data Its bytes, or text, sent as UTF-8.
   * @returns Whether the kernel took it; datagrams are never kept for later.
   */
  write(data: Uint8Array | string): boolean {
    return this.#send(typeof data === 'string' ? Buffer.from(data) : data, this.address);
  }

  /** Does nothing: there is no connection to end. */
  close(): void {
    // A datagram's sender owns nothing here.
  }
}

/** The loop for datagrams, of UDP or of a Unix socket: each is one message. */
export class DatagramServer extends BaseServer<Peer> implements Source {
  interest = 0;
  readonly #options: DatagramOptions;
  readonly #listening: Listening;
  readonly #timeoutSeconds: number;
  readonly #mostATurn: number;
  readonly #received = Buffer.allocUnsafeSlow(LONGEST);
  readonly #stats = { messages: 0, bytes: 0, bytesSent: 0 };
  #pending = 0;

  /**
   * Binds; `serveForever` then serves.
   * @param options What to receive on and what to do.
   * @throws {OSError} EADDRINUSE, EACCES and kin, where the address cannot be bound.
   * @throws {RangeError} For a backend that is none, and a number that is negative.
   */
  constructor(options: DatagramOptions) {
    super(options);
    const { address, timeoutSeconds = 1, datagramsPerTurn = datagramsPerTurnDefault } = options;
    this.#options = options;
    this.#timeoutSeconds = timeoutSeconds;
    this.#mostATurn = datagramsPerTurn === 0 ? Infinity : datagramsPerTurn;
    try {
      for (const [name, value] of Object.entries({ timeoutSeconds, datagramsPerTurn })) {
        if (!(value >= 0)) throw new RangeError(`${name} must be 0 or more, not ${String(value)}`);
      }
      this.#listening = bindDatagrams(address);
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
    return { ...this.#stats, turns: this.loop.turns };
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
      const length = sys.recvfrom(this.fileno(), this.#received, 0, LONGEST, 0, sockaddr, sockaddrLength);
      this.did('recv', this.fileno(), length);
      if (length >= 0) this.#deliver(length, unpack() ?? '');
      else if (nothingThere.has(length)) break;
      else if (!peerGone.has(length)) throw new OSError('recvfrom failed', { errno: length, syscall: 'recvfrom' });
    }
    this.#update();
  }

  /** Called by the loop: somebody closed the socket behind the server's back. */
  lost(): void {
    throw new OSError('the socket was closed', { errno: errnoOf('EBADF'), syscall: 'recvfrom' });
  }

  protected override *waits(): Waits {
    while (this.is('listening')) yield this.#timeoutSeconds;
    const beganMs = performance.now();
    while (this.is('draining') && performance.now() - beganMs < CATCH_UP_MS && (yield 0) !== 0);
  }

  protected override turnBegan(): void {
    // Nothing is gathered: each datagram is sent at once.
  }

  protected override turnEnded(): void {
    // See turnBegan.
  }

  protected override closeAll(): void {
    this.loop.watch(this, 0);
    this.#listening.close();
  }

  protected override report(error: unknown, peer: Peer | undefined): void {
    (this.#options.onError ?? warn)(error, peer);
  }

  #deliver(length: number, address: Address): void {
    this.#stats.messages++;
    this.#stats.bytes += length;
    const peer = new Peer(address, this.#send);
    const message = Buffer.from(this.#received.subarray(0, length));
    const promise = this.begin(peer, this.#options.onMessage, message, peer);
    if (promise === undefined) return;
    this.#pending++;
    promise.then(this.#settled, (error: unknown) => {
      this.#settled();
      this.failed(error, peer);
    });
  }

  readonly #settled = (): void => {
    this.#pending--;
    this.#update();
  };

  #update(): void {
    if (this.state !== 'closed') this.loop.watch(this, this.#pending < MOST_PENDING ? EVENT_READ : 0);
  }

  readonly #send = (bytes: Uint8Array, address: Address): boolean => {
    if (this.state === 'closed' || address === '') return false;
    const length = pack(this.#listening.socket.family, address, 'sendto');
    const sent = sys.sendto(this.fileno(), bytes, 0, bytes.length, 0, sockaddr, length);
    this.did('send', this.fileno(), sent);
    if (sent > 0) this.#stats.bytesSent += sent;
    return sent >= 0;
  };
}
