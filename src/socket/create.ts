import * as sys from '../system/calls.ts';
import { OSError, osError } from '../system/errors.ts';
import { typeName } from '../system/type-name.ts';
import type { Timeout } from '../system/timeout.ts';
import { type AddressInput } from './address.ts';
import { toInt } from './arguments.ts';
import { bindTo } from './bind-to.ts';
import { OwnedFd } from './descriptor.ts';
import { getaddrinfo } from './names.ts';
import { Socket } from './socket.ts';

/** The keyword arguments of Python's `create_server`. */
export interface CreateServerOptions {
  /** AF_INET (the default), AF_INET6 or AF_UNIX. */
  family?: number;
  /** The number of connections that may wait for `accept`; 128 by default. */
  backlog?: number | null;
  /** Sets SO_REUSEPORT: several processes may listen at the address. */
  reusePort?: boolean;
  /** Lets an AF_INET6 socket accept IPv4 connections, too. */
  dualstackIpv6?: boolean;
}

/** The keyword arguments of Python's `create_connection`. */
export interface CreateConnectionOptions {
  /** Throws an AggregateError with the errors of all attempts, instead of the last error. */
  allErrors?: boolean;
}

/** Python's `has_ipv6`: this build supports IPv6. The kernel may still lack it. */
export const hasIpv6 = true;

/**
 * Makes two connected sockets, both close-on-exec.
 * @param family AF_UNIX by default.
 * @param type SOCK_STREAM (the default), SOCK_DGRAM or SOCK_SEQPACKET; may include SOCK_NONBLOCK.
 * @param proto 0, the only protocol of AF_UNIX.
 * @throws {OSError} EOPNOTSUPP for AF_INET, EAFNOSUPPORT, EMFILE.
 * @see socketpair(2)
 */
export function socketpair(family?: number | null, type = sys.SOCK_STREAM, proto = 0): [Socket, Socket] {
  const domain = toInt(family ?? sys.AF_UNIX);
  const kind = toInt(type);
  const protocol = toInt(proto);
  const fds = new Int32Array(2);
  const result = sys.socketpair(domain, kind | sys.SOCK_CLOEXEC, protocol, fds);
  if (result < 0) throw osError(result, 'socketpair');
  const [first = -1, second = -1] = fds;
  const other = closeIfFails(first, () => new Socket(domain, kind, protocol, new OwnedFd(second)));
  const one = closeIfFails(other, () => new Socket(domain, kind, protocol, new OwnedFd(first)));
  return [one, other];
}

// Returns the result of an action. If the action throws, closes the fd or the socket.
function closeIfFails<Result>(file: number | Socket, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (typeof file === 'number') sys.close(file);
    else file.close();
    throw error;
  }
}

/**
 * Makes a listening TCP socket. SO_REUSEADDR is on. An AF_INET6 socket accepts IPv4 connections only with
 * `dualstackIpv6`.
 * @param address The address to listen at, as for `Socket.bind`.
 * @param options The keyword arguments of Python's function.
 * @returns The socket; it blocks, or has the default timeout.
 * @throws {OSError} EADDRINUSE, EADDRNOTAVAIL, EACCES, …; the message contains the address.
 * @throws {RangeError} 'dualstack_ipv6 requires AF_INET6 family', or when the port is not in 0 to 65535.
 * @see CPython, Lib/socket.py, `create_server`
 */
export function createServer(address: AddressInput, options: CreateServerOptions = {}): Socket {
  const { family = sys.AF_INET, backlog, reusePort = false, dualstackIpv6 = false } = options;
  if (dualstackIpv6) {
    if (!hasDualstackIpv6()) throw new RangeError('dualstack_ipv6 not supported on this platform');
    if (family !== sys.AF_INET6) throw new RangeError('dualstack_ipv6 requires AF_INET6 family');
  }
  const server = new Socket(family, sys.SOCK_STREAM);
  return closeIfFails(server, () => {
    server.setsockopt(sys.SOL_SOCKET, sys.SO_REUSEADDR, 1);
    if (reusePort) server.setsockopt(sys.SOL_SOCKET, sys.SO_REUSEPORT, 1);
    if (family === sys.AF_INET6) server.setsockopt(sys.IPPROTO_IPV6, sys.IPV6_V6ONLY, dualstackIpv6 ? 0 : 1);
    bindTo(server, address);
    server.listen(backlog ?? undefined);
    return server;
  });
}

/**
 * Returns true if one socket can accept both IPv4 and IPv6 connections.
 * @see CPython, Lib/socket.py, `has_dualstack_ipv6`
 */
export function hasDualstackIpv6(): boolean {
  try {
    using probe = new Socket(sys.AF_INET6, sys.SOCK_STREAM);
    probe.setsockopt(sys.IPPROTO_IPV6, sys.IPV6_V6ONLY, 0);
    return true;
  } catch (error) {
    if (error instanceof OSError) return false;
    throw error;
  }
}

/**
 * Connects to a TCP server. Tries the host's addresses one after the other.
 * @param address [host, port]; the port may be the name of a service.
 * @param timeoutSeconds The timeout of each attempt, and of the socket afterwards, in seconds; `null` waits without
 *   limit, and no argument means the default timeout.
 * @param sourceAddress The address to bind to before connecting, if any.
 * @param options The keyword arguments of Python's function.
 * @throws {OSError} The error of the last attempt: ECONNREFUSED, `TimeoutError`, …
 * @throws {AggregateError} The errors of all attempts, with `allErrors`.
 * @throws {gaierror} When the host is unknown.
 * @throws {RangeError} When `address` does not have two elements, or the timeout is out of range.
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
  for (const [family, type, proto, , target] of getaddrinfo(host, port, 0, sys.SOCK_STREAM)) {
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
  return closeIfFails(client, () => {
    if (timeoutSeconds !== undefined) client.settimeout(timeoutSeconds);
    if (sourceAddress !== undefined && sourceAddress !== null) client.bind(sourceAddress);
    client.connect(target);
    return client;
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
 * Makes a socket from a duplicate of an fd.
 * @param fd The fd of an open socket; it still belongs to the caller.
 * @param family AF_*; not checked.
 * @param type SOCK_*; not checked.
 * @param proto IPPROTO_*; not checked.
 * @returns The socket, which has an fd of its own.
 * @throws {OSError} EBADF, EMFILE; ENOTSOCK when the fd is not a socket.
 * @see CPython, Lib/socket.py, `fromfd`
 */
export function fromfd(fd: number, family: number, type: number, proto = 0): Socket {
  const copy = dup(fd);
  return closeIfFails(copy, () => new Socket(family, type, proto, copy));
}

/**
 * Duplicates an fd.
 * @param fd Any open fd.
 * @returns A new fd of the same file, close-on-exec.
 * @throws {OSError} EBADF, EMFILE.
 * @see fcntl(2), F_DUPFD_CLOEXEC
 */
export function dup(fd: number): number {
  const copy = sys.fcntl(toInt(fd), sys.F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw osError(copy, 'fcntl', `fd ${fd}`);
  return copy;
}

/**
 * Closes a socket's fd.
 * @param fd An open fd.
 * @throws {OSError} EBADF.
 * @see close(2)
 */
export function close(fd: number): void {
  const result = sys.close(toInt(fd));
  if (result < 0) throw osError(result, 'close', `fd ${fd}`);
}
