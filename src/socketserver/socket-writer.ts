import type { Socket } from '../socket/socket.ts';

/**
 * A connection as a file for writing without a buffer: `write` sends all of its bytes immediately.
 * @see CPython, Lib/socketserver.py, `_SocketWriter`
 */
export class SocketWriter {
  readonly #socket: Socket;
  #isClosed = false;

  /** @param socket The connection. It still belongs to the caller: closing the file does not close it. */
  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether `close` has been called. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /** Returns false: the file is for writing only. */
  readable(): boolean {
    return false;
  }

  /** Returns true. */
  writable(): boolean {
    return true;
  }

  /** Returns the connection's fd, -1 once the connection is closed. */
  fileno(): number {
    return this.#socket.fileno();
  }

  /**
   * Sends bytes, all of them.
   * @param data The bytes; a string has to be encoded first.
   * @returns The length of `data` in bytes.
   * @throws {TimeoutError} When the connection's timeout is over.
   * @throws {OSError} As `Socket.sendall`.
   */
  write(data: Uint8Array): number {
    this.#socket.sendall(data);
    return data.byteLength;
  }

  /**
   * Does nothing, because there is no buffer.
   * @throws {RangeError} When the file is closed.
   */
  flush(): void {
    if (this.#isClosed) throw new RangeError('I/O operation on closed file.');
  }

  /** Marks the file as closed. The connection stays open. */
  close(): void {
    this.#isClosed = true;
  }
}
