import { isIPv6 } from 'node:net';

import { errnoOf, osError } from '../errors.ts';
import { type Address, AF_INET, AF_INET6, createServer, SOCK_CLOEXEC, SOCK_NONBLOCK, type Socket } from '../socket.ts';
import { sockaddr, sockaddrLength, unpack } from '../socket/address.ts';
import * as sys from '../sys.ts';

/** How a turn of accepting ended: the queue is empty or the turn's share taken, or the process is out of resources. */
export type AcceptOutcome = 'done' | 'exhausted';

// A burst of clients must not keep those that are already there waiting: the rest comes with the next turn.
const MOST_A_TURN = 64;

const nothingThere = new Set([errnoOf('EAGAIN'), errnoOf('EINTR')]);

// Pending errors of the new connection, to be taken like EAGAIN: accept(2), "Error handling"; and a peer that is gone.
const peerFailed = new Set(
  [
    'ECONNABORTED',
    'ENETDOWN',
    'EPROTO',
    'ENOPROTOOPT',
    'EHOSTDOWN',
    'ENONET',
    'EHOSTUNREACH',
    'EOPNOTSUPP',
    'ENETUNREACH',
    'EPERM',
  ].map(errnoOf),
);

// The connection stays in the queue and the listener readable: polling it on would turn the loop at full speed.
const exhausted = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'].map(errnoOf));

/** The listening socket, and how connections are taken from it. */
export class Acceptor {
  readonly #listener: Socket;

  /**
   * Binds and listens.
   * @param address Where: [host, port]; an IPv6 literal makes an IPv6 socket, a name is looked up for IPv4.
   * @param backlog How many connections the kernel may queue.
   * @throws {OSError} EADDRINUSE, EACCES, EADDRNOTAVAIL and kin.
   */
  constructor(address: readonly [host: string, port: number], backlog: number) {
    const family = isIPv6(address[0]) ? AF_INET6 : AF_INET;
    this.#listener = createServer(address, { family, backlog });
    this.#listener.setblocking(false);
  }

  /** The address that it listens on, with the port that the kernel chose for port 0. */
  get address(): Address {
    return this.#listener.getsockname();
  }

  /**
   * The listening fd.
   * @returns The fd, or -1 once closed.
   */
  fileno(): number {
    return this.#listener.fileno();
  }

  /**
   * Takes the connections that wait, at most 64.
   * @param room How many the server can serve; the others stay in the queue.
   * @param take Called with each: a non-blocking, close-on-exec fd, which it then owns, and the client's address.
   * @returns 'exhausted' where the process is out of fds or memory.
   * @throws {OSError} Where the listener itself is broken: EBADF, EINVAL, ENOTSOCK.
   */
  accept(room: number, take: (fd: number, address: Address) => void): AcceptOutcome {
    // `take` may close it.
    for (let tries = Math.min(room, MOST_A_TURN); tries > 0 && this.fileno() >= 0; tries--) {
      const result = sys.accept4(this.fileno(), sockaddr, sockaddrLength, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (result >= 0) take(result, unpack() ?? '');
      else if (nothingThere.has(result)) break;
      else if (exhausted.has(result)) return 'exhausted';
      else if (!peerFailed.has(result)) throw osError(result, 'accept4');
    }
    return 'done';
  }

  /** Stops listening. */
  close(): void {
    this.#listener.close();
  }
}
