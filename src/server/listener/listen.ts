import { EADDRINUSE, ECONNREFUSED, EINVAL, EPROTOTYPE } from '../../system/errno.ts';
import { lstatSync, rmSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { inspect } from 'node:util';

import { OSError } from '../../system/errors.ts';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  SO_ACCEPTCONN,
  SO_KEEPALIVE,
  SO_LINGER,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../system/constants/socket.ts';
import { createServer } from '../../socket/create.ts';
import { Socket } from '../../socket/socket.ts';
import * as sys from '../../system/calls.ts';

// struct linger: int l_onoff, int l_linger.
const LINGER_BYTES = 8;

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
  /** Closes the socket, and removes the path of a Unix socket. */
  close(): void;
}

/**
 * Opens the listening socket of a stream server. An IPv6 literal makes an IPv6 socket; a name is looked up for IPv4.
 * @throws {OSError} EADDRINUSE, EACCES, EADDRNOTAVAIL and others; EINVAL when an inherited fd does not listen.
 * @throws {TypeError} When the address has no valid form.
 */
export function listenOn(address: ListenAddress, backlog: number): ServerSocket {
  checkAddress(address);
  if (typeof address === 'string') return bindPath(address, SOCK_STREAM, backlog);
  if (!('fd' in address)) {
    const socket = createServer(address, { family: familyOf(address), backlog });
    return prepared(socket, () => {
      // Connections inherit this option. Without it the server would never notice that a silent peer has vanished.
      socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
    });
  }
  return inherited(address.fd, SOCK_STREAM, (socket) => {
    if (socket.getsockopt(SOL_SOCKET, SO_ACCEPTCONN) !== 0) return;
    const message = `fd ${address.fd} does not listen: pass a listening stream socket`;
    throw new OSError(message, { errno: EINVAL, syscall: 'accept4' });
  });
}

/**
 * Opens the bound socket of a datagram server, with an address as for `listenOn`.
 * @throws {OSError} EADDRINUSE, EACCES, EADDRNOTAVAIL and others.
 * @throws {TypeError} When the address has no valid form.
 */
export function bindDatagrams(address: ListenAddress): ServerSocket {
  checkAddress(address);
  if (typeof address === 'string') return bindPath(address, SOCK_DGRAM, 0);
  if ('fd' in address) return inherited(address.fd, SOCK_DGRAM);
  const socket = new Socket(familyOf(address), SOCK_DGRAM);
  return prepared(socket, () => {
    socket.bind(address);
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

function familyOf([host]: readonly [host: string, port: number]): number {
  return isIPv6(host) ? AF_INET6 : AF_INET;
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

function inherited(fd: number, type: number, check?: (socket: Socket) => void): ServerSocket {
  const socket = new Socket(-1, -1, -1, fd);
  try {
    if (socket.type !== type) {
      const kind = type === SOCK_STREAM ? 'stream' : 'datagram';
      throw new OSError(`fd ${fd} is not a ${kind} socket`, { errno: EPROTOTYPE, syscall: 'getsockopt' });
    }
    check?.(socket);
    // sd_listen_fds(3) does this, too: the programs that this process starts must not inherit the socket.
    socket.setInheritable(false);
    disableLinger(socket);
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
function disableLinger(socket: Socket): void {
  const linger = socket.getsockopt(SOL_SOCKET, SO_LINGER, LINGER_BYTES);
  const [isOn, seconds] = new Int32Array(Uint8Array.from(linger).buffer);
  if (isOn !== 0 && seconds !== 0) socket.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(LINGER_BYTES));
}

// When a server is killed, the path of its socket remains, and bind(2) refuses a path that exists.
function bindPath(path: string, type: number, backlog: number): ServerSocket {
  const socket = new Socket(AF_UNIX, type);
  const listening = prepared(socket, () => {
    try {
      socket.bind(path);
    } catch (error) {
      if (!(error instanceof OSError) || error.errno !== EADDRINUSE || !nobodyListens(path, type)) throw error;
      rmSync(path);
      socket.bind(path);
    }
    if (type === SOCK_STREAM) socket.listen(backlog);
  });
  const inode = inodeOf(path);
  return {
    socket,
    close() {
      listening.close();
      // Another server may have replaced the path meanwhile.
      if (inode !== undefined && inodeOf(path) === inode) rmSync(path, { force: true });
    },
  };
}

// `undefined` when the path does not exist, or is an abstract name.
function inodeOf(path: string): bigint | undefined {
  return path.startsWith('\0') ? undefined : lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function nobodyListens(path: string, type: number): boolean {
  if (!lstatSync(path).isSocket()) return false;
  using probe = new Socket(AF_UNIX, type | sys.SOCK_NONBLOCK);
  return probe.connectEx(path) === -ECONNREFUSED;
}
