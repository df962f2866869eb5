import { INT_MAX } from '../system/integer.ts';
import { EBADF, ECONNRESET, ENOTSOCK } from '../system/errno.ts';
import { F_GETFD, F_SETFD, FD_CLOEXEC, FIONBIO } from '../system/constants/fd.ts';
import {
  AF_INET,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../system/constants/socket.ts';
import { osError } from '../system/errors.ts';
import { toInteger } from '../system/integer.ts';
import * as sys from '../system/calls.ts';
import type { Timeout } from '../system/timeout.ts';
import { sockaddr, sockaddrLength } from './address.ts';
import { toInt, toSeconds, toSize, toTimeoutNs } from './arguments.ts';
import { defaultTimeoutNs } from './wait.ts';

const TYPE_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC;

/** An fd that is known to be a socket and belongs to the `Socket` being made of it, which closes it if that fails. */
export class OwnedFd {
  readonly fd: number;

  /** @param fd The socket's fd. */
  constructor(fd: number) {
    this.fd = fd;
  }
}

/**
 * What a socket owns and is: its fd, family, type, protocol and timeout.
 * @see CPython, Modules/socketmodule.c, `PySocketSockObject`
 */
export class SocketDescriptor {
  /** AF_INET, AF_INET6, AF_UNIX or what the fd was found to be. */
  readonly family: number;
  /** SOCK_STREAM, SOCK_DGRAM, …, without the SOCK_NONBLOCK and SOCK_CLOEXEC bits. */
  readonly type: number;
  /** IPPROTO_*, or 0 for the type's own. */
  readonly proto: number;
  /** The fd, or -1. */
  protected fd: number;
  /** Nanoseconds; 0 is non-blocking, -1 blocks for ever. */
  protected timeoutNs = -1;

  // Files made of this socket: the fd stays open for them when the socket is closed.
  #files = 0;
  #isClosed = false;

  /**
   * @param family AF_*; -1 or nothing is AF_INET, or what `fileno` is.
   * @param type SOCK_*, may carry SOCK_NONBLOCK; -1 or nothing is SOCK_STREAM, or what `fileno` is.
   * @param proto IPPROTO_*; -1 or nothing is 0, or what `fileno` is.
   * @param fileno An open socket's fd, which this object is to own; nothing makes a new one, close-on-exec.
   * @throws {TypeError} For an argument that is no integer.
   * @throws {RangeError} For a negative `fileno`.
   * @throws {OSError} EAFNOSUPPORT, EINVAL, EPROTONOSUPPORT, EMFILE; EBADF or ENOTSOCK for `fileno`.
   */
  constructor(family = -1, type = -1, proto = -1, fileno?: number | OwnedFd | null) {
    const domain = toInt(family);
    const kind = toInt(type);
    const protocol = toInt(proto);
    const isNew = fileno === undefined || fileno === null;
    const identity: Identity = isNew
      ? create(domain === -1 ? AF_INET : domain, kind === -1 ? SOCK_STREAM : kind, protocol === -1 ? 0 : protocol)
      : fileno instanceof OwnedFd
        ? [fileno.fd, domain, kind, protocol]
        : identify(toSize(fileno), domain, kind, protocol);
    [this.fd, this.family, , this.proto] = identity;
    this.type = identity[2] & ~TYPE_FLAGS;
    try {
      this.#startTimeout((identity[2] & SOCK_NONBLOCK) !== 0);
    } catch (error) {
      if (isNew || fileno instanceof OwnedFd) sys.close(this.fd);
      throw error;
    }
  }

  #startTimeout(isNonBlocking: boolean): void {
    this.timeoutNs = isNonBlocking ? 0 : defaultTimeoutNs();
    if (!isNonBlocking && this.timeoutNs >= 0) this.#setNonBlocking(true);
  }

  /**
   * The fd, for `select`, `poll` and `epoll`.
   * @returns The fd; -1 once closed or detached.
   */
  fileno(): number {
    return this.fd;
  }

  /** Whether `close` or `detach` has been called; files made by `makefile` may still use the fd. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /**
   * Closes the socket, once the files made of it are closed too; a second time does nothing.
   * @throws {OSError} EBADF where the fd was closed behind our back. `fileno()` is -1 in any case.
   */
  close(): void {
    this.#isClosed = true;
    if (this.#files > 0 || this.fd < 0) return;
    const fd = this.fd;
    this.fd = -1;
    const result = sys.close(fd);
    // The peer's RST is no fault of this close, which has freed the fd: bpo-30319.
    if (result < 0 && result !== ECONNRESET) throw osError(result, 'close', `fd ${fd}`);
  }

  /** `using` closes the socket at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Gives the fd away without closing it; the socket is closed from then on.
   * @returns The fd, which is the caller's to close; -1 where there is none.
   */
  detach(): number {
    const fd = this.fd;
    this.fd = -1;
    this.#isClosed = true;
    return fd;
  }

  /** Keeps the fd open for a file made of this socket. */
  protected addFile(): void {
    this.#files += 1;
  }

  /** A file made of this socket was closed; the last one closes a socket that is to be closed. */
  protected removeFile(): void {
    if (this.#files > 0) this.#files -= 1;
    if (this.#isClosed) this.close();
  }

  /** The timeout, as `gettimeout` gives it. */
  get timeout(): number | null {
    return this.gettimeout();
  }

  /**
   * How long calls on this socket may wait.
   * @returns Seconds; 0 is non-blocking, `null` blocks for ever.
   */
  gettimeout(): number | null {
    return toSeconds(this.timeoutNs);
  }

  /**
   * Sets how long calls on this socket may wait. With any timeout the fd itself is non-blocking.
   * @param timeoutSeconds Seconds, rounded up to the nanosecond; 0 is non-blocking, `null` blocks for ever.
   * @throws {TypeError} Where it is no number.
   * @throws {RangeError} Where it is negative, NaN or over 292 years.
   * @throws {OSError} EBADF on a closed socket.
   */
  settimeout(timeoutSeconds: Timeout): void {
    this.timeoutNs = toTimeoutNs(timeoutSeconds);
    this.#setNonBlocking(this.timeoutNs >= 0);
  }

  /**
   * Whether calls may wait at all.
   * @returns False only where the timeout is 0.
   */
  getblocking(): boolean {
    return this.timeoutNs !== 0;
  }

  /**
   * `setblocking(true)` is `settimeout(null)`, `setblocking(false)` is `settimeout(0)`.
   * @param flag Whether calls may wait.
   * @throws {TypeError} Where it is neither a boolean nor an integer.
   * @throws {OSError} EBADF on a closed socket.
   */
  setblocking(flag: boolean | number): void {
    this.timeoutNs = toInteger(flag) === 0 ? 0 : -1;
    this.#setNonBlocking(this.timeoutNs === 0);
  }

  /**
   * Whether a program started by this one gets the fd.
   * @returns True where it does; new sockets are close-on-exec.
   * @throws {OSError} EBADF on a closed socket.
   */
  getInheritable(): boolean {
    return (this.check(sys.fcntl(this.fd, F_GETFD, 0), 'fcntl') & FD_CLOEXEC) === 0;
  }

  /**
   * Sets whether a program started by this one gets the fd.
   * @param inheritable Whether it does.
   * @throws {TypeError} Where it is neither a boolean nor an integer.
   * @throws {OSError} EBADF on a closed socket.
   */
  setInheritable(inheritable: boolean | number): void {
    const isInheritable = toInteger(inheritable) !== 0;
    const flags = this.check(sys.fcntl(this.fd, F_GETFD, 0), 'fcntl');
    this.check(sys.fcntl(this.fd, F_SETFD, isInheritable ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC), 'fcntl');
  }

  /**
   * Throws what a call returned, where it is an error.
   * @param result What the call returned.
   * @param syscall Its C name.
   * @param detail What it was about; the fd if nothing is given.
   * @returns The result, 0 or more.
   */
  protected check(result: number, syscall: string, detail?: string): number {
    if (result < 0) throw osError(result, syscall, detail ?? `fd ${this.fd}`);
    return result;
  }

  #setNonBlocking(isNonBlocking: boolean): void {
    this.check(sys.ioctl(this.fd, FIONBIO, Number(isNonBlocking)), 'ioctl');
  }
}

type Identity = [fd: number, family: number, type: number, proto: number];

function create(family: number, type: number, proto: number): Identity {
  const fd = sys.socket(family, type | SOCK_CLOEXEC, proto);
  if (fd < 0) throw osError(fd, 'socket');
  return [fd, family, type, proto];
}

// An fd that the caller says is a socket: what is -1 is asked of the kernel, the rest is believed, as in CPython's
// `sock_initobj`.
function identify(fd: number, family: number, type: number, proto: number): Identity {
  if (fd < 0 || fd > INT_MAX) throw new RangeError('negative file descriptor');
  const result = sys.getsockname(fd, sockaddr, sockaddrLength);
  if (result < 0 && (family === -1 || result === EBADF || result === ENOTSOCK)) {
    throw osError(result, 'getsockname', `fd ${fd}`);
  }
  const domain = family === -1 ? new Uint16Array(sockaddr.buffer, 0, 1)[0]! : family;
  return [fd, domain, type === -1 ? intOption(fd, SO_TYPE) : type, proto === -1 ? intOption(fd, SO_PROTOCOL) : proto];
}

const optionValue = new Int32Array(1);
const optionLength = new Int32Array(1);

function intOption(fd: number, option: number): number {
  const result = sys.getsockopt(fd, SOL_SOCKET, option, optionValue, optionLength);
  if (result < 0) throw osError(result, 'getsockopt', `fd ${fd}`);
  return optionValue[0]!;
}
