import { isIPv6 } from 'node:net';
import { inspect } from 'node:util';

import { EINVAL, EPROTOTYPE } from '../../system/errno.ts';
import { OSError } from '../../system/errors.ts';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_ACCEPTCONN,
  SO_LINGER,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../system/constants/socket.ts';
import { bindTo } from '../../socket/bind-to.ts';
import { Socket } from '../../socket/socket.ts';
import * as sys from '../../system/calls.ts';
import { type KeepAlive, setKeepAlive } from './keep-alive.ts';
import { bindWithoutPermissions, givePermissions } from './path-permissions.ts';
import { type PathPermissions, pathPermissions, setReceiveBuffer, type SocketOptions } from './socket-options.ts';
import { bindPath, type BoundPath } from './unix-path.ts';

// struct linger: int l_onoff, int l_linger.
const LINGER_BYTES = 8;
const NO_LINGER = Int32Array.of(0, 0);

/** An address to listen on: [host, port]; the path of a Unix socket; or a socket that the process has inherited. */
export type ListenAddress =
  | readonly [host: string, port: number]
  | string
  | {
      /** The number of the socket in this process. */
      readonly fd: number;
    };

/** The open socket of a server. */
export interface ServerSocket {
  /** Non-blocking. */
  readonly socket: Socket;
  /** Call it before accept(2), which would wait if another process that shares an inherited socket has made it blocking. */
  keepNonBlocking?(): void;
  /**
   * Call it with each accepted fd until the queue has been empty: connections from before the server has set the options of an
   * inherited listener lack these options.
   */
  readonly setUpEarlierConnection?: (fd: number) => void;
  /** Closes the socket, and removes the path of a Unix socket. */
  close(): void;
}

/** How a stream server listens. */
export interface ListenSettings extends KeepAlive {
  readonly backlog: number;
}

/**
 * Opens the listening socket of a stream server. An IPv6 literal makes an IPv6 socket; a name is looked up for IPv4.
 * @throws {OSError} EADDRINUSE, EACCES, EADDRNOTAVAIL and others; EINVAL when an inherited fd does not listen.
 * @throws {TypeError} When the address has no valid form.
 */
export function listenOn(address: ListenAddress, options: SocketOptions, settings: ListenSettings): ServerSocket {
  checkAddress(address);
  const permissions = pathPermissions(options, address);
  if (typeof address === 'string') return openPath(address, SOCK_STREAM, options, permissions, settings.backlog);
  if ('fd' in address) return inheritedListener(address.fd, options, settings);
  return openPort(address, SOCK_STREAM, options, (socket) => {
    socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    setKeepAlive(socket.fileno(), settings);
    bindTo(socket, address);
    socket.listen(settings.backlog);
  });
}

/**
 * Opens the bound socket of a datagram server, with an address as for `listenOn`.
 * @throws {OSError} EADDRINUSE, EACCES, EADDRNOTAVAIL and others.
 * @throws {TypeError} When the address has no valid form.
 */
export function bindDatagrams(address: ListenAddress, options: SocketOptions): ServerSocket {
  checkAddress(address);
  const permissions = pathPermissions(options, address);
  if (typeof address === 'string') return openPath(address, SOCK_DGRAM, options, permissions, 0);
  if ('fd' in address) return inherited(address.fd, SOCK_DGRAM, options);
  return openPort(address, SOCK_DGRAM, options, (socket) => {
    bindTo(socket, address);
  });
}

// The usual mistake is a port that is still a string, from the command line or the environment.
function checkAddress(address: unknown): void {
  if (typeof address === 'string') return;
  if (Array.isArray(address)) {
    const [host, port] = address as unknown[];
    if (typeof host === 'string' && typeof port === 'number' && address.length === 2) return;
  } else if (typeof address === 'object' && address !== null && 'fd' in address) return;
  throw new TypeError(`address must be [host, port], a path, or { fd: number }, not ${inspect(address)}`);
}

// One place decides what '::' means, for connections and for datagrams: IPv4, too, unless `ipv6Only` is set. The default of
// the kernel is a setting of the system (net.ipv6.bindv6only).
function openPort(
  [host]: readonly [host: string, port: number],
  type: number,
  options: SocketOptions,
  bind: (socket: Socket) => void,
): ServerSocket {
  const family = isIPv6(host) ? AF_INET6 : AF_INET;
  const socket = new Socket(family, type);
  return prepared(socket, () => {
    if (family === AF_INET6) socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only ? 1 : 0);
    setReceiveBuffer(socket, options);
    bind(socket);
  });
}

function openPath(
  path: string,
  type: number,
  options: SocketOptions,
  permissions: PathPermissions | undefined,
  backlog: number,
): ServerSocket {
  const socket = new Socket(AF_UNIX, type);
  let bound: BoundPath | undefined;
  const opened = prepared(socket, () => {
    setReceiveBuffer(socket, options);
    if (permissions !== undefined) bindWithoutPermissions(socket);
    bound = bindPath(socket, path);
    try {
      if (permissions !== undefined) givePermissions(path, permissions);
      if (type === SOCK_STREAM) socket.listen(backlog);
    } catch (error) {
      bound.remove();
      throw error;
    }
  });
  return {
    socket,
    close() {
      bound?.remove();
      opened.close();
    },
  };
}

function inheritedListener(fd: number, options: SocketOptions, keepAlive: KeepAlive): ServerSocket {
  const listener = inherited(fd, SOCK_STREAM, options, (socket) => {
    if (socket.getsockopt(SOL_SOCKET, SO_ACCEPTCONN) === 0) {
      const message = `fd ${fd} does not listen: pass a listening stream socket`;
      throw new OSError(message, { errno: EINVAL, syscall: 'accept4' });
    }
    setKeepAlive(fd, keepAlive);
  });
  return {
    ...listener,
    setUpEarlierConnection: (connectionFd) => {
      setKeepAlive(connectionFd, keepAlive);
      disableLinger(connectionFd);
    },
  };
}

function prepared(socket: Socket, setUp?: () => void): ServerSocket {
  try {
    setUp?.();
    socket.setblocking(false);
  } catch (error) {
    socket.close();
    throw error;
  }
  return {
    socket,
    close() {
      socket.close();
    },
  };
}

function inherited(fd: number, type: number, options: SocketOptions, check?: (socket: Socket) => void): ServerSocket {
  const socket = new Socket(-1, -1, -1, fd);
  try {
    if (socket.type !== type) {
      const kind = type === SOCK_STREAM ? 'stream' : 'datagram';
      throw new OSError(`fd ${fd} is not a ${kind} socket`, { errno: EPROTOTYPE, syscall: 'getsockopt' });
    }
    check?.(socket);
    setReceiveBuffer(socket, options);
    // sd_listen_fds(3) does this, too: the programs that this process starts must not inherit the socket.
    socket.setInheritable(false);
    disableLinger(fd);
  } catch (error) {
    // The caller still owns the fd.
    socket.detach();
    throw error;
  }
  return {
    ...prepared(socket),
    keepNonBlocking() {
      socket.setblocking(false);
    },
  };
}

// Connections inherit SO_LINGER. With a time in it, close(2) waits until the client has taken all output: socket(7).
function disableLinger(fd: number): void {
  const linger = new Int32Array(2);
  sys.getsockopt(fd, SOL_SOCKET, SO_LINGER, linger, Int32Array.of(LINGER_BYTES));
  const [isOn, seconds] = linger;
  if (isOn !== 0 && seconds !== 0) sys.setsockopt(fd, SOL_SOCKET, SO_LINGER, NO_LINGER, LINGER_BYTES);
}
