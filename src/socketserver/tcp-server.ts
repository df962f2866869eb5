import { OSError } from '../system/errors.ts';
import type { Address, AddressInput } from '../socket/address.ts';
import { AF_INET, SHUT_WR, SO_REUSEADDR, SO_REUSEPORT, SOCK_STREAM, SOL_SOCKET } from '../system/constants/socket.ts';
import { type Socket, socket } from '../socket/socket.ts';
import { BaseServer } from './base-server.ts';
import type { RequestHandlerClass } from './request-steps.ts';

const attributes = ['addressFamily', 'socketType', 'requestQueueSize', 'allowReuseAddress', 'allowReusePort'] as const;

/**
 * A server for TCP connections, and the base of the other socket servers.
 * @see CPython, Lib/socketserver.py, `TCPServer`
 */
export class TCPServer<Request = Socket> extends BaseServer<Request> {
  /** AF_*. */
  static addressFamily = AF_INET;
  /** SOCK_*. */
  static socketType = SOCK_STREAM;
  /** How many connections may wait to be accepted; for `listen`. */
  static requestQueueSize = 5;
  /** Whether to set SO_REUSEADDR. */
  static allowReuseAddress = false;
  /** Whether to set SO_REUSEPORT. */
  static allowReusePort = false;

  /** As the class has it. */
  declare addressFamily: number;
  /** As the class has it. */
  declare socketType: number;
  /** As the class has it. */
  declare requestQueueSize: number;
  /** As the class has it. */
  declare allowReuseAddress: boolean;
  /** As the class has it. */
  declare allowReusePort: boolean;
  /** The socket that the server listens on. */
  override socket: Socket;

  /**
   * Makes the socket; binds it and listens.
   * @param serverAddress Where: [host, port], or a path for AF_UNIX.
   * @param RequestHandlerClass What handles the requests.
   * @param bindAndActivate Whether to call `serverBind` and `serverActivate`; where they fail, `serverClose`.
   * @throws {OSError} EADDRINUSE, EACCES and kin; as `Socket.bind` and `Socket.listen`.
   * @throws {RangeError} For a port beyond 0 to 65535.
   * @throws {TypeError} For an address of the wrong shape; where a subclass has fields, not static ones, for these
   *   attributes: they would come after `bind` and `listen`.
   */
  constructor(serverAddress: AddressInput, RequestHandlerClass: RequestHandlerClass<Request>, bindAndActivate = true) {
    super(serverAddress, RequestHandlerClass);
    for (const name of attributes) {
      // Not configurable: a subclass's field of that name would have no effect any more, and throws instead.
      Object.defineProperty(this, name, { value: new.target[name], writable: true, enumerable: true });
    }
    this.socket = socket(this.addressFamily, this.socketType);
    if (bindAndActivate) this.#bindAndActivate();
  }

  #bindAndActivate(): void {
    try {
      this.serverBind();
      this.serverActivate();
    } catch (error) {
      this.serverClose();
      throw error;
    }
  }

  /**
   * Binds the socket to `serverAddress`, which then is what the kernel made of it. May be overridden.
   * @throws {OSError} EADDRINUSE, EACCES and kin; as `Socket.bind`.
   */
  serverBind(): void {
    if (this.allowReuseAddress) this.socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    if (this.allowReusePort) this.socket.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
    this.socket.bind(this.serverAddress as AddressInput);
    this.serverAddress = this.socket.getsockname();
  }

  /**
   * Listens. May be overridden.
   * @throws {OSError} As `Socket.listen`.
   */
  override serverActivate(): void {
    this.socket.listen(this.requestQueueSize);
  }

  /** Ends the loop and closes the socket. May be extended. */
  override serverClose(): void {
    super.serverClose();
    this.socket.close();
  }

  /**
   * The socket's fd.
   * @returns The fd; -1 once closed.
   */
  override fileno(): number {
    return this.socket.fileno();
  }

  // `Request` is `Socket` in the three that follow: a subclass with other requests overrides them, as `UDPServer` does.

  /**
   * Accepts a connection. May be overridden.
   * @returns It, and the client's address.
   * @throws {OSError} As `Socket.accept`.
   */
  override getRequest(): [request: Request, clientAddress: Address] {
    return this.socket.accept() as [unknown, Address] as [Request, Address];
  }

  /**
   * Ends a connection: the client reads what was sent, and end of input. Then calls `closeRequest`.
   * @param request The connection.
   */
  override shutdownRequest(request: Request): void {
    try {
      (request as Socket).shutdown(SHUT_WR);
    } catch (error) {
      // The client has ended it already: ENOTCONN.
      if (!(error instanceof OSError)) throw error;
    }
    this.closeRequest(request);
  }

  /**
   * Closes a connection.
   * @param request The connection.
   */
  override closeRequest(request: Request): void {
    (request as Socket).close();
  }
}
