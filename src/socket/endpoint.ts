import * as sys from '../system/calls.ts';
import { POLLERR, POLLOUT } from '../system/constants/select.ts';
import { SO_ERROR, SOL_SOCKET } from '../system/constants/socket.ts';
import { EAGAIN, EINPROGRESS, EINTR, EINVAL, EISCONN } from '../system/errno.ts';
import { OSError, osError } from '../system/errors.ts';
import { INT_MAX, toInteger } from '../system/integer.ts';
import { addressRepr } from './address-text.ts';
import { type Address, type AddressInput, pack, sockaddr, sockaddrLength, unpack } from './address.ts';
import { toBytes, toInt } from './arguments.ts';
import { intOption, SocketDescriptor } from './descriptor.ts';
import { deadlineOf, timedOut, waitReady } from './wait.ts';

// The largest option, in bytes, that CPython's getsockopt reads.
const MAX_OPTION_BYTES = 1024;
const DEFAULT_BACKLOG = 128;

/**
 * A socket's two ends and its options: bind, connect, listen, shutdown, getsockopt.
 * @see CPython, Modules/socketmodule.c
 */
export class SocketEndpoint extends SocketDescriptor {
  /**
   * Binds the socket to an address of this host. Looks up a host name, which blocks the thread.
   * @param address [host, port] for AF_INET, where '' means 0.0.0.0 and '<broadcast>' 255.255.255.255; [host, port,
   *   flowinfo?, scopeid?] for AF_INET6; a path, or '\0' and an abstract name, for AF_UNIX.
   * @throws {gaierror} When the host is unknown or has no address of the family.
   * @throws {OSError} EADDRINUSE, EADDRNOTAVAIL, EACCES, EBADF; EINVAL when the socket is already bound.
   * @see bind(2)
   */
  bind(address: AddressInput): void {
    const length = pack(this.family, address, 'bind');
    const result = sys.bind(this.fd, sockaddr, length);
    if (result < 0) throw osError(result, 'bind', addressRepr(address));
  }

  /**
   * Starts to listen: the kernel accepts connections and queues them for `accept`.
   * @param backlog The number of connections that may wait in the queue. A negative number means 0; the upper limit is
   *   net.core.somaxconn.
   * @throws {OSError} EOPNOTSUPP for a datagram socket, EADDRINUSE, EBADF.
   * @see listen(2)
   */
  listen(backlog = DEFAULT_BACKLOG): void {
    this.check(sys.listen(this.fd, Math.max(toInt(backlog), 0)), 'listen');
  }

  /**
   * Connects to an address. Looks up a host name, which blocks the thread whatever the timeout is.
   * @param address As for `bind`.
   * @throws {BlockingIOError} EINPROGRESS on a non-blocking socket: it becomes writable when the connection is made or
   *   has failed.
   * @throws {TimeoutError} When the socket's timeout is over; the kernel goes on connecting.
   * @throws {OSError} ECONNREFUSED, EISCONN, ENETUNREACH, EBADF, …; as `bind` for a wrong address.
   * @see connect(2); CPython, Modules/socketmodule.c, `internal_connect`
   */
  connect(address: AddressInput): void {
    const result = this.#connect(pack(this.family, address, 'connect'));
    if (result === undefined) throw timedOut();
    if (result < 0) throw osError(result, 'connect', addressRepr(address));
  }

  /**
   * Does the same as `connect`, but returns the kernel's error instead of throwing it. A wrong address throws as in
   * `bind`.
   * @param address As for `bind`.
   * @returns 0, or the positive errno: 115 (EINPROGRESS), or 11 (EAGAIN) when the socket's timeout is over.
   * @see CPython, Modules/socketmodule.c, `sock_connect_ex`
   */
  connectEx(address: AddressInput): number {
    return Math.abs(this.#connect(pack(this.family, address, 'connect_ex')) ?? EAGAIN);
  }

  // Returns 0, -errno, or undefined when the timeout is over. After EINTR and EINPROGRESS the kernel goes on
  // connecting: connect(2) must not be called again, and SO_ERROR says how the attempt ended.
  #connect(addressLength: number): number | undefined {
    const result = sys.connect(this.fd, sockaddr, addressLength);
    const isPending = result === EINTR ? this.timeoutNs !== 0 : result === EINPROGRESS && this.timeoutNs > 0;
    if (!isPending) return result;
    if (!waitReady(this.fd, POLLOUT | POLLERR, deadlineOf(this.timeoutNs))) return undefined;
    const errno = -intOption(this.fd, SOL_SOCKET, SO_ERROR);
    return errno === EISCONN ? 0 : errno;
  }

