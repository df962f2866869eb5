import { AF_UNIX } from '../system/constants/socket.ts';
import { TCPServer } from './tcp-server.ts';
import { UDPServer } from './udp-server.ts';

/**
 * A server for AF_UNIX connections. Its address is a path; the socket file stays until somebody removes it.
 * @see CPython, Lib/socketserver.py, `UnixStreamServer`
 */
export class UnixStreamServer extends TCPServer {
  static override addressFamily = AF_UNIX;
}

/**
 * A server for AF_UNIX datagrams. A client that wants an answer has to bind its socket first.
 * @see CPython, Lib/socketserver.py, `UnixDatagramServer`
 */
export class UnixDatagramServer extends UDPServer {
  static override addressFamily = AF_UNIX;
}
