import { INT_MAX } from '../system/integer.ts';
import { EAGAIN, EINPROGRESS, EINTR, EINVAL, EISCONN } from '../system/errno.ts';
import { POLLERR, POLLOUT } from '../system/constants/select.ts';
import { SO_ERROR, SOL_SOCKET } from '../system/constants/socket.ts';
import { OSError, osError } from '../system/errors.ts';
import { toInteger } from '../system/integer.ts';
import * as sys from '../system/calls.ts';
import { type Address, type AddressInput, pack, sockaddr, sockaddrLength, unpack } from './address.ts';
import { addressRepr } from './address-text.ts';
import { toBytes, toInt } from './arguments.ts';
import { SocketDescriptor } from './descriptor.ts';
import { deadlineOf, timedOut, waitReady } from './wait.ts';

// As much as CPython lets getsockopt ask for.
const LONGEST_OPTION = 1024;
const DEFAULT_BACKLOG = 128;

/**
 * A socket's two ends and its options: bind, connect, listen, shutdown, getsockopt.
 * @see CPython, Modules/socketmodule.c
 */
export class SocketEndpoint extends SocketDescriptor {
  /**
   * Binds the socket to an address of this host. A host name is looked up, which blocks the thread.
   * @param address [host, port] for AF_INET, where '' is 0.0.0.0 and '<broadcast>' 255.255.255.255;
   *   [host, port, flowinfo?, scopeid?] for AF_INET6; a path, or '\0' and an abstract name, for AF_UNIX.
   * @throws {TypeError} For an address of the wrong shape.
   * @throws {RangeError} For a port beyond 0 to 65535.
   * @throws {gaierror} Where the host is unknown or has no address of the family.
   * @throws {OSError} EADDRINUSE, EADDRNOTAVAIL, EACCES, EINVAL where it is bound already, EBADF.
   * @see bind(2)
   */
  bind(address: AddressInput): void {
    const length = pack(this.family, address, 'bind');
    const result = sys.bind(this.fd, sockaddr, length);
    if (result < 0) throw osError(result, 'bind', addressRepr(address));
  }

  /**
   * Lets the kernel accept connections.
   * @param backlog How many may wait for `accept`; negative is 0, and net.core.somaxconn is the most.
   * @throws {TypeError} Where it is no integer.
   * @throws {OSError} EOPNOTSUPP on a datagram socket, EADDRINUSE, EBADF.
   * @see listen(2)
   */
  listen(backlog = DEFAULT_BACKLOG): void {
    this.check(sys.listen(this.fd, Math.max(toInt(backlog), 0)), 'listen');
  }

  /**
   * Connects. A host name is looked up, which blocks the thread whatever the timeout.
   * @param address As for `bind`.
   * @throws {BlockingIOError} EINPROGRESS on a non-blocking socket: it is writable once connected or refused.
   * @throws {TimeoutError} When the socket's timeout is over; the attempt goes on.
   * @throws {OSError} ECONNREFUSED, EISCONN, ENETUNREACH, EBADF, …
   * @throws {TypeError} For an address of the wrong shape.
   * @throws {RangeError} For a port beyond 0 to 65535.
   * @throws {gaierror} Where the host is unknown or has no address of the family.
   * @see connect(2); CPython, Modules/socketmodule.c, `internal_connect`
   */
  connect(address: AddressInput): void {
    const result = this.#connect(pack(this.family, address, 'connect'));
    if (result === undefined) throw timedOut();
    if (result < 0) throw osError(result, 'connect', addressRepr(address));
  }

  /**
   * `connect` that returns the kernel's error instead of throwing it; what is wrong with the address it throws too.
   * @param address As for `bind`.
   * @returns 0, or the positive errno: 115 for EINPROGRESS, 11 for EAGAIN when the socket's timeout is over.
   * @throws {TypeError} For an address of the wrong shape.
   * @throws {RangeError} For a port beyond 0 to 65535.
   * @throws {gaierror} Where the host is unknown or has no address of the family.
   * @see CPython, Modules/socketmodule.c, `sock_connect_ex`
   */
  connectEx(address: AddressInput): number {
    return Math.abs(this.#connect(pack(this.family, address, 'connect_ex')) ?? EAGAIN);
  }

  // 0, -errno, or undefined when the time is up. The kernel goes on connecting after EINTR and EINPROGRESS: the call
  // must not be made again, SO_ERROR tells how it ended.
  #connect(addressLength: number): number | undefined {
    const result = sys.connect(this.fd, sockaddr, addressLength);
    const isPending = result === EINTR ? this.timeoutNs !== 0 : result === EINPROGRESS && this.timeoutNs > 0;
    if (!isPending) return result;
    if (!waitReady(this.fd, POLLOUT | POLLERR, deadlineOf(this.timeoutNs))) return undefined;
    const errno = -this.#intOption(SOL_SOCKET, SO_ERROR);
    return errno === EISCONN ? 0 : errno;
  }

  /**
   * Ends one direction or both.
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR.
   * @throws {TypeError} Where it is no integer.
   * @throws {OSError} ENOTCONN, EINVAL, EBADF.
   * @see shutdown(2)
   */
  shutdown(how: number): void {
    this.check(sys.shutdown(this.fd, toInt(how)), 'shutdown');
  }

  /**
   * This end's address.
   * @returns [host, port] for AF_INET, four elements for AF_INET6; for AF_UNIX a path, '' where it has none, a Buffer
   *   for an abstract name.
   * @throws {OSError} EBADF on a closed socket.
   * @see getsockname(2)
   */
  getsockname(): Address {
    this.check(sys.getsockname(this.fd, sockaddr, sockaddrLength), 'getsockname');
    return unpack() ?? '';
  }

  /**
   * The other end's address.
   * @returns As `getsockname`.
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
   * @returns Its value; for SO_ERROR the kernel's positive errno, which reading clears.
   * @throws {TypeError} For an argument that is no integer.
   * @throws {OSError} ENOPROTOOPT for an unknown option, EBADF.
   * @see getsockopt(2)
   */
  getsockopt(level: number, optname: number): number;
  /**
   * Reads an option of any form.
   * @param level SOL_SOCKET, IPPROTO_TCP, …
   * @param optname SO_*, TCP_*, …
   * @param buflen The most bytes to read, 1 to 1024.
   * @returns The bytes that the kernel gave.
   * @throws {TypeError} For an argument that is no integer.
   * @throws {OSError} 'getsockopt buflen out of range' without an errno; ENOPROTOOPT, EBADF.
   */
  getsockopt(level: number, optname: number, buflen: number): Buffer;
  /** @inheritdoc */
  getsockopt(level: number, optname: number, buflen = 0): number | Buffer {
    const from = toInt(level);
    const option = toInt(optname);
    const length = toInt(buflen);
    if (length === 0) return this.#intOption(from, option);
    if (length < 0 || length > LONGEST_OPTION) throw new OSError('getsockopt buflen out of range');
    const value = Buffer.alloc(length);
    this.check(sys.getsockopt(this.fd, from, option, value, optionLength), 'getsockopt');
    return value.subarray(0, optionLength[0]);
  }

  #intOption(level: number, option: number): number {
    const value = new Int32Array(1);
    this.check(sys.getsockopt(this.fd, level, option, value, optionLength), 'getsockopt');
    return value[0]!;
  }

  /**
   * Sets an option.
   * @param level SOL_SOCKET, IPPROTO_TCP, …
   * @param optname SO_*, TCP_*, …
   * @param value An int, bytes, or `null` with `optlen`.
   * @param optlen The length that goes with `null`, in bytes.
   * @throws {TypeError} Where `value` is none of these.
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
