import { inspect } from 'node:util';

import { SO_RCVBUF, SOL_SOCKET } from '../../system/constants/socket.ts';
import { INT_MAX } from '../../system/integer.ts';
import type { Socket } from '../../socket/socket.ts';
import { checked } from '../limits.ts';

/** The options of the socket that a server listens or receives on. */
export interface SocketOptions {
  /**
   * Whether a server at `['::', port]` refuses IPv4; false by default, as in `node:net`: the address of an IPv4 client is then
   * `::ffff:192.0.2.1`. For connections and for datagrams alike. Without effect on an inherited socket.
   */
  ipv6Only?: boolean | undefined;
  /**
   * The size of the receive buffer (SO_RCVBUF), in bytes; the system decides by default, and for 0. For datagrams, the buffer holds
   * what arrives while the server is busy; for connections, each connection has a buffer of this size. The kernel gives at most
   * `net.core.rmem_max`; `receiveBufferBytes` of the server says how much that was.
   */
  receiveBufferBytes?: number | undefined;
  /**
   * The permissions of the path of a Unix socket: 0o660 lets the owner and the group connect. The path never has others: it is
   * made without any permission. By default the umask decides, and 0o660 with `unixOwner`.
   */
  unixMode?: number | undefined;
  /** The owner and the group of the path of a Unix socket, as numbers; those of the process by default. */
  unixOwner?: UnixOwner | undefined;
}

/** The owner and the group of the path of a Unix socket. */
export interface UnixOwner {
  /** The user; unchanged by default. */
  readonly uid?: number | undefined;
  /** The group; unchanged by default. */
  readonly gid?: number | undefined;
}

/** The permissions that a path shall have. */
export interface PathPermissions {
  readonly mode: number;
  readonly owner: UnixOwner;
}

const DEFAULT_MODE = 0o660;
const ALL_PERMISSIONS = 0o777;
// The highest number stands for "no change" in chown(2).
const MAX_ID = 2 ** 32 - 2;

/**
 * Sets the size of the receive buffer. Before listen(2), because connections inherit it, and the window of TCP depends on it.
 * @throws {TypeError | RangeError} When the size is not valid.
 */
export function setReceiveBuffer(socket: Socket, { receiveBufferBytes = 0 }: SocketOptions): void {
  const bytes = checked('receiveBufferBytes', receiveBufferBytes);
  if (bytes > 0) socket.setsockopt(SOL_SOCKET, SO_RCVBUF, Math.min(bytes, INT_MAX));
}

/**
 * The size of the receive buffer; 0 when the socket is closed, as at the end of a shutdown. The kernel doubles what was asked for,
 * because it counts its own memory, too: socket(7).
 */
export function receiveBufferBytes(socket: Socket): number {
  if (socket.fileno() === -1) return 0;
  return socket.getsockopt(SOL_SOCKET, SO_RCVBUF) / 2;
}

/**
 * The permissions that the options ask for; `undefined` when they ask for none.
 * @throws {TypeError} When a number is missing, or the address is not the path of a Unix socket.
 * @throws {RangeError} When there is no such mode or owner.
 */
export function pathPermissions({ unixMode, unixOwner }: SocketOptions, address: unknown): PathPermissions | undefined {
  if (unixMode === undefined && unixOwner === undefined) return undefined;
  if (typeof address !== 'string' || address === '' || address.startsWith('\0')) {
    throw new TypeError(`unixMode and unixOwner need the path of a Unix socket, not ${inspect(address)}`);
  }
  // JavaScript may pass anything.
  const given: unknown = unixOwner ?? {};
  if (typeof given !== 'object') {
    throw new TypeError(`unixOwner must be { uid, gid }, not ${inspect(unixOwner)}`);
  }
  return {
    mode: atMost(ALL_PERMISSIONS, 'unixMode', unixMode ?? DEFAULT_MODE),
    owner: { uid: id('uid', unixOwner?.uid), gid: id('gid', unixOwner?.gid) },
  };
}

function id(name: string, value: number | undefined): number | undefined {
  return value === undefined ? undefined : atMost(MAX_ID, `unixOwner.${name}`, value);
}

function atMost(max: number, name: string, value: number): number {
  if (checked(name, value) > max) throw new RangeError(`${name} must be at most ${max}, not ${value}`);
  return value;
}
