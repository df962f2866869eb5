import { EINTR, ENOTSOCK } from '../system/errno.ts';
import { inspect } from 'node:util';

import { F_DUPFD_CLOEXEC } from '../system/constants/fd.ts';
import { POLLIN } from '../system/constants/select.ts';
import { SOCK_CLOEXEC } from '../system/constants/socket.ts';
import { OSError, osError } from '../system/errors.ts';
import type { FileObject } from '../system/fileobj.ts';
import * as sys from '../system/calls.ts';
import { type Address, sockaddr, sockaddrLength, unpack } from './address.ts';
import { addressRepr } from './address-text.ts';
import type { BinaryFile } from './binary-file.ts';
import { OwnedFd } from './descriptor.ts';
import { type BinaryMode, openFile, type TextMode, type TextOptions } from './makefile.ts';
import { SocketMessage } from './message.ts';
import { sendFile } from './sendfile.ts';
import type { SocketIO } from './socket-io.ts';
import type { TextFile } from './text-file.ts';

/**
 * Python's socket object. It owns an fd: close it, or declare it with `using`; nothing else closes it.
 * Errors are those of Python: a non-blocking call that would wait throws `BlockingIOError`, one whose time is up
 * `TimeoutError`. A call that blocks, and a look-up of a host name in any case, blocks the whole thread.
 * @see socket(7); CPython, Lib/socket.py and Modules/socketmodule.c
 */
export class Socket extends SocketMessage {
  /**
   * Accepts a connection.
   * @returns A new socket, close-on-exec, which blocks (or has the default timeout) whatever this one does; and the
   *   peer's address.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket where none is waiting.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} EINVAL on a socket that does not listen, EMFILE: the connection stays and the socket readable;
   *   EBADF.
   * @see accept4(2)
   */
  accept(): [socket: Socket, address: Address] {
    const result = this.timeoutNs > 0 ? EINTR : sys.accept4(this.fd, sockaddr, sockaddrLength, SOCK_CLOEXEC);
    const fd = result >= 0 ? result : this.#acceptAgain(result);
    const address = unpack() ?? '';
    return [new Socket(this.family, this.type, this.proto, new OwnedFd(fd)), address];
  }

  #acceptAgain(result: number): number {
    return this.again(result, POLLIN, 'accept4', () => sys.accept4(this.fd, sockaddr, sockaddrLength, SOCK_CLOEXEC));
  }

  /**
   * Another object, with an fd of its own, for the same socket.
   * @returns It, close-on-exec and with this one's timeout.
   * @throws {OSError} EMFILE, EBADF; ENOTSOCK where the fd was closed behind our back and is something else now.
   */
  dup(): Socket {
    const fd = this.check(sys.fcntl(this.fd, F_DUPFD_CLOEXEC, 0), 'fcntl');
    const result = sys.getsockname(fd, sockaddr, sockaddrLength);
    if (result === ENOTSOCK) {
      sys.close(fd);
      throw osError(result, 'getsockname', `fd ${fd}`);
    }
    const copy = new Socket(this.family, this.type, this.proto, new OwnedFd(fd));
    copy.settimeout(this.gettimeout());
    return copy;
  }

  /**
   * Sends a regular file, without a copy through JavaScript. Python's also takes files that are none and copies them;
   * `read` and `sendall` do that.
   * @param file The file: its fd, or an object with `fileno()`. Its own position is neither used nor moved.
   * @param offset Where in the file to begin, in bytes.
   * @param count The most bytes to send, 1 or more; `null` or nothing is up to the file's end.
   * @returns How many bytes were sent.
   * @throws {TimeoutError} When the socket has taken nothing for its timeout.
   * @throws {TypeError} Where an argument is of another kind.
   * @throws {RangeError} For a non-blocking or non-stream socket, or a count below 1.
   * @throws {OSError} As `send`; EBADF or EINVAL for the file.
   * @see sendfile(2)
   */
  sendfile(file: FileObject, offset = 0, count?: number | null): number {
    return sendFile(this, file, offset, count);
  }

  /**
   * A file for reading and writing text. The socket's fd stays open until the file is closed too.
   * @param mode 'r', 'w' or 'rw'.
   * @param buffering The buffer's size in bytes; -1 or `null` is 8192.
   * @param options Encoding, errors and newline, as Python's `open` has them.
   * @returns The file.
   * @throws {RangeError} For another mode, or text without a buffer.
   * @see CPython, Lib/socket.py, `socket.makefile`
   */
  makefile(mode?: TextMode, buffering?: number | null, options?: TextOptions): TextFile;
  /**
   * The raw file, without a buffer: one system call a call.
   * @param mode 'rb', 'wb' or 'rwb'.
   * @param buffering 0.
   * @returns The file.
   * @throws {RangeError} For another mode.
   */
  makefile(mode: BinaryMode, buffering: 0): SocketIO;
  /**
   * A file for reading and writing bytes.
   * @param mode 'rb', 'wb' or 'rwb'.
   * @param buffering The buffer's size in bytes; -1 or `null` is 8192.
   * @returns The file.
   * @throws {RangeError} For another mode.
   */
  makefile(mode: BinaryMode, buffering?: number | null): BinaryFile;
  /** @inheritdoc */
  makefile(
    mode: TextMode | BinaryMode = 'r',
    buffering?: number | null,
    options?: TextOptions,
  ): TextFile | BinaryFile | SocketIO {
    const link = {
      sock: this,
      release: (): void => {
        this.removeFile();
      },
    };
    const file = openFile(link, mode, buffering ?? -1, options ?? {});
    this.addFile();
    return file;
  }

  /**
   * Python's repr, which `console.log` prints too.
   * @returns `<socket.socket fd=3, family=2, type=1, proto=0, laddr=('127.0.0.1', 9001)>`.
   */
  override toString(): string {
    const state = this.closed ? ' [closed]' : '';
    const identity = `fd=${this.fd}, family=${this.family}, type=${this.type}`;
    const ends = this.closed
      ? ''
      : addressPart('laddr', () => this.getsockname()) + addressPart('raddr', () => this.getpeername());
    return `<socket.socket${state} ${identity}, proto=${this.proto}${ends}>`;
  }

  /**
   * What `console.log` prints.
   * @returns As `toString`.
   */
  [inspect.custom](): string {
    return this.toString();
  }
}

function addressPart(name: string, get: () => Address): string {
  try {
    const address = get();
    return address.length === 0 ? '' : `, ${name}=${addressRepr(address)}`;
  } catch (error) {
    if (error instanceof OSError) return '';
    throw error;
  }
}

/**
 * Makes a socket, as Python's `socket.socket` does.
 * @param family AF_*; -1 or nothing is AF_INET, or what `fileno` is.
 * @param type SOCK_*, may carry SOCK_NONBLOCK; -1 or nothing is SOCK_STREAM, or what `fileno` is.
 * @param proto IPPROTO_*; -1 or nothing is 0, or what `fileno` is.
 * @param fileno An open socket's fd, which the new object is to own; nothing makes a new one, close-on-exec.
 * @returns The socket; it blocks, or has the default timeout, or with SOCK_NONBLOCK the timeout 0.
 * @throws {TypeError} For an argument that is no integer.
 * @throws {RangeError} For a negative `fileno`.
 * @throws {OSError} EAFNOSUPPORT, EINVAL, EPROTONOSUPPORT, EMFILE; EBADF or ENOTSOCK for `fileno`.
 * @see socket(2)
 */
export function socket(family = -1, type = -1, proto = -1, fileno?: number | null): Socket {
  return new Socket(family, type, proto, fileno);
}
