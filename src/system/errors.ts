import { native } from './native.ts';

const codes = new Map(Object.entries(native.errnos).map(([code, errno]) => [errno, code]));

/** The fields of an `OSError` besides its message. */
export interface OSErrorDetails {
  /** The negative errno, as in Node's own system errors; absent when no system call has failed. */
  errno?: number;
  /** The C name of the system call that has failed. */
  syscall?: string;
}

/**
 * A failed system call, in Python's class hierarchy and with the fields of Node's system errors.
 * @see CPython, Objects/exceptions.c, `OSError`
 */
export class OSError extends Error {
  static {
    this.prototype.name = 'OSError';
  }
  /** The negative errno: -9 for EBADF. `undefined` when no system call has failed; Python has None then. */
  readonly errno: number | undefined;
  /** The name of the errno: 'EBADF'. */
  readonly code: string | undefined;
  /** The C name of the system call: 'epoll_ctl'. */
  readonly syscall: string | undefined;

  /**
   * @param message The whole message.
   * @param details The other fields; all are absent when no system call has failed.
   */
  constructor(message: string, details: OSErrorDetails = {}) {
    super(message);
    this.errno = details.errno;
    this.code = details.errno === undefined ? undefined : errorCode(details.errno);
    this.syscall = details.syscall;
  }

  /** The C library's text for the errno, Python's `strerror`: 'Bad file descriptor'. */
  get strerror(): string | undefined {
    return this.errno === undefined ? undefined : native.strerror(-this.errno);
  }
}

/** EAGAIN, EALREADY, EINPROGRESS: the call would block, and the socket is non-blocking. */
export class BlockingIOError extends OSError {}
/** ECHILD. */
export class ChildProcessError extends OSError {}
/** The base class of the errors that mean a lost or refused connection. */
export class ConnectionError extends OSError {}
/** EPIPE, ESHUTDOWN: the other end does not read any more, or this end has been shut down for writing. */
export class BrokenPipeError extends ConnectionError {}
/** ECONNABORTED. */
export class ConnectionAbortedError extends ConnectionError {}
/** ECONNREFUSED: no socket listens at the address. */
export class ConnectionRefusedError extends ConnectionError {}
/** ECONNRESET: the peer has sent RST. */
export class ConnectionResetError extends ConnectionError {}
/** EEXIST. */
export class FileExistsError extends OSError {}
/** ENOENT. */
export class FileNotFoundError extends OSError {}
/** EINTR; only calls with the option `interruptible` throw it. */
export class InterruptedError extends OSError {}
/** EISDIR. */
export class IsADirectoryError extends OSError {}
/** ENOTDIR. */
export class NotADirectoryError extends OSError {}
/** EACCES, EPERM. */
export class PermissionError extends OSError {}
/** ESRCH. */
export class ProcessLookupError extends OSError {}
/** ETIMEDOUT; or the socket's own timeout has passed ('timed out', without an errno). */
export class TimeoutError extends OSError {}

/**
 * getaddrinfo or getnameinfo has found no address. `errno` is the EAI_ code, negative as in netdb.h: -2 is EAI_NONAME.
 */
export class gaierror extends OSError {
  /** @param eaiCode The EAI_ code, negative. */
  constructor(eaiCode: number) {
    super(native.gaiStrerror(eaiCode));
    Object.defineProperty(this, 'errno', { value: eaiCode, enumerable: true });
  }

  /** The C library's text for the EAI_ code: 'Name or service not known'. */
  override get strerror(): string {
    return this.message;
  }
}

/** gethostbyname or gethostbyaddr has found no host. `errno` is the h_errno code, 1 to 4. */
export class herror extends OSError {
  /** @param hErrno The h_errno code, positive as in netdb.h. */
  constructor(hErrno: number) {
    super(native.hStrerror(hErrno));
    Object.defineProperty(this, 'errno', { value: hErrno, enumerable: true });
  }

  /** The C library's text for the h_errno code: 'Unknown host'. */
  override get strerror(): string {
    return this.message;
  }
}

/** A key is not in a map: Python's KeyError, whose message is the key. */
export class KeyError extends Error {
  static {
    this.prototype.name = 'KeyError';
  }
}

// The classes in the order of CPython's table of the errnos that have a class of their own: Objects/exceptions.c,
// `ADD_ERRNO`.
const errnosOfClasses: readonly [type: typeof OSError, ...codes: string[]][] = [
  [BlockingIOError, 'EAGAIN', 'EALREADY', 'EINPROGRESS'],
  [BrokenPipeError, 'EPIPE', 'ESHUTDOWN'],
  [ChildProcessError, 'ECHILD'],
  [ConnectionAbortedError, 'ECONNABORTED'],
  [ConnectionRefusedError, 'ECONNREFUSED'],
  [ConnectionResetError, 'ECONNRESET'],
  [FileExistsError, 'EEXIST'],
  [FileNotFoundError, 'ENOENT'],
  [IsADirectoryError, 'EISDIR'],
  [NotADirectoryError, 'ENOTDIR'],
  [InterruptedError, 'EINTR'],
  [PermissionError, 'EACCES', 'EPERM'],
  [ProcessLookupError, 'ESRCH'],
  [TimeoutError, 'ETIMEDOUT'],
];
const classes = new Map(errnosOfClasses.flatMap(([type, ...of]) => of.map((code) => [code, type] as const)));

const named = [...errnosOfClasses.map(([type]) => type), ConnectionError, gaierror, herror];
for (const type of named) type.prototype.name = type.name;

/**
 * Returns the name of an errno.
 * @param negativeErrno A negative errno, as the functions of `tripoll/sys` return it.
 * @returns 'EBADF' for -9; 'Unknown system error -N' for a number that is no errno.
 */
export function errorCode(negativeErrno: number): string {
  return codes.get(-negativeErrno) ?? `Unknown system error ${negativeErrno}`;
}

/**
 * Returns the errno of a name.
 * @param code The name of an errno: 'EAGAIN'.
 * @returns The negative errno: -11.
 * @throws {RangeError} When no errno has this name.
 */
export function errnoOf(code: string): number {
  const errno = Object.hasOwn(native.errnos, code) ? native.errnos[code] : undefined;
  if (errno === undefined) throw new RangeError(`${code} is not an errno`);
  return -errno;
}

/**
 * Makes the error of a failed system call, in the class that Python uses for the errno; it does not throw the error.
 * With the detail 'add fd 7' the message is 'EPERM: operation not permitted, epoll_ctl add fd 7'.
 */
export function osError(negativeErrno: number, syscall: string, detail = ''): OSError {
  const code = errorCode(negativeErrno);
  const text = native.strerror(-negativeErrno);
  // Node's texts start with a lower-case letter. An abbreviation such as 'RFS' stays as it is.
  const lower = /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
  const type = classes.get(code) ?? OSError;
  return new type(`${code}: ${lower}, ${syscall}${detail === '' ? '' : ` ${detail}`}`, {
    errno: negativeErrno,
    syscall,
  });
}
