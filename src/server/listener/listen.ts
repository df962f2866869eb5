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
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../system/constants/socket.ts';
import { createServer } from '../../socket/create.ts';
import { Socket } from '../../socket/socket.ts';
import * as sys from '../../system/calls.ts';

/** Where to listen: [host, port], the path of a Unix socket, or an inherited socket, as systemd's activation passes it. */
export type ListenAddress = readonly [host: string, port: number] | string | { readonly fd: number };

/** An open socket that waits for clients. */
export interface Listening {
  /** The socket, non-blocking. */
  readonly socket: Socket;
  /** Closes it; the path of a Unix socket is removed. */
  close(): void;
}

/**
 * Opens the socket of a stream server.
 * @param address Where: an IPv6 literal makes an IPv6 socket, a name is looked up for IPv4.
 * @param backlog How many connections the kernel may queue.
 * @returns The listening socket.
 * @throws {OSError} EADDRINUSE, EACCES, EADDRNOTAVAIL and kin; EINVAL for an inherited fd that does not listen.
 * @throws {TypeError} For an address of no such form.
 */
export function listenOn(address: ListenAddress, backlog: number): Listening {
  checkAddress(address);
  if (typeof address === 'string') return onPath(address, SOCK_STREAM, backlog);
  if (!('fd' in address)) {
    const socket = createServer(address, { family: familyOf(address), backlog });
    return opened(socket, () => {
      // Connections inherit it: of a peer that has vanished without a word, nothing else would ever be heard.
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
 * Opens the socket of a datagram server.
 * @param address Where, as for `listenOn`.
 * @returns The bound socket.
 * @throws {OSError} EADDRINUSE, EACCES, EADDRNOTAVAIL and kin.
 * @throws {TypeError} For an address of no such form.
 */
export function bindDatagrams(address: ListenAddress): Listening {
  checkAddress(address);
  if (typeof address === 'string') return onPath(address, SOCK_DGRAM, 0);
  if ('fd' in address) return inherited(address.fd, SOCK_DGRAM);
  const socket = new Socket(familyOf(address), SOCK_DGRAM);
  return opened(socket, () => {
    socket.bind(address);
  });
}

// Most of all for a port that comes from the command line or the environment as a string.
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

function opened(socket: Socket, prepare?: () => void): Listening {
  try {
    prepare?.();
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

function inherited(fd: number, type: number, check?: (socket: Socket) => void): Listening {
  const socket = new Socket(-1, -1, -1, fd);
  try {
    if (socket.type !== type) {
      const kind = type === SOCK_STREAM ? 'stream' : 'datagram';
      throw new OSError(`fd ${fd} is no ${kind} socket`, { errno: EPROTOTYPE, syscall: 'getsockopt' });
    }
    check?.(socket);
    // sd_listen_fds(3): whoever inherits it need not pass it on to the programs that it starts.
    socket.setInheritable(false);
  } catch (error) {
    // Not taken: it stays its owner's.
    socket.detach();
    throw error;
  }
  return opened(socket);
}

// A server that was killed leaves its socket's path behind, where nobody listens any more; bind(2) then refuses it.
function onPath(path: string, type: number, backlog: number): Listening {
  const socket = new Socket(AF_UNIX, type);
  const listening = opened(socket, () => {
    try {
      socket.bind(path);
    } catch (error) {
      if (!(error instanceof OSError) || error.errno !== EADDRINUSE || !isLeftOver(path, type)) throw error;
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
      // Another server may have taken the path since.
      if (inode !== undefined && inodeOf(path) === inode) rmSync(path, { force: true });
    },
  };
}

// `undefined` for a path that is gone, or an abstract name.
function inodeOf(path: string): bigint | undefined {
  return path.startsWith('\0') ? undefined : lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function isLeftOver(path: string, type: number): boolean {
  if (!lstatSync(path).isSocket()) return false;
  using probe = new Socket(AF_UNIX, type | sys.SOCK_NONBLOCK);
  return probe.connectEx(path) === -ECONNREFUSED;
}
