import * as sys from '../system/calls.ts';
import { EBADF, ECONNRESET, ENOTSOCK } from '../system/errno.ts';
import { osError } from '../system/errors.ts';
import { INT_MAX, toInteger } from '../system/integer.ts';
import { native } from '../system/native.ts';
import type { Timeout } from '../system/timeout.ts';
import { sockaddr, sockaddrLength } from './address.ts';
import { toInt, toSeconds, toSize, toTimeoutNs } from './arguments.ts';
import { defaultTimeoutNs } from './wait.ts';

const TYPE_FLAGS = sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC;

/** The fd of a socket that is being made. The `Socket` owns the fd, and closes it if its constructor fails. */
export class OwnedFd {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }
}

/**
 * A socket's own data: its fd, family, type, protocol and timeout.
 * @see CPython, Modules/socketmodule.c, `PySocketSockObject`
 */
export class SocketDescriptor {
  /** The family: AF_INET, AF_INET6, AF_UNIX, or the one that the kernel reported for the fd. */
  readonly family: number;
  /** The type: SOCK_STREAM, SOCK_DGRAM, …, without the SOCK_NONBLOCK and SOCK_CLOEXEC bits. */
  readonly type: number;
  /** The protocol: IPPROTO_*, or 0 for the default protocol of the type. */
  readonly proto: number;
  /** The fd; -1 once closed or detached. */
  protected fd: number;
  /** The timeout in nanoseconds; 0 means non-blocking, -1 blocks without limit. */
  protected timeoutNs = -1;

  // The number of open files that `makefile` made. They keep the fd open after the socket is closed.
  #files = 0;
  #isClosed = false;

  /**
   * @param family AF_*. By default, or if -1, it is AF_INET; with `fileno` it is the family of that socket.
   * @param type SOCK_*, may include SOCK_NONBLOCK. By default, or if -1, it is SOCK_STREAM; with `fileno` the type of
   *   that socket.
   * @param proto IPPROTO_*. By default, or if -1, it is 0; with `fileno` it is the protocol of that socket.
   * @param fileno The fd of an open socket, which this object then owns. By default a new socket is made,
   *   close-on-exec.
   * @throws {OSError} EAFNOSUPPORT, EINVAL, EPROTONOSUPPORT, EMFILE; EBADF or ENOTSOCK for `fileno`.
   * @see socket(2)
   */
  constructor(family = -1, type = -1, proto = -1, fileno?: number | OwnedFd | null) {
    const domain = toInt(family);
    const kind = toInt(type);
    const protocol = toInt(proto);
    const isNew = fileno === undefined || fileno === null;
    const identity: Identity = isNew
      ? create(
          domain === -1 ? sys.AF_INET : domain,
          kind === -1 ? sys.SOCK_STREAM : kind,
          protocol === -1 ? 0 : protocol,
        )
      : fileno instanceof OwnedFd
        ? [fileno.fd, domain, kind, protocol]
        : identify(toSize(fileno), domain, kind, protocol);
    [this.fd, this.family, , this.proto] = identity;
    this.type = identity[2] & ~TYPE_FLAGS;
    try {
      this.#startTimeout((identity[2] & sys.SOCK_NONBLOCK) !== 0);
    } catch (error) {
      if (isNew || fileno instanceof OwnedFd) sys.close(this.fd);
      throw error;
    }
    if (typeof fileno === 'number') native.adoptFd(this.fd);
  }

