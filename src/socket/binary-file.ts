import { EAGAIN } from '../system/errno.ts';
import { OSError, osError } from '../system/errors.ts';
import { toBytes, toLimit, toSize } from './arguments.ts';
import { LayeredFile } from './io-base.ts';
import type { SocketIO } from './socket-io.ts';

const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);

/**
 * A socket as a buffered file of bytes, as `makefile('rwb')` gives it.
 * @see CPython, Modules/_io/bufferedio.c, `BufferedReader`, `BufferedWriter`, `BufferedRWPair`
 */
export class BinaryFile extends LayeredFile<Buffer, Uint8Array> {
  /** The file without a buffer. */
  readonly raw: SocketIO;
  readonly #bufferBytes: number;
  // From #begin to #end: what was read from the socket and not yet from here.
  #buffer: Buffer = NOTHING;
  #begin = 0;
  #end = 0;
  // What was written here and not yet to the socket.
  #unsent: Buffer[] = [];
  #unsentBytes = 0;

  /**
   * @param raw The file without a buffer.
   * @param bufferBytes The buffer's size, 1 or more.
   */
  constructor(raw: SocketIO, bufferBytes: number) {
    super(raw);
    this.raw = raw;
    this.#bufferBytes = bufferBytes;
  }

  /** 'rb', 'wb' or 'rwb'. */
  get mode(): string {
    return this.raw.mode;
  }

  /**
   * Reads up to `size` bytes, waiting until they are there or the input ends.
   * @param size How many; negative, `null` or nothing is all up to the end of input.
   * @returns The bytes, fewer at end of input or where a non-blocking socket has no more yet; `null` where it has none.
   * @throws {TimeoutError} When the socket's timeout is over. What came before stays in the buffer; the socket is
   *   not read again: 'cannot read from timed out object'.
   * @throws {OSError} As `recv`.
   * @throws {RangeError} Where the file is closed.
   */
  read(size: number | null = null): Buffer | null {
    const wanted = toLimit(size);
    this.#checkReadable();
    let isBlocked = false;
    while (this.#unread.length < wanted && !isBlocked) {
      const count = this.#fill();
      if (count === 0) break;
      isBlocked = count === null;
    }
    return isBlocked && this.#unread.length === 0 ? null : this.#take(wanted);
  }

