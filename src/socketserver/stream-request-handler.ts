import { OSError } from '../system/errors.ts';
import type { BinaryFile } from '../socket/binary-file.ts';
import { IPPROTO_TCP, TCP_NODELAY } from '../system/constants/socket.ts';
import type { Socket } from '../socket/socket.ts';
import type { SocketIO } from '../socket/socket-io.ts';
import type { BaseServer } from './base-server.ts';
import { BaseRequestHandler } from './request-handler.ts';
import { SocketWriter } from './socket-writer.ts';

/**
 * A handler for connections, with files to read from and to write to.
 * @see CPython, Lib/socketserver.py, `StreamRequestHandler`
 */
export class StreamRequestHandler<Server = BaseServer> extends BaseRequestHandler<Socket, Server> {
  /** The size of `rfile`'s buffer in bytes; -1 is 8192, 0 reads straight from the connection. */
  static rbufsize = -1;
  /** The size of `wfile`'s buffer in bytes; -1 is 8192, 0 sends each write at once. */
  static wbufsize = 0;
  /** Seconds that one call on the connection may wait; `null` for ever. */
  static timeout: number | null = null;
  /** Whether to set TCP_NODELAY; of use where `wbufsize` is not 0. */
  static disableNagleAlgorithm = false;

  /** As the class has it. */
  rbufsize = this.#class.rbufsize;
  /** As the class has it. */
  wbufsize = this.#class.wbufsize;
  /** As the class has it. */
  timeout = this.#class.timeout;
  /** As the class has it. */
  disableNagleAlgorithm = this.#class.disableNagleAlgorithm;
  /** The connection; `request` under another name. */
  connection!: Socket;
  /** What the client sends. */
  rfile!: BinaryFile | SocketIO;
  /** Sends to the client. */
  wfile!: BinaryFile | SocketWriter;

  get #class(): typeof StreamRequestHandler {
    return this.constructor as typeof StreamRequestHandler;
  }

  /**
   * Makes the files.
   * @throws {OSError} ENOPROTOOPT or EOPNOTSUPP for TCP_NODELAY on a connection that is not TCP's.
   * @throws {RangeError} For a timeout out of range.
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
   * Sends what is left in `wfile`'s buffer, and closes the files.
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
      // The client may have gone.
      if (!(error instanceof OSError)) throw error;
    }
  }
}
