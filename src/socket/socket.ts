import { inspect } from 'node:util';

import * as sys from '../system/calls.ts';
import { F_DUPFD_CLOEXEC } from '../system/constants/fd.ts';
import { POLLIN } from '../system/constants/select.ts';
import { SOCK_CLOEXEC } from '../system/constants/socket.ts';
import { EINTR, ENOTSOCK } from '../system/errno.ts';
import { OSError, osError } from '../system/errors.ts';
import type { FileObject } from '../system/fileobj.ts';
import { addressRepr } from './address-text.ts';
import { type Address, sockaddr, sockaddrLength, unpack } from './address.ts';
import type { BinaryFile } from './binary-file.ts';
import { OwnedFd } from './descriptor.ts';
import { type BinaryMode, openFile, type TextMode, type TextOptions } from './makefile.ts';
import { SocketMessage } from './message.ts';
import { sendFile } from './sendfile.ts';
import type { SocketIO } from './socket-io.ts';
import type { TextFile } from './text-file.ts';

/**
 * Python's socket object. It owns an fd: close it, or declare it with `using`. Nothing else closes it.
 *
 * Errors are those of Python: a non-blocking call that would have to wait throws `BlockingIOError`, and a call whose
 * timeout is over throws `TimeoutError`. A blocking call blocks the whole thread, and so does the look-up of a host
 * name, whatever the timeout is. An argument of the wrong type throws a TypeError, and a number that is out of the range of its
 * parameter throws a RangeError.
 * @see socket(7); CPython, Lib/socket.py and Modules/socketmodule.c
 */
export class Socket extends SocketMessage {
  /**
   * Accepts a connection.
   * @returns A new socket, close-on-exec, and the peer's address. The new socket blocks, or has the default timeout,
   *   even if this socket does not.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket when no connection waits.
   * @throws {OSError} EINVAL when the socket does not listen, EBADF; EMFILE: the connection stays in the queue, and the
   *   socket stays readable.
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
   * Makes a second socket object, with an fd of its own, for the same socket of the kernel.
   * @returns The new object, close-on-exec and with the same timeout.
   * @throws {OSError} EMFILE, EBADF; ENOTSOCK when other code has closed the fd and its number is something else now.
   * @see dup(2)
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
   * Sends a regular file; its bytes do not pass through JavaScript. Python's `sendfile` also accepts other files and
   * copies them: use `read` and `sendall` for that.
   * @param file The file: its fd, or an object with `fileno()`. The file's own position is not used and does not
   *   change.
   * @param offset The position in the file of the first byte to send.
   * @param count The largest number of bytes to send, 1 or more; `null` or no argument sends up to the file's end.
   * @returns The number of bytes sent.
   * @throws {TimeoutError} When the socket has accepted nothing during its timeout.
   * @throws {RangeError} When the socket is non-blocking or not a stream, or `count` is below 1.
   * @throws {OSError} As `send`; EBADF or EINVAL for the file.
   * @see sendfile(2); CPython, Lib/socket.py, `socket.sendfile`
   */
  sendfile(file: FileObject, offset = 0, count?: number | null): number {
    return sendFile(this, file, offset, count);
  }

  /**
   * Makes a file for reading and writing text. The socket's fd stays open until the file is closed, too.
   * @param mode 'r', 'w' or 'rw'.
   * @param buffering The buffer's size in bytes; -1 or `null` means 8192.
   * @param options The encoding, errors and newline of Python's `open`.
   * @throws {RangeError} When the mode is another one, or `buffering` is 0.
   * @see CPython, Lib/socket.py, `socket.makefile`
   */
  makefile(mode?: TextMode, buffering?: number | null, options?: TextOptions): TextFile;
  /**
   * Makes a raw file, without a buffer: each read or write is one system call.
   * @param mode 'rb', 'wb' or 'rwb'.
   * @param buffering 0.
   */
  makefile(mode: BinaryMode, buffering: 0): SocketIO;
  /**
   * Makes a file for reading and writing bytes.
   * @param mode 'rb', 'wb' or 'rwb'.
   * @param buffering The buffer's size in bytes; -1 or `null` means 8192.
   */
  makefile(mode: BinaryMode, buffering?: number | null): BinaryFile;
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
   * Returns Python's repr: `<socket.socket fd=3, family=2, type=1, proto=0, laddr=('127.0.0.1', 9001)>`. `console.log`
   * prints the same.
   */
  override toString(): string {
    const state = this.closed ? ' [closed]' : '';
    const identity = `fd=${this.fd}, family=${this.family}, type=${this.type}`;
    const ends = this.closed
      ? ''
      : addressPart('laddr', () => this.getsockname()) + addressPart('raddr', () => this.getpeername());
    return `<socket.socket${state} ${identity}, proto=${this.proto}${ends}>`;
  }

  /** Returns the same text as `toString`, for `console.log`. */
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
 * Makes a socket, as Python's `socket.socket` does. It blocks, or has the default timeout, or the timeout 0 with
 * SOCK_NONBLOCK.
 * @param family As for `Socket`.
 * @param type As for `Socket`.
 * @param proto As for `Socket`.
 * @param fileno As for `Socket`.
 * @throws {OSError} As the constructor of `Socket`.
 * @see socket(2)
 */
export function socket(family = -1, type = -1, proto = -1, fileno?: number | null): Socket {
  return new Socket(family, type, proto, fileno);
}
