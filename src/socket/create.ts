import { F_DUPFD_CLOEXEC } from '../system/constants/fd.ts';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../system/constants/socket.ts';
import { OSError, osError, typeName } from '../system/errors.ts';
import * as sys from '../system/calls.ts';
import type { Timeout } from '../system/timeout.ts';
import { type AddressInput } from './address.ts';
import { addressRepr } from './address-text.ts';
import { toInt } from './arguments.ts';
import { OwnedFd } from './descriptor.ts';
import { getaddrinfo } from './names.ts';
import { Socket } from './socket.ts';

/** What `createServer` takes by keyword in Python. */
export interface CreateServerOptions {
  /** AF_INET if nothing is given, or AF_INET6, or AF_UNIX. */
  family?: number;
  /** For `listen`; its own default if nothing is given. */
  backlog?: number | null;
  /** Sets SO_REUSEPORT: several processes may listen at the address. */
  reusePort?: boolean;
  /** Also takes IPv4 connections on an AF_INET6 socket. */
  dualstackIpv6?: boolean;
}

/** What `createConnection` takes by keyword in Python. */
export interface CreateConnectionOptions {
  /** Throws an AggregateError of all attempts' errors, instead of the last one. */
  allErrors?: boolean;
}

/** Python's `has_ipv6`: whether this build knows IPv6, which says nothing of the kernel. */
export const hasIpv6 = true;

/**
 * Two connected sockets.
 * @param family AF_UNIX if nothing is given.
 * @param type SOCK_STREAM if nothing is given, SOCK_DGRAM, SOCK_SEQPACKET; may carry SOCK_NONBLOCK.
 * @param proto 0.
 * @returns Both ends, close-on-exec.
 * @throws {TypeError} For an argument that is no integer.
 * @throws {OSError} EOPNOTSUPP for AF_INET, EAFNOSUPPORT, EMFILE.
 * @see socketpair(2)
 */
export function socketpair(family?: number | null, type = SOCK_STREAM, proto = 0): [Socket, Socket] {
  const domain = toInt(family ?? AF_UNIX);
  const kind = toInt(type);
  const protocol = toInt(proto);
  const fds = new Int32Array(2);
  const result = sys.socketpair(domain, kind | SOCK_CLOEXEC, protocol, fds);
  if (result < 0) throw osError(result, 'socketpair');
  const [first = -1, second = -1] = fds;
  const other = closeIfFails(
    () => new Socket(domain, kind, protocol, new OwnedFd(second)),
    () => sys.close(first),
  );
  const one = closeIfFails(
    () => new Socket(domain, kind, protocol, new OwnedFd(first)),
    () => {
      other.close();
    },
  );
  return [one, other];
}

// What `make` makes; where it fails, `undo` frees what belongs with it.
function closeIfFails<Made>(make: () => Made, undo: () => unknown): Made {
  try {
    return make();
  } catch (error) {
    undo();
    throw error;
  }
}

/**
 * A listening TCP socket. SO_REUSEADDR is on; an AF_INET6 socket takes no IPv4 connections unless asked to.
 * @param address As for `bind`.
 * @param options What Python takes by keyword.
 * @returns The socket; it blocks, or has the default timeout.
 * @throws {OSError} EADDRINUSE and kin, with the address in the message.
 * @throws {RangeError} 'dualstack_ipv6 requires AF_INET6 family', or for a port beyond 0 to 65535.
 * @throws {TypeError} Where an argument is of another kind.
 * @see CPython, Lib/socket.py, `create_server`
 */
export function createServer(address: AddressInput, options: CreateServerOptions = {}): Socket {
  const { family = AF_INET, backlog, reusePort = false, dualstackIpv6 = false } = options;
  if (dualstackIpv6) {
    if (!hasDualstackIpv6()) throw new RangeError('dualstack_ipv6 not supported on this platform');
    if (family !== AF_INET6) throw new RangeError('dualstack_ipv6 requires AF_INET6 family');
  }
  const server = new Socket(family, SOCK_STREAM);
  try {
    server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    if (reusePort) server.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
    if (family === AF_INET6) server.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, dualstackIpv6 ? 0 : 1);
    bindTo(server, address);
    server.listen(backlog ?? undefined);
    return server;
  } catch (error) {
    server.close();
    throw error;
  }
}

function bindTo(server: Socket, address: AddressInput): void {
  try {
    server.bind(address);
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
    const where = `(while attempting to bind on address ${addressRepr(address)})`;
    if (error.syscall === 'bind' && error.errno !== undefined) throw osError(error.errno, 'bind', where);
    // A gaierror, whose class is its meaning, keeps it. The stack repeats the message.
    const message = `${error.message} ${where}`;
    error.stack = error.stack?.replace(error.message, message) ?? message;
    error.message = message;
    throw error;
  }
}

