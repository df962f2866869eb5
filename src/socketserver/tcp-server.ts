import type { Address, AddressInput } from '../socket/address.ts';
import { type Socket, socket } from '../socket/socket.ts';
import { AF_INET, SHUT_WR, SO_REUSEADDR, SO_REUSEPORT, SOCK_STREAM, SOL_SOCKET } from '../system/constants/socket.ts';
import { OSError } from '../system/errors.ts';
import { BaseServer } from './base-server.ts';
import type { RequestHandlerClass } from './request-steps.ts';
import { callNow } from './steps.ts';

const CONSTRUCTOR = 'a constructor';
const attributes = ['addressFamily', 'socketType', 'requestQueueSize', 'allowReuseAddress', 'allowReusePort'] as const;

/**
 * A server for TCP connections, and the base class of the other socket servers.
 * @see CPython, Lib/socketserver.py, `TCPServer`
 */
export class TCPServer<Request = Socket> extends BaseServer<Request> {
  /** The socket's family, AF_*. */
  static addressFamily = AF_INET;
  /** The socket's type, SOCK_*. */
  static socketType = SOCK_STREAM;
  /** The number of connections that may wait for `accept`: the backlog of `listen`. */
  static requestQueueSize = 5;
  /** Whether to set SO_REUSEADDR before `bind`. */
  static allowReuseAddress = false;
  /** Whether to set SO_REUSEPORT before `bind`. */
  static allowReusePort = false;

  /** The socket's family, AF_*; the class's value. */
  declare addressFamily: number;
  /** The socket's type, SOCK_*; the class's value. */
  declare socketType: number;
  /** The backlog of `listen`; the class's value. */
  declare requestQueueSize: number;
  /** Whether to set SO_REUSEADDR before `bind`; the class's value. */
  declare allowReuseAddress: boolean;
  /** Whether to set SO_REUSEPORT before `bind`; the class's value. */
  declare allowReusePort: boolean;
  /** The listening socket; for datagrams the bound socket. */
  override socket: Socket;

  /**
   * Makes the socket, binds it and listens.
   * @param serverAddress The address to serve: [host, port], or a path for AF_UNIX.
   * @param RequestHandlerClass The class whose objects handle the requests.
   * @param bindAndActivate Whether to call `serverBind` and `serverActivate`. If one of them fails, `serverClose` runs
   *   and the constructor throws.
   * @throws {OSError} EADDRINUSE, EADDRNOTAVAIL, EACCES, …, as `Socket.bind` and `Socket.listen`.
   * @throws {TypeError} When the address has the wrong shape, or when a subclass declares one of these attributes as a
   *   field that is not static: such a field would be set only after `bind` and `listen`. When `serverBind` or
   *   `serverActivate` returns a promise.
   */
  constructor(serverAddress: AddressInput, RequestHandlerClass: RequestHandlerClass<Request>, bindAndActivate = true) {
    super(serverAddress, RequestHandlerClass);
    for (const name of attributes) {
      // The property is not configurable, so that a subclass's field of the same name throws instead of having no
      // effect.
      Object.defineProperty(this, name, { value: new.target[name], writable: true, enumerable: true });
    }
    this.socket = socket(this.addressFamily, this.socketType);
    if (bindAndActivate) this.#bindAndActivate();
  }

  #bindAndActivate(): void {
    try {
      callNow(this, 'serverBind', CONSTRUCTOR);
      callNow(this, 'serverActivate', CONSTRUCTOR);
    } catch (error) {
      callNow(this, 'serverClose', CONSTRUCTOR);
      throw error;
    }
  }

  /**
   * Binds the socket to `serverAddress`, and replaces `serverAddress` with the kernel's answer. May be overridden.
   * @throws {OSError} EADDRINUSE, EADDRNOTAVAIL, EACCES, …, as `Socket.bind`.
   */
  serverBind(): void {
    if (this.allowReuseAddress) this.socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    if (this.allowReusePort) this.socket.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
    this.socket.bind(this.serverAddress as AddressInput);
    this.serverAddress = this.socket.getsockname();
  }

  /**
   * Listens for connections. May be overridden.
   * @throws {OSError} As `Socket.listen`.
   */
  override serverActivate(): void {
    this.socket.listen(this.requestQueueSize);
  }

  /** Ends the loop and closes the socket. A subclass may extend it. */
  override serverClose(): void {
    super.serverClose();
    this.socket.close();
  }

  /** Returns the socket's fd, -1 once the server is closed. */
  override fileno(): number {
    return this.socket.fileno();
  }

  // In the next three methods `Request` is `Socket`. A subclass with other requests overrides all three, as `UDPServer`
  // does.

  /**
   * Accepts a connection. May be overridden.
   * @returns The connection and the client's address.
   * @throws {OSError} As `Socket.accept`.
   */
  override getRequest(): [request: Request, clientAddress: Address] {
    return this.socket.accept() as [unknown, Address] as [Request, Address];
  }

  /**
   * Ends a connection: the client reads everything that was sent, and then end of input. Then calls `closeRequest`.
   * @param request The connection to end.
   * @returns Nothing, or a promise if `closeRequest` returns one.
   */
  override shutdownRequest(request: Request): void | Promise<void> {
    try {
      (request as Socket).shutdown(SHUT_WR);
    } catch (error) {
      // ENOTCONN: the client has already ended the connection.
      if (!(error instanceof OSError)) throw error;
    }
    return this.closeRequest(request);
  }

  /**
   * Closes a connection.
   * @param request The connection to close.
   */
  override closeRequest(request: Request): void | Promise<void> {
    (request as Socket).close();
  }
}
