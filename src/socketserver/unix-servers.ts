import { AF_UNIX } from '../system/constants/socket.ts';
import { TCPServer } from './tcp-server.ts';
import { UDPServer } from './udp-server.ts';

/**
 * A server for AF_UNIX connections; its address is a path, which is there until somebody removes it.
 * @see CPython, Lib/socketserver.py, `UnixStreamServer`
 */
export class UnixStreamServer extends TCPServer {
  static override addressFamily = AF_UNIX;
}

/**
 * A server for AF_UNIX datagrams; a client that wants an answer binds its socket first.
 * @see CPython, Lib/socketserver.py, `UnixDatagramServer`
 */
export class UnixDatagramServer extends UDPServer {
  static override addressFamily = AF_UNIX;
}