  /**
   * Reads what is in the buffer, or else what one recv(2) brings.
   * @param size The most bytes to read; negative or nothing is the buffer's size.
   * @returns The bytes; empty at end of input, and where a non-blocking socket has none yet.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `recv`.
   * @throws {RangeError} Where the file is closed.
   */
  read1(size = -1): Buffer {
    const given = toSize(size);
    const most = given < 0 ? this.#bufferBytes : given;
    this.#checkReadable();
    if (most === 0 || this.#unread.length > 0) return this.#take(most);
    return this.raw.read(most) ?? NOTHING;
  }

  /**
   * Shows what is in the buffer, or else what one recv(2) brings into it; the next read gives it again.
   * @param size Not looked at, as in Python: the bytes may be more or fewer.
   * @returns A copy of the bytes; empty at end of input, and where a non-blocking socket has none yet.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `recv`.
   * @throws {TypeError} Where `size` is no integer.
   * @throws {RangeError} Where the file is closed.
   */
  peek(size = 0): Buffer {
    toSize(size);
    this.#checkReadable();
    if (this.#unread.length === 0) this.#fill();
    return Buffer.from(this.#unread);
  }

  /**
   * Reads into a buffer, waiting until it is full or the input ends.
   * @param buffer Where to put the bytes.
   * @returns How many came; `null` where a non-blocking socket has none yet.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `recv`.
   * @throws {RangeError} Where the file is closed.
   */
  readinto(buffer: Uint8Array): number | null {
    const target = toBytes(buffer);
    const bytes = this.read(target.length);
    if (bytes === null) return null;
    target.set(bytes);
    return bytes.length;
  }

  /**
   * Reads into a buffer what is in the file's, or else what one recv(2) brings.
   * @param buffer Where to put the bytes. Where more than the file's buffer size stays free, recv(2) is called in any case.
   * @returns How many came, 0 at end of input; `null` where a non-blocking socket has none yet.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `recv`.
   * @throws {RangeError} Where the file is closed.
   * @see CPython, Modules/_io/bufferedio.c, `_buffered_readinto_generic`
   */
  readinto1(buffer: Uint8Array): number | null {
    const target = toBytes(buffer);
    this.#checkReadable();
    const held = this.#move(target);
    const rest = target.subarray(held);
    if (rest.length > this.#bufferBytes) {
      const count = this.raw.readinto(rest);
      return count === null && held === 0 ? null : held + (count ?? 0);
    }
    if (held > 0 || rest.length === 0) return held;
    return this.#fill() === null ? null : this.#move(rest);
  }

  /**
   * Reads a line, with its '\n'.
   * @param size The most bytes to read; negative, `null` or nothing is no limit.
   * @returns The line; without '\n' at end of input or at the limit; empty where there is none.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `recv`.
   * @throws {RangeError} Where the file is closed.
   */
  readline(size: number | null = null): Buffer {
    const most = toLimit(size);
    let scanned = 0;
    for (;;) {
      const end = this.#unread.indexOf(NEWLINE, scanned);
      if (end !== -1) return this.#take(Math.min(end + 1, most));
      scanned = this.#unread.length;
      if (scanned >= most || !this.#fill()) return this.#take(most);
    }
  }

  /**
   * Writes bytes; they leave when the buffer is full, and on `flush` and `close`.
   * @param data The bytes; they are copied.
   * @returns How many: all.
   * @throws {BlockingIOError} EAGAIN where the buffer is full and a non-blocking socket takes no more now.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `send`; 'not writable', without an errno, in mode 'r'.
   * @throws {TypeError} Where `data` is no Uint8Array.
   * @throws {RangeError} Where the file is closed.
   */
  write(data: Uint8Array): number {
    if (!this.raw.writable()) throw new OSError('not writable');
    const bytes = toBytes(data);
    if (this.#unsentBytes + bytes.length > this.#bufferBytes) this.flush();
    this.#unsent.push(Buffer.from(bytes));
    this.#unsentBytes += bytes.length;
    if (this.#unsentBytes >= this.#bufferBytes) this.flush();
    return bytes.length;
  }

  /**
   * Sends what is in the buffer.
   * @throws {BlockingIOError} EAGAIN where a non-blocking socket takes no more now; the rest stays in the buffer.
   * @throws {TimeoutError} When the socket's timeout is over; the rest stays in the buffer.
   * @throws {OSError} As `send`.
   * @throws {RangeError} Where the file is closed.
   */
  flush(): void {
    this.fileno();
    let rest = this.#unsent.length === 1 ? this.#unsent[0]! : Buffer.concat(this.#unsent);
    try {
      while (rest.length > 0) {
        const count = this.raw.write(rest);
        if (count === null) throw osError(EAGAIN, 'send', 'write could not complete without blocking');
        rest = rest.subarray(count);
      }
    } finally {
      this.#unsent = rest.length > 0 ? [rest] : [];
      this.#unsentBytes = rest.length;
    }
  }

  /**
   * Sends what is in the buffer and closes the file, also where that fails.
   * @throws {OSError} As `flush`.
   */
  close(): void {
    if (this.closed) return;
    try {
      this.flush();
    } finally {
      this.raw.close();
    }
  }

  #checkReadable(): void {
    if (!this.raw.readable()) throw new OSError('not readable');
  }

  get #unread(): Buffer {
    return this.#buffer.subarray(this.#begin, this.#end);
  }

  // One recv(2) into the buffer: how many bytes, 0 at end of input, `null` where there are none yet.
  #fill(): number | null {
    if (this.#end + this.#bufferBytes > this.#buffer.length) this.#makeRoom();
    const count = this.raw.readinto(this.#buffer.subarray(this.#end, this.#end + this.#bufferBytes));
    this.#end += count ?? 0;
    return count;
  }

  // Twice what is needed, so that a long read copies each byte a bounded number of times.
  #makeRoom(): void {
    const unread = this.#unread;
    const needed = unread.length + this.#bufferBytes;
    const roomy = needed <= this.#buffer.length / 2 ? this.#buffer : Buffer.allocUnsafeSlow(needed * 2);
    unread.copy(roomy);
    this.#buffer = roomy;
    this.#begin = 0;
    this.#end = unread.length;
  }

  #move(target: Uint8Array): number {
    const bytes = this.#take(target.length);
    target.set(bytes);
    return bytes.length;
  }

  #take(size: number): Buffer {
    this.raw.fileno();
    const bytes = Buffer.from(this.#buffer.subarray(this.#begin, Math.min(this.#end, this.#begin + size)));
    this.#begin += bytes.length;
    // What a long read needed is not kept.
    if (this.#begin === this.#end) {
      this.#buffer = NOTHING;
      this.#begin = this.#end = 0;
    }
    return bytes;
  }
}