  /**
   * Ends one direction of the connection or both.
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR.
   * @throws {OSError} ENOTCONN, EINVAL, EBADF.
   * @see shutdown(2)
   */
  shutdown(how: number): void {
    this.check(sys.shutdown(this.fd, toInt(how)), 'shutdown');
  }

  /**
   * Returns the socket's own address.
   * @returns [host, port] for AF_INET; [host, port, flowinfo, scopeid] for AF_INET6; for AF_UNIX a path, '' if it has
   *   none, a Buffer for an abstract name.
   * @throws {OSError} EBADF when the socket is closed.
   * @see getsockname(2)
   */
  getsockname(): Address {
    this.check(sys.getsockname(this.fd, sockaddr, sockaddrLength), 'getsockname');
    return unpack() ?? '';
  }

  /**
   * Returns the peer's address, in the same form as `getsockname`.
   * @throws {OSError} ENOTCONN, EBADF.
   * @see getpeername(2)
   */
  getpeername(): Address {
    this.check(sys.getpeername(this.fd, sockaddr, sockaddrLength), 'getpeername');
    return unpack() ?? '';
  }

  /**
   * Reads an option whose value is an int.
   * @param level SOL_SOCKET, IPPROTO_TCP, …
   * @param optname SO_*, TCP_*, …
   * @returns The option's value. For SO_ERROR it is a positive errno, which the kernel clears.
   * @throws {OSError} ENOPROTOOPT for an unknown option, EBADF.
   * @see getsockopt(2)
   */
  getsockopt(level: number, optname: number): number;
  /**
   * Reads an option of any form.
   * @param level SOL_SOCKET, IPPROTO_TCP, …
   * @param optname SO_*, TCP_*, …
   * @param buflen The largest number of bytes to read, 1 to 1024.
   * @returns The bytes of the option's value.
   * @throws {OSError} 'getsockopt buflen out of range' without an errno; ENOPROTOOPT, EBADF.
   */
  getsockopt(level: number, optname: number, buflen: number): Buffer;
  getsockopt(level: number, optname: number, buflen = 0): number | Buffer {
    const from = toInt(level);
    const option = toInt(optname);
    const length = toInt(buflen);
    if (length === 0) return intOption(this.fd, from, option);
    if (length < 0 || length > MAX_OPTION_BYTES) throw new OSError('getsockopt buflen out of range');
    const value = Buffer.alloc(length);
    this.check(sys.getsockopt(this.fd, from, option, value, optionLength), 'getsockopt');
    return value.subarray(0, optionLength[0]);
  }

  /**
   * Sets an option.
   * @param level SOL_SOCKET, IPPROTO_TCP, …
   * @param optname SO_*, TCP_*, …
   * @param value An int, bytes, or `null` together with `optlen`.
   * @param optlen The length in bytes that belongs to `null`.
   * @throws {OSError} ENOPROTOOPT, EINVAL, EFAULT, EBADF, …
   * @see setsockopt(2)
   */
  setsockopt(level: number, optname: number, value: number | boolean | Uint8Array | null, optlen?: number): void {
    const at = toInt(level);
    const option = toInt(optname);
    if (value === null && optlen !== undefined) {
      const length = toInteger(optlen);
      if (length < 0 || length > INT_MAX) throw osError(EINVAL, 'setsockopt', `fd ${this.fd}`);
      this.check(sys.setsockopt(this.fd, at, option, null, length), 'setsockopt');
      return;
    }
    if (optlen !== undefined) throw new TypeError('setsockopt() takes exactly 3 arguments (4 given)');
    const isInt = typeof value === 'boolean' || (value as number) === ((value as number) | 0);
    const bytes = isInt ? new Int32Array([Number(value)]) : toBytes(value);
    this.check(sys.setsockopt(this.fd, at, option, bytes, 0), 'setsockopt');
  }
}

const optionLength = new Int32Array(1);
