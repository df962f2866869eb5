import type { AddressInput } from '../socket/address.ts';
import type { Socket } from '../socket/socket.ts';
import type { BaseServer } from './base-server.ts';
import { DatagramFile } from './datagram-file.ts';
import { BaseRequestHandler } from './request-handler.ts';
import type { DatagramRequest } from './udp-server.ts';

/**
 * A handler for datagrams, with files to read from and to write to; what was written is sent as one datagram at the
 * end, even where it is nothing.
 * @see CPython, Lib/socketserver.py, `DatagramRequestHandler`
 */
export class DatagramRequestHandler<Server = BaseServer> extends BaseRequestHandler<DatagramRequest, Server> {
  /** The datagram. */
  packet!: Buffer;
  /** The server's socket. */
  socket!: Socket;
  /** Reads the datagram. */
  rfile!: DatagramFile;
  /** Takes the answer. */
  wfile!: DatagramFile;

  /** Makes the files. */
  override setup(): void {
    [this.packet, this.socket] = this.request;
    this.rfile = new DatagramFile(this.packet);
    this.wfile = new DatagramFile();
  }

  /**
   * Sends the answer.
   * @throws {OSError} As `Socket.sendto`: ECONNREFUSED or ENOENT where an AF_UNIX client is gone, EINVAL where it has no
   *   address.
   */
  override finish(): void {
    this.socket.sendto(this.wfile.getvalue(), this.clientAddress as AddressInput);
  }
}