/**
 * Whether one socket can take both IPv4 and IPv6 connections.
 * @returns True where it can.
 * @see CPython, Lib/socket.py, `has_dualstack_ipv6`
 */
export function hasDualstackIpv6(): boolean {
  try {
    const probe = new Socket(AF_INET6, SOCK_STREAM);
    try {
      probe.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0);
    } finally {
      probe.close();
    }
    return true;
  } catch (error) {
    if (error instanceof OSError) return false;
    throw error;
  }
}

/**
 * Connects to a TCP server, trying each address of the host in turn.
 * @param address [host, port]; the port may be a service's name.
 * @param timeoutSeconds Of each attempt, and of the socket afterwards; `null` waits for ever, nothing is the default.
 * @param sourceAddress What to bind to before connecting, if anything.
 * @param options What Python takes by keyword.
 * @returns The connected socket.
 * @throws {OSError} The last attempt's error: ECONNREFUSED, `TimeoutError`, …
 * @throws {AggregateError} All attempts' errors, with `allErrors`.
 * @throws {gaierror} Where the host is unknown.
 * @throws {TypeError} Where `address` is no array.
 * @throws {RangeError} Where `address` has not two elements; for a timeout out of range.
 * @see CPython, Lib/socket.py, `create_connection`
 */
export function createConnection(
  address: readonly [host: string | Uint8Array | null, port: number | string],
  timeoutSeconds?: Timeout,
  sourceAddress?: AddressInput | null,
  options: CreateConnectionOptions = {},
): Socket {
  const [host, port] = toPair(address);
  const errors: OSError[] = [];
  for (const [family, type, proto, , target] of getaddrinfo(host, port, 0, SOCK_STREAM)) {
    try {
      return connected([family, type, proto], target as AddressInput, timeoutSeconds, sourceAddress);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      errors.push(error);
    }
  }
  if (options.allErrors) throw new AggregateError(errors, 'create_connection failed');
  throw errors.at(-1) ?? new OSError('getaddrinfo returns an empty list');
}

function connected(
  [family, type, proto]: [number, number, number],
  target: AddressInput,
  timeoutSeconds: Timeout,
  sourceAddress: AddressInput | null | undefined,
): Socket {
  const client = new Socket(family, type, proto);
  const connect = (): Socket => {
    if (timeoutSeconds !== undefined) client.settimeout(timeoutSeconds);
    if (sourceAddress !== undefined && sourceAddress !== null) client.bind(sourceAddress);
    client.connect(target);
    return client;
  };
  return closeIfFails(connect, () => {
    client.close();
  });
}

function toPair<Host, Port>(address: readonly [Host, Port]): readonly [Host, Port] {
  const pair: unknown = address;
  if (!Array.isArray(pair)) throw new TypeError(`cannot unpack non-iterable ${typeName(pair)} object`);
  if (pair.length < 2) throw new RangeError(`not enough values to unpack (expected 2, got ${pair.length})`);
  if (pair.length > 2) throw new RangeError('too many values to unpack (expected 2)');
  return address;
}

/**
 * A socket of a copy of an fd.
 * @param fd An open socket's fd, which stays the caller's.
 * @param family AF_*: believed, not checked.
 * @param type SOCK_*: believed, not checked.
 * @param proto IPPROTO_*: believed, not checked.
 * @returns The socket.
 * @throws {TypeError} For an argument that is no integer.
 * @throws {OSError} EBADF, or ENOTSOCK for another file; EMFILE.
 * @see CPython, Lib/socket.py, `fromfd`
 */
export function fromfd(fd: number, family: number, type: number, proto = 0): Socket {
  const copy = dup(fd);
  return closeIfFails(
    () => new Socket(family, type, proto, copy),
    () => sys.close(copy),
  );
}

/**
 * Copies an fd.
 * @param fd Any open fd.
 * @returns Another one for the same file, close-on-exec.
 * @throws {TypeError} Where it is no integer.
 * @throws {OSError} EBADF, EMFILE.
 * @see fcntl(2), F_DUPFD_CLOEXEC
 */
export function dup(fd: number): number {
  const copy = sys.fcntl(toInt(fd), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw osError(copy, 'fcntl', `fd ${fd}`);
  return copy;
}

/**
 * Closes a socket's fd.
 * @param fd The fd.
 * @throws {TypeError} Where it is no integer.
 * @throws {OSError} EBADF.
 * @see close(2)
 */
export function close(fd: number): void {
  const result = sys.close(toInt(fd));
  if (result < 0) throw osError(result, 'close', `fd ${fd}`);
}
