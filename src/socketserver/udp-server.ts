import type { Address } from '../socket/address.ts';
import type { Socket } from '../socket/socket.ts';
import { SOCK_DGRAM } from '../system/constants/socket.ts';
import { TCPServer } from './tcp-server.ts';

/** The request of a datagram server: the datagram's bytes and the server's socket. */
export type DatagramRequest = [packet: Buffer, socket: Socket];

/**
 * A server for UDP datagrams.
 * @see CPython, Lib/socketserver.py, `UDPServer`
 */
export class UDPServer extends TCPServer<DatagramRequest> {
  static override allowReuseAddress = false;
  static override allowReusePort = false;
  static override socketType = SOCK_DGRAM;
  /** The largest datagram that is received whole, in bytes; the rest of a longer one is lost. */
  static maxPacketSize = 8192;

  /** The largest datagram that is received whole, in bytes. The default is the class's value. */
  maxPacketSize = (this.constructor as typeof UDPServer).maxPacketSize;

  /** Does nothing, because datagrams need no `listen`. */
  override serverActivate(): void {
    // nothing to activate
  }

  /**
   * Receives a datagram.
   * @returns The datagram with the server's socket, and the client's address: '' for an AF_UNIX client without one.
   * @throws {OSError} As `Socket.recvfrom`.
   */
  override getRequest(): [request: DatagramRequest, clientAddress: Address] {
    const [packet, clientAddress] = this.socket.recvfrom(this.maxPacketSize);
    return [[packet, this.socket], clientAddress ?? ''];
  }

  /**
   * Calls `closeRequest`.
   * @param request The datagram and the server's socket.
   * @returns Nothing, or a promise if `closeRequest` returns one.
   */
  override shutdownRequest(request: DatagramRequest): void | Promise<void> {
    return this.closeRequest(request);
  }

  /**
   * Does nothing, because the socket belongs to the server.
   * @param _request The datagram and the server's socket.
   */
  override closeRequest(_request: DatagramRequest): void | Promise<void> {
    // nothing to close
  }
}
