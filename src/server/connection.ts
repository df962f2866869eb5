import type { Address } from '../socket.ts';
import * as sys from '../sys.ts';

/** Why a connection ended: the peer closed it, a network error, or the server was shut down. */
export type DisconnectReason = 'eof' | 'reset' | 'closed';

/** A client of the server. Its identity is the object, never the fd: a number is used again as soon as it is free. */
export class Connection {
  /** The client's address, as `Socket.getpeername` gives it. */
  readonly address: Address;
  /** How many messages have come from it. */
  messages = 0;
  /** How many bytes have come from it. */
  bytes = 0;
  #fd: number;

  /**
   * @param fd A connected, non-blocking socket, which the connection owns from now on.
   * @param address The client's address.
   */
  constructor(fd: number, address: Address) {
    this.#fd = fd;
    this.address = address;
  }

  /** Whether the server has let go of it. */
  get closed(): boolean {
    return this.#fd < 0;
  }

  /**
   * The socket's fd.
   * @returns The fd, or -1 once closed.
   */
  fileno(): number {
    return this.#fd;
  }

  /** Closes the socket; a second time does nothing. */
  close(): void {
    if (this.#fd < 0) return;
    sys.close(this.#fd);
    this.#fd = -1;
  }
}
