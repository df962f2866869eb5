import { BlockingIOError, OSError, TimeoutError } from '../system/errors.ts';
import { toLimit, toSize } from './arguments.ts';
import { IOBase } from './io-base.ts';

const CHUNK_BYTES = 8192;
const NEWLINE = 10;

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
export class SocketIO extends IOBase<Buffer, Uint8Array> {
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
    super();
    this.#link = link;
    this.#isReading = isReading;
    this.#isWriting = isWriting;
  }

  /** @inheritdoc */
  get closed(): boolean {
    return this.#link === undefined;
  }

  /** 'rb', 'wb' or 'rwb'. */
  get mode(): string {
    return `${this.#isReading ? 'r' : ''}${this.#isWriting ? 'w' : ''}b`;
  }

  /** @inheritdoc */
  get name(): number {
    return this.#link?.sock.fileno() ?? -1;
  }

  /** @inheritdoc */
  fileno(): number {
    return this.#open().fileno();
  }

  /** @inheritdoc */
  readable(): boolean {
    this.#open();
    return this.#isReading;
  }

  /** @inheritdoc */
  writable(): boolean {
    this.#open();
    return this.#isWriting;
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
    const limit = toLimit(toSize(size));
    if (limit === Infinity) return this.readall();
    const buffer = Buffer.allocUnsafe(limit);
    const count = this.readinto(buffer);
    return count === null ? null : buffer.subarray(0, count);
  }

  /**
   * Reads all up to the end of input.
   * @returns The bytes; what there is where a non-blocking socket has no more yet, `null` where it has none.
   * @throws {TimeoutError} When the socket's timeout is over; what came before is lost.
   * @throws {OSError} As `readinto`.
   * @throws {RangeError} Where the file is closed.
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
   * Reads a line, with its '\n': one recv(2) a byte, since there is no buffer for what comes after it.
   * @param size The most bytes to read; negative, `null` or nothing is no limit.
   * @returns The line; without '\n' at end of input or at the limit; empty where there is none.
   * @throws {TimeoutError} When the socket's timeout is over; what came before is lost.
   * @throws {OSError} As `readinto`; without an errno where a non-blocking socket has no whole line, whose begin is lost.
   * @throws {RangeError} Where the file is closed.
   * @see CPython, Modules/_io/iobase.c, `_io__IOBase_readline_impl`
   */
  readline(size: number | null = null): Buffer {
    const most = toLimit(size);
    const bytes: number[] = [];
    const byte = Buffer.alloc(1);
    while (bytes.length < most && bytes.at(-1) !== NEWLINE) {
      const count = this.readinto(byte);
      if (count === null) throw new OSError("read() should have returned a bytes object, not 'NoneType'");
      if (count === 0) break;
      bytes.push(byte[0]!);
    }
    return Buffer.from(bytes);
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

  /**
   * Does nothing: there is no buffer.
   * @throws {RangeError} Where the file is closed.
   */
  flush(): void {
    this.#open();
  }

  /** Closes the file; the socket too, where it was closed before and this was its last file. */
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
