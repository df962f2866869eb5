import type { BinaryFile } from '../socket/binary-file.ts';
import type { SocketIO } from '../socket/socket-io.ts';
import type { Socket } from '../socket/socket.ts';
import { IPPROTO_TCP, TCP_NODELAY } from '../system/constants/socket.ts';
import { OSError } from '../system/errors.ts';
import type { BaseServer } from './base-server.ts';
import { BaseRequestHandler } from './request-handler.ts';
import { SocketWriter } from './socket-writer.ts';

/**
 * A handler for connections. `handle` reads from one file and writes to another.
 * @see CPython, Lib/socketserver.py, `StreamRequestHandler`
 */
export class StreamRequestHandler<Server = BaseServer> extends BaseRequestHandler<Socket, Server> {
  /** The size of `rfile`'s buffer in bytes; -1 means 8192, and 0 reads straight from the connection. */
  static rbufsize = -1;
  /** The size of `wfile`'s buffer in bytes; -1 means 8192, and 0 sends each write immediately. */
  static wbufsize = 0;
  /** Seconds that one call on the connection may wait; `null` waits without limit. */
  static timeout: number | null = null;
  /** Whether to set TCP_NODELAY. It makes a difference only when `wbufsize` is not 0. */
  static disableNagleAlgorithm = false;

  /** The size of `rfile`'s buffer in bytes. The default is the class's value. */
  rbufsize = this.#class.rbufsize;
  /** The size of `wfile`'s buffer in bytes. The default is the class's value. */
  wbufsize = this.#class.wbufsize;
  /** Seconds that one call on the connection may wait. The default is the class's value. */
  timeout = this.#class.timeout;
  /** Whether to set TCP_NODELAY. The default is the class's value. */
  disableNagleAlgorithm = this.#class.disableNagleAlgorithm;
  /** The connection; the same object as `request`. */
  connection!: Socket;
  /** A file to read the client's bytes from. */
  rfile!: BinaryFile | SocketIO;
  /** A file to write bytes for the client to. */
  wfile!: BinaryFile | SocketWriter;

  get #class(): typeof StreamRequestHandler {
    return this.constructor as typeof StreamRequestHandler;
  }

  /**
   * Sets the connection's options and opens the files.
   * @throws {OSError} ENOPROTOOPT or EOPNOTSUPP when `disableNagleAlgorithm` is set and the connection is not TCP.
   */
  override setup(): void {
    this.connection = this.request;
    if (this.timeout !== null) this.connection.settimeout(this.timeout);
    if (this.disableNagleAlgorithm) this.connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
    this.rfile = this.connection.makefile('rb', this.rbufsize);
    this.wfile =
      this.wbufsize === 0 ? new SocketWriter(this.connection) : this.connection.makefile('wb', this.wbufsize);
  }

  /**
   * Sends the bytes in `wfile`'s buffer, and closes the files.
   * @throws {OSError} As `wfile.close`.
   */
  override finish(): void {
    try {
      if (!this.wfile.closed) this.#flush();
      this.wfile.close();
    } finally {
      this.rfile.close();
    }
  }

  #flush(): void {
    try {
      this.wfile.flush();
    } catch (error) {
      // The client may be gone.
      if (!(error instanceof OSError)) throw error;
    }
  }
}
