import { BlockingIOError, OSError, TimeoutError } from '../system/errors.ts';
import { toLimit, toSize } from './arguments.ts';
import { IOBase } from './io-base.ts';

const CHUNK_BYTES = 8192;
const NEWLINE = 10;

/** The connection between a file of `makefile` and its socket. */
export interface SocketLink {
  sock: { fileno(): number; recvInto(buffer: Uint8Array): number; send(data: Uint8Array): number };
  /** Called once, when the file is closed. */
  release(): void;
}

/**
 * Python's `socket.SocketIO`: a socket as a file without a buffer. Each read or write is one system call.
 *
 * When the file is closed, every method but `close` throws a RangeError. When the socket's timeout is over, a read or a
 * write throws a TimeoutError; their other errors are those of `Socket.recv` and `Socket.send`. An argument of the wrong
 * type throws a TypeError.
 * @see CPython, Lib/socket.py, `SocketIO`
 */
export class SocketIO extends IOBase<Buffer, Uint8Array> {
  readonly #isReading: boolean;
  readonly #isWriting: boolean;
  #link: SocketLink | undefined;
  #hasTimedOut = false;

  /**
   * @param link The connection to the socket.
   * @param isReading Whether the file can be read.
   * @param isWriting Whether the file can be written.
   */
  constructor(link: SocketLink, isReading: boolean, isWriting: boolean) {
    super();
    this.#link = link;
    this.#isReading = isReading;
    this.#isWriting = isWriting;
  }

  get closed(): boolean {
    return this.#link === undefined;
  }

  /** The mode: 'rb', 'wb' or 'rwb'. */
  get mode(): string {
    return `${this.#isReading ? 'r' : ''}${this.#isWriting ? 'w' : ''}b`;
  }

  get name(): number {
    return this.#link?.sock.fileno() ?? -1;
  }

  fileno(): number {
    return this.#open().fileno();
  }

  readable(): boolean {
    this.#open();
    return this.#isReading;
  }

  writable(): boolean {
    this.#open();
    return this.#isWriting;
  }

  /**
   * Reads into a buffer with one recv(2).
   * @param buffer Receives the bytes.
   * @returns The number of bytes, 0 at the end of input; `null` if a non-blocking socket has none yet.
   * @throws {TimeoutError} When the socket's timeout is over. Every later read throws an `OSError`, because bytes may
   *   have been lost.
   * @throws {OSError} As `Socket.recv`; 'not readable', without an errno, in mode 'w'.
   */
  readinto(buffer: Uint8Array): number | null {
    const sock = this.#open();
    if (!this.#isReading) throw new OSError('not readable');
    if (this.#hasTimedOut) throw new OSError('cannot read from timed out object');
    try {
      return sock.recvInto(buffer);
    } catch (error) {
      // The kernel's ETIMEDOUT counts too: in Python it is a TimeoutError as well.
      if (error instanceof TimeoutError) this.#hasTimedOut = true;
      if (error instanceof BlockingIOError) return null;
      throw error;
    }
  }

  /**
   * Reads bytes with one recv(2).
   * @param size The largest number of bytes to read; a negative number or no argument reads to the end of input.
   * @returns The bytes, none at the end of input; `null` if a non-blocking socket has none yet.
   */
  read(size = -1): Buffer | null {
    const limit = toLimit(toSize(size));
    if (limit === Infinity) return this.readall();
    const buffer = Buffer.allocUnsafe(limit);
    const count = this.readinto(buffer);
    return count === null ? null : buffer.subarray(0, count);
  }

  /**
   * Reads all bytes up to the end of input.
   * @returns The bytes. If a non-blocking socket has no more yet, the bytes so far, or `null` if there are none.
   * @throws {TimeoutError} When the socket's timeout is over; the bytes so far are lost.
   */
  readall(): Buffer | null {
    const parts: Buffer[] = [];
    for (;;) {
      const part = this.read(CHUNK_BYTES);
      if (part === null && parts.length === 0) return null;
      if (part === null || part.length === 0) return Buffer.concat(parts);
      parts.push(part);
    }
  }

  /**
   * Reads a line, with one recv(2) for each byte: there is no buffer to keep the bytes after the line.
   * @param size The largest number of bytes to read; a negative number, `null` or no argument means no limit.
   * @returns The line with its '\n'. It lacks '\n' at the end of input or at the limit; it is empty if there is nothing
   *   to read.
   * @throws {TimeoutError} When the socket's timeout is over; the bytes so far are lost.
   * @throws {OSError} As `readinto`; without an errno when a non-blocking socket has no whole line yet: the bytes so
   *   far are lost.
   * @see CPython, Modules/_io/iobase.c, `_io__IOBase_readline_impl`
   */
  readline(size: number | null = null): Buffer {
    const limit = toLimit(size);
    const bytes: number[] = [];
    const byte = Buffer.alloc(1);
    while (bytes.length < limit && bytes.at(-1) !== NEWLINE) {
      const count = this.readinto(byte);
      if (count === null) throw new OSError("read() should have returned a bytes object, not 'NoneType'");
      if (count === 0) break;
      bytes.push(byte[0]!);
    }
    return Buffer.from(bytes);
  }

  /**
   * Writes bytes with one send(2).
   * @param data The bytes to write.
   * @returns The number of bytes that the kernel accepted; `null` if a non-blocking socket accepts none now.
   * @throws {OSError} As `Socket.send`; 'not writable', without an errno, in mode 'r'.
   */
  write(data: Uint8Array): number | null {
    const sock = this.#open();
    if (!this.#isWriting) throw new OSError('not writable');
    try {
      return sock.send(data);
    } catch (error) {
      if (error instanceof BlockingIOError) return null;
      throw error;
    }
  }

  /** Does nothing, because there is no buffer. */
  flush(): void {
    this.#open();
  }

  /** Closes the file. If the socket was closed before and this was its last file, closes the fd, too. */
  close(): void {
    const link = this.#link;
    this.#link = undefined;
    link?.release();
  }

  #open(): SocketLink['sock'] {
    if (this.#link === undefined) throw new RangeError('I/O operation on closed file.');
    return this.#link.sock;
  }
}
