import { BlockingIOError, OSError, TimeoutError } from '../errors.ts';
import { toLimit } from './arguments.ts';

const CHUNK_BYTES = 8192;

/** What a file needs of its socket. */
export interface SocketLink {
  /** The socket. */
  sock: { fileno(): number; recvInto(buffer: Uint8Array): number; send(data: Uint8Array): number };
  /** Tells the socket that the file is closed. */
  release(): void;
}

/**
 * Python's `socket.SocketIO`: a socket as a raw file, one system call a call.
 * @see CPython, Lib/socket.py, `SocketIO`
 */
export class SocketIO {
  readonly #isReading: boolean;
  readonly #isWriting: boolean;
  #link: SocketLink | undefined;
  #hasTimedOut = false;

  /**
   * @param link The socket, and what to call when the file is closed.
   * @param isReading Whether the file can be read.
   * @param isWriting Whether it can be written.
   */
  constructor(link: SocketLink, isReading: boolean, isWriting: boolean) {
    this.#link = link;
    this.#isReading = isReading;
    this.#isWriting = isWriting;
  }

  /** Whether `close` has been called. */
  get closed(): boolean {
    return this.#link === undefined;
  }

  /** 'rb', 'wb' or 'rwb'. */
  get mode(): string {
    return `${this.#isReading ? 'r' : ''}${this.#isWriting ? 'w' : ''}b`;
  }

  /** The socket's fd, -1 once closed. */
  get name(): number {
    return this.#link?.sock.fileno() ?? -1;
  }

  /**
   * The socket's fd.
   * @returns The fd.
   * @throws {RangeError} Where the file is closed.
   */
  fileno(): number {
    return this.#open().fileno();
  }

  /**
   * Whether the file can be read.
   * @returns True in the modes with 'r'.
   * @throws {RangeError} Where it is closed.
   */
  readable(): boolean {
    this.#open();
    return this.#isReading;
  }

  /**
   * Whether the file can be written.
   * @returns True in the modes with 'w'.
   * @throws {RangeError} Where it is closed.
   */
  writable(): boolean {
    this.#open();
    return this.#isWriting;
  }

  /**
   * Whether the file has a position.
   * @returns False: a stream has none.
   * @throws {RangeError} Where it is closed.
   */
  seekable(): boolean {
    this.#open();
    return false;
  }

  /**
   * Reads into a buffer what one recv(2) brings.
   * @param buffer Where to put the bytes.
   * @returns How many came, 0 at end of input; `null` where a non-blocking socket has none yet.
   * @throws {TimeoutError} When the socket's timeout is over; every later read throws an `OSError`, since nobody
   *   knows what was lost.
   * @throws {OSError} As `recv`; 'not readable', without an errno, in mode 'w'.
   * @throws {RangeError} Where the file is closed.
   */
  readinto(buffer: Uint8Array): number | null {
    const sock = this.#open();
    if (!this.#isReading) throw new OSError('not readable');
    if (this.#hasTimedOut) throw new OSError('cannot read from timed out object');
    try {
      return sock.recvInto(buffer);
    } catch (error) {
      // ETIMEDOUT of the kernel counts too, as in Python, where both are TimeoutError.
      if (error instanceof TimeoutError) this.#hasTimedOut = true;
      if (error instanceof BlockingIOError) return null;
      throw error;
    }
  }

  /**
   * Reads what one recv(2) brings.
   * @param size The most bytes to read; negative or nothing is all up to the end of input.
   * @returns The bytes, empty at end of input; `null` where a non-blocking socket has none yet.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `readinto`.
   * @throws {RangeError} Where the file is closed.
   */
  read(size = -1): Buffer | null {
    const limit = toLimit(size);
    if (limit === Infinity) return this.#readall();
    const buffer = Buffer.allocUnsafe(limit);
    const count = this.readinto(buffer);
    return count === null ? null : buffer.subarray(0, count);
  }

  #readall(): Buffer | null {
    const parts: Buffer[] = [];
    for (;;) {
      const part = this.read(CHUNK_BYTES);
      if (part === null && parts.length === 0) return null;
      if (part === null || part.length === 0) return Buffer.concat(parts);
      parts.push(part);
    }
  }

  /**
   * Writes what one send(2) takes.
   * @param data The bytes.
   * @returns How many were taken; `null` where a non-blocking socket takes none now.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `send`; 'not writable', without an errno, in mode 'r'.
   * @throws {RangeError} Where the file is closed.
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

  /** Closes the file; the socket too, where it was closed before and this was its last file. */
  close(): void {
    const link = this.#link;
    this.#link = undefined;
    link?.release();
  }

  /** `using` closes the file at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #open(): SocketLink['sock'] {
    if (this.#link === undefined) throw new RangeError('I/O operation on closed file.');
    return this.#link.sock;
  }
}
