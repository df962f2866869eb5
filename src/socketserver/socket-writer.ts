import type { Socket } from '../socket/socket.ts';

/**
 * A connection as a file to write to, without a buffer: what is written is sent whole, and at once.
 * @see CPython, Lib/socketserver.py, `_SocketWriter`
 */
export class SocketWriter {
  readonly #socket: Socket;
  #isClosed = false;

  /** @param socket The connection. It stays the caller's: closing the file does not close it. */
  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether `close` has been called. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /**
   * Whether the file can be read.
   * @returns False.
   */
  readable(): boolean {
    return false;
  }

  /**
   * Whether the file can be written.
   * @returns True.
   */
  writable(): boolean {
    return true;
  }

  /**
   * The connection's fd.
   * @returns The fd.
   */
  fileno(): number {
    return this.#socket.fileno();
  }

  /**
   * Sends bytes, all of them.
   * @param data The bytes.
   * @returns How many: all.
   * @throws {TimeoutError} When the connection's timeout is over.
   * @throws {OSError} As `Socket.sendall`.
   * @throws {TypeError} Where `data` is no Uint8Array; a string has to be encoded first.
   */
  write(data: Uint8Array): number {
    this.#socket.sendall(data);
    return data.byteLength;
  }

  /**
   * Does nothing: there is no buffer.
   * @throws {RangeError} Where the file is closed.
   */
  flush(): void {
    if (this.#isClosed) throw new RangeError('I/O operation on closed file.');
  }

  /** Marks the file as closed. */
  close(): void {
    this.#isClosed = true;
  }
}
