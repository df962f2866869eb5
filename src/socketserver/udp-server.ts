import type { Address } from '../socket/address.ts';
import { SOCK_DGRAM } from '../system/constants/socket.ts';
import type { Socket } from '../socket/socket.ts';
import { TCPServer } from './tcp-server.ts';

/** What a datagram server's handler gets as its request. */
export type DatagramRequest = [packet: Buffer, socket: Socket];

/**
 * A server for UDP datagrams.
 * @see CPython, Lib/socketserver.py, `UDPServer`
 */
export class UDPServer extends TCPServer<DatagramRequest> {
  static override allowReuseAddress = false;
  static override allowReusePort = false;
  static override socketType = SOCK_DGRAM;
  /** The most bytes of a datagram that are received; the rest is lost. */
  static maxPacketSize = 8192;

  /** As the class has it. */
  maxPacketSize = (this.constructor as typeof UDPServer).maxPacketSize;

  /** Does nothing: datagrams need no `listen`. */
  override serverActivate(): void {
    // nothing to activate
  }

  /**
   * Receives a datagram.
   * @returns It and the server's socket; and who sent it, '' where an AF_UNIX client has no address.
   * @throws {OSError} As `Socket.recvfrom`.
   */
  override getRequest(): [request: DatagramRequest, clientAddress: Address] {
    const [packet, clientAddress] = this.socket.recvfrom(this.maxPacketSize);
    return [[packet, this.socket], clientAddress ?? ''];
  }

  /**
   * Calls `closeRequest`.
   * @param request The datagram.
   */
  override shutdownRequest(request: DatagramRequest): void {
    this.closeRequest(request);
  }

  /**
   * Does nothing: the socket is the server's.
   * @param _request The datagram.
   */
  override closeRequest(_request: DatagramRequest): void {
    // nothing to close
  }
}
