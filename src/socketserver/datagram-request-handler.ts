import type { AddressInput } from '../socket/address.ts';
import type { Socket } from '../socket/socket.ts';
import type { BaseServer } from './base-server.ts';
import { DatagramFile } from './datagram-file.ts';
import { BaseRequestHandler } from './request-handler.ts';
import type { DatagramRequest } from './udp-server.ts';

/**
 * A handler for datagrams. `handle` reads the datagram from one file and writes the answer to another. At the end the
 * answer is sent as one datagram, even when it is empty.
 * @see CPython, Lib/socketserver.py, `DatagramRequestHandler`
 */
export class DatagramRequestHandler<Server = BaseServer> extends BaseRequestHandler<DatagramRequest, Server> {
  /** The received datagram. */
  packet!: Buffer;
  /** The server's socket. */
  socket!: Socket;
  /** A file to read the datagram from. */
  rfile!: DatagramFile;
  /** A file to write the answer to. */
  wfile!: DatagramFile;

  /** Opens the two files. */
  override setup(): void {
    [this.packet, this.socket] = this.request;
    this.rfile = new DatagramFile(this.packet);
    this.wfile = new DatagramFile();
  }

  /**
   * Sends the answer to the client.
   * @throws {OSError} ECONNREFUSED or ENOENT when an AF_UNIX client is gone, EINVAL when it has no address; otherwise
   *   as `Socket.sendto`.
   */
  override finish(): void {
    this.socket.sendto(this.wfile.getvalue(), this.clientAddress as AddressInput);
  }
}