  #startTimeout(isNonBlocking: boolean): void {
    this.timeoutNs = isNonBlocking ? 0 : defaultTimeoutNs();
    if (!isNonBlocking && this.timeoutNs >= 0) this.#setNonBlocking(true);
  }

  /** Returns the fd, for `select`, `poll` and `epoll`; -1 once closed or detached. */
  fileno(): number {
    return this.fd;
  }

  /** Whether `close` or `detach` has been called. Files of `makefile` may still use the fd. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /**
   * Closes the socket. If files of `makefile` are open, the fd is closed together with the last of them. A second call
   * does nothing.
   * @throws {OSError} EBADF when other code has closed the fd. `fileno()` is -1 afterwards in any case.
   * @see close(2)
   */
  close(): void {
    this.#isClosed = true;
    if (this.#files > 0 || this.fd < 0) return;
    const fd = this.fd;
    this.fd = -1;
    const result = sys.close(fd);
    // ECONNRESET is the peer's RST, no fault of this close, and the fd is freed: bpo-30319.
    if (result < 0 && result !== ECONNRESET) throw osError(result, 'close', `fd ${fd}`);
  }

  /** Closes the socket at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Marks the socket as closed without closing its fd.
   * @returns The fd, which now belongs to the caller; -1 if the socket was closed before.
   */
  detach(): number {
    const fd = this.fd;
    this.fd = -1;
    this.#isClosed = true;
    if (fd >= 0) sys.keepOpen(fd);
    return fd;
  }

  protected addFile(): void {
    this.#files += 1;
  }

  /** Call it when a file of this socket was closed. If the socket was closed before, its last file closes the fd. */
  protected removeFile(): void {
    if (this.#files > 0) this.#files -= 1;
    if (this.#isClosed) this.close();
  }

  /** The timeout in seconds, as `gettimeout` returns it. */
  get timeout(): number | null {
    return this.gettimeout();
  }

  /** Returns the timeout of calls on this socket in seconds; 0 means non-blocking, `null` blocks without limit. */
  gettimeout(): number | null {
    return toSeconds(this.timeoutNs);
  }

  /**
   * Sets the timeout of calls on this socket. With any timeout the fd itself is non-blocking.
   * @param timeoutSeconds Seconds, rounded up to a nanosecond; 0 means non-blocking, `null` blocks without limit.
   * @throws {RangeError} When the timeout is negative, NaN or over 292 years.
   * @throws {OSError} EBADF when the socket is closed.
   */
  settimeout(timeoutSeconds: Timeout): void {
    this.timeoutNs = toTimeoutNs(timeoutSeconds);
    this.#setNonBlocking(this.timeoutNs >= 0);
  }

  /** Returns false if the socket is non-blocking, that is, if its timeout is 0. */
  getblocking(): boolean {
    return this.timeoutNs !== 0;
  }

  /**
   * `setblocking(true)` means `settimeout(null)`, and `setblocking(false)` means `settimeout(0)`.
   * @param flag Whether calls on this socket may wait.
   * @throws {OSError} EBADF when the socket is closed.
   */
  setblocking(flag: boolean | number): void {
    this.timeoutNs = toInteger(flag) === 0 ? 0 : -1;
    this.#setNonBlocking(this.timeoutNs === 0);
  }

  /**
   * Returns true if programs that this process starts inherit the fd. New sockets are close-on-exec.
   * @throws {OSError} EBADF when the socket is closed.
   */
  getInheritable(): boolean {
    return (this.check(sys.fcntl(this.fd, sys.F_GETFD, 0), 'fcntl') & sys.FD_CLOEXEC) === 0;
  }

  /**
   * Sets whether programs that this process starts inherit the fd.
   * @param inheritable True to let them inherit it.
   * @throws {OSError} EBADF when the socket is closed.
   */
  setInheritable(inheritable: boolean | number): void {
    const isInheritable = toInteger(inheritable) !== 0;
    const flags = this.check(sys.fcntl(this.fd, sys.F_GETFD, 0), 'fcntl');
    this.check(
      sys.fcntl(this.fd, sys.F_SETFD, isInheritable ? flags & ~sys.FD_CLOEXEC : flags | sys.FD_CLOEXEC),
      'fcntl',
    );
  }

  /** Returns a call's result, or throws if it is an error. `detail` for the message is the fd by default. */
  protected check(result: number, syscall: string, detail?: string): number {
    if (result < 0) throw osError(result, syscall, detail ?? `fd ${this.fd}`);
    return result;
  }

  #setNonBlocking(isNonBlocking: boolean): void {
    this.check(sys.ioctl(this.fd, sys.FIONBIO, Number(isNonBlocking)), 'ioctl');
  }
}

type Identity = [fd: number, family: number, type: number, proto: number];

function create(family: number, type: number, proto: number): Identity {
  const fd = sys.socket(family, type | sys.SOCK_CLOEXEC, proto);
  if (fd < 0) throw osError(fd, 'socket');
  return [fd, family, type, proto];
}

// For an fd of the caller's: the kernel is asked for each value that is -1; the others are not checked, as in CPython's
// `sock_initobj`.
function identify(fd: number, family: number, type: number, proto: number): Identity {
  if (fd < 0 || fd > INT_MAX) throw new RangeError('negative file descriptor');
  const result = sys.getsockname(fd, sockaddr, sockaddrLength);
  if (result < 0 && (family === -1 || result === EBADF || result === ENOTSOCK)) {
    throw osError(result, 'getsockname', `fd ${fd}`);
  }
  const domain = family === -1 ? new Uint16Array(sockaddr.buffer, 0, 1)[0]! : family;
  return [
    fd,
    domain,
    type === -1 ? intOption(fd, sys.SOL_SOCKET, sys.SO_TYPE) : type,
    proto === -1 ? intOption(fd, sys.SOL_SOCKET, sys.SO_PROTOCOL) : proto,
  ];
}

const optionValue = new Int32Array(1);
const optionLength = new Int32Array(1);

/** Reads an option of a socket whose value is an int. */
export function intOption(fd: number, level: number, option: number): number {
  const result = sys.getsockopt(fd, level, option, optionValue, optionLength);
  if (result < 0) throw osError(result, 'getsockopt', `fd ${fd}`);
  return optionValue[0]!;
}
