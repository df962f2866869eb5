import { EAGAIN } from '../system/errno.ts';
import { OSError, osError } from '../system/errors.ts';
import { toBytes, toLimit, toSize } from './arguments.ts';
import { LayeredFile } from './io-base.ts';
import type { SocketIO } from './socket-io.ts';

const NEWLINE = 10;
const NO_BYTES = Buffer.alloc(0);

/**
 * A socket as a buffered file of bytes: the result of `makefile('rwb')`.
 *
 * When the file is closed, every method but `close` throws a RangeError. When the socket's timeout is over, a read or a
 * write throws a TimeoutError; their other errors are those of `Socket.recv` and `Socket.send`. An argument of the wrong
 * type throws a TypeError.
 * @see CPython, Modules/_io/bufferedio.c, `BufferedReader`, `BufferedWriter`, `BufferedRWPair`
 */
export class BinaryFile extends LayeredFile<Buffer, Uint8Array> {
  /** The file without a buffer that this file reads from and writes to. */
  readonly raw: SocketIO;
  readonly #bufferBytes: number;
  // The bytes from #start to #end were read from the socket, but the caller has not read them yet.
  #buffer: Buffer = NO_BYTES;
  #start = 0;
  #end = 0;
  // Bytes that the caller has written and that are not sent yet.
  #unsent: Buffer[] = [];
  #unsentBytes = 0;

  /**
   * @param raw The file without a buffer.
   * @param bufferBytes The buffer's size in bytes, 1 or more.
   */
  constructor(raw: SocketIO, bufferBytes: number) {
    super(raw);
    this.raw = raw;
    this.#bufferBytes = bufferBytes;
  }

  /** The mode: 'rb', 'wb' or 'rwb'. */
  get mode(): string {
    return this.raw.mode;
  }

  /**
   * Reads `size` bytes; waits until all of them have arrived or the input ends.
   * @param size The number of bytes, 0 or more; a negative number, `null` or no argument reads to the end of input.
   * @returns The bytes. They are fewer at the end of input, or if a non-blocking socket has no more yet; `null` if it
   *   has none yet.
   * @throws {TimeoutError} When the socket's timeout is over. The bytes that came before stay in the buffer, and every
   *   later read throws 'cannot read from timed out object'.
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
   * Reads the bytes in the buffer. If the buffer is empty, reads with one recv(2).
   * @param size The largest number of bytes to read; a negative number or no argument means the buffer's size.
   * @returns The bytes; none at the end of input, or if a non-blocking socket has none yet.
   */
  read1(size = -1): Buffer {
    const asked = toSize(size);
    const limit = asked < 0 ? this.#bufferBytes : asked;
    this.#checkReadable();
    if (limit === 0 || this.#unread.length > 0) return this.#take(limit);
    return this.raw.read(limit) ?? NO_BYTES;
  }

  /**
   * Returns the bytes in the buffer; the next read returns them again. If the buffer is empty, fills it with one
   * recv(2).
   * @param size Ignored, as in Python: the result may be longer or shorter.
   * @returns A copy of the bytes; none at the end of input, or if a non-blocking socket has none yet.
   */
  peek(size = 0): Buffer {
    toSize(size);
    this.#checkReadable();
    if (this.#unread.length === 0) this.#fill();
    return Buffer.from(this.#unread);
  }

  /**
   * Reads into the caller's buffer; waits until it is full or the input ends.
   * @param buffer Receives the bytes.
   * @returns The number of bytes; `null` if a non-blocking socket has none yet.
   */
  readinto(buffer: Uint8Array): number | null {
    const target = toBytes(buffer);
    const bytes = this.read(target.length);
    if (bytes === null) return null;
    target.set(bytes);
    return bytes.length;
  }

  /**
   * Reads into the caller's buffer with at most one recv(2).
   * @param buffer Receives the bytes in the file's buffer first. recv(2) follows if there were none, or if the rest of
   *   `buffer` is larger than the file's buffer.
   * @returns The number of bytes, 0 at the end of input; `null` if a non-blocking socket has none yet.
   * @see CPython, Modules/_io/bufferedio.c, `_buffered_readinto_generic`
   */
  readinto1(buffer: Uint8Array): number | null {
    const target = toBytes(buffer);
    this.#checkReadable();
    const copied = this.#move(target);
    const rest = target.subarray(copied);
    if (rest.length > this.#bufferBytes) {
      const count = this.raw.readinto(rest);
      return count === null && copied === 0 ? null : copied + (count ?? 0);
    }
    if (copied > 0 || rest.length === 0) return copied;
    return this.#fill() === null ? null : this.#move(rest);
  }

  /**
   * Reads a line.
   * @param size The largest number of bytes to read; a negative number, `null` or no argument means no limit.
   * @returns The line with its '\n'. It lacks '\n' at the end of input, at the limit, or if a non-blocking socket has
   *   no more yet; it is empty if there is nothing to read.
   */
  readline(size: number | null = null): Buffer {
    const limit = toLimit(size);
    let scanned = 0;
    for (;;) {
      const end = this.#unread.indexOf(NEWLINE, scanned);
      if (end !== -1) return this.#take(Math.min(end + 1, limit));
      scanned = this.#unread.length;
      if (scanned >= limit || !this.#fill()) return this.#take(limit);
    }
  }

  /**
   * Writes bytes into the buffer. They are sent when the buffer is full, and by `flush` and `close`.
   * @param data The bytes; the file keeps a copy.
   * @returns The length of `data` in bytes.
   * @throws {BlockingIOError} EAGAIN when the buffer is full and a non-blocking socket accepts no more now.
   * @throws {OSError} As `Socket.send`; 'not writable', without an errno, in mode 'r'.
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
   * Sends the bytes in the buffer.
   * @throws {BlockingIOError} EAGAIN when a non-blocking socket accepts no more now; the rest stays in the buffer.
   * @throws {TimeoutError} When the socket's timeout is over; the rest stays in the buffer.
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
   * Sends the bytes in the buffer and closes the file, even when sending fails.
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
    return this.#buffer.subarray(this.#start, this.#end);
  }

  // Reads into the buffer with one recv(2). Returns the number of bytes, 0 at the end of input, `null` if none are
  // there yet.
  #fill(): number | null {
    if (this.#end + this.#bufferBytes > this.#buffer.length) this.#makeRoom();
    const count = this.raw.readinto(this.#buffer.subarray(this.#end, this.#end + this.#bufferBytes));
    this.#end += count ?? 0;
    return count;
  }

  // Allocates twice the size that is needed, so that a long read copies each byte only a bounded number of times.
  #makeRoom(): void {
    const unread = this.#unread;
    const needed = unread.length + this.#bufferBytes;
    const roomy = needed <= this.#buffer.length / 2 ? this.#buffer : Buffer.allocUnsafeSlow(needed * 2);
    unread.copy(roomy);
    this.#buffer = roomy;
    this.#start = 0;
    this.#end = unread.length;
  }

  #move(target: Uint8Array): number {
    const bytes = this.#take(target.length);
    target.set(bytes);
    return bytes.length;
  }

  #take(size: number): Buffer {
    this.raw.fileno();
    const bytes = Buffer.from(this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + size)));
    this.#start += bytes.length;
    // Frees the memory that a long read needed.
    if (this.#start === this.#end) {
      this.#buffer = NO_BYTES;
      this.#start = this.#end = 0;
    }
    return bytes;
  }
}
