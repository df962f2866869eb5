import type { Address } from '../socket.ts';

/** Why a connection ended: the peer closed it, a network error, our own `close`, or a handler that threw. */
export type DisconnectReason = 'eof' | 'reset' | 'closed' | 'error';

/** Takes a connection out of the server, closes its fd and tells the handler. */
export type Leave = (connection: Connection, fd: number, reason: DisconnectReason) => void;

/** A client of the server. Its identity is the object, never the fd: a number is used again as soon as it is free. */
export class Connection {
  /** The client's address, as `Socket.getpeername` gives it. */
  readonly address: Address;
  /** How many messages have come from it. */
  messages = 0;
  /** How many bytes have come from it. */
  bytes = 0;
  #fd: number;
  readonly #leave: Leave;

  /**
   * @param fd A connected, non-blocking socket, which the connection owns from now on.
   * @param address The client's address.
   * @param leave Called once, when it ends.
   */
  constructor(fd: number, address: Address, leave: Leave) {
    this.#fd = fd;
    this.address = address;
    this.#leave = leave;
  }

  /** Whether it has ended. */
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

  /**
   * Ends the connection; a second time does nothing. The server's `onDisconnect` is called.
   * @param reason Why.
   */
  close(reason: DisconnectReason = 'closed'): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    this.#leave(this, fd, reason);
  }
}
