import { typeName } from '../errors.ts';
import { toLimit } from './arguments.ts';
import type { BinaryFile } from './binary-file.ts';

/** How a text file encodes and where its lines end. */
export interface TextOptions {
  /** 'utf-8' if nothing is given, 'latin1', or any other that `TextDecoder` knows, for reading only. */
  encoding?: string | null;
  /** What bad bytes do: 'strict' throws, 'replace' reads U+FFFD. */
  errors?: 'strict' | 'replace' | null;
  /**
   * `null`: '\n', '\r' and '\r\n' all end a line and are read as '\n'. '': the same, read as they came. One of the
   * three: only that ends a line, and '\n' is written as it.
   */
  newline?: '' | '\n' | '\r' | '\r\n' | null;
}

const CHUNK_BYTES = 8192;
const NEWLINES: readonly unknown[] = [null, '', '\n', '\r', '\r\n'];
const ERRORS: readonly unknown[] = ['strict', 'replace'];

/**
 * A socket as a file of text, as `makefile('rw')` gives it.
 * @see CPython, Modules/_io/textio.c, `TextIOWrapper`
 */
export class TextFile {
  /** The file of bytes below. */
  readonly buffer: BinaryFile;
  /** As given to `makefile`. */
  readonly mode: string;
  readonly #newline: string | null;
  readonly #encoding: 'utf8' | 'latin1' | undefined;
  readonly #decoder: { decode(bytes: Uint8Array, isLast: boolean): string };
  #unread = '';
  // A '\r' that ended the last chunk: perhaps one half of '\r\n'.
  #pending = '';

  /**
   * @param buffer The file of bytes below.
   * @param mode As given to `makefile`.
   * @param options How text is encoded and where lines end.
   * @throws {RangeError} For an encoding, errors or newline that is none.
   */
  constructor(buffer: BinaryFile, mode: string, options: TextOptions) {
    const newline = options.newline ?? null;
    const errors = options.errors ?? 'strict';
    const encoding = options.encoding ?? 'utf-8';
    if (!NEWLINES.includes(newline)) throw new RangeError(`illegal newline value: '${newline ?? ''}'`);
    if (!ERRORS.includes(errors)) throw new RangeError(`unknown error handler name '${errors}'`);
    this.buffer = buffer;
    this.mode = mode;
    this.#newline = newline;
    this.#encoding = ENCODINGS[encoding.toLowerCase()];
    this.#decoder = this.#encoding === 'latin1' ? latin1 : unicode(encoding, errors === 'strict');
  }

  /** Whether `close` has been called. */
  get closed(): boolean {
    return this.buffer.closed;
  }

  /**
   * The socket's fd.
   * @returns The fd.
   * @throws {RangeError} Where the file is closed.
   */
  fileno(): number {
    return this.buffer.fileno();
  }

  /**
   * Whether the file can be read.
   * @returns True in the modes with 'r'.
   * @throws {RangeError} Where it is closed.
   */
  readable(): boolean {
    return this.buffer.readable();
  }

  /**
   * Whether the file can be written.
   * @returns True in the modes with 'w'.
   * @throws {RangeError} Where it is closed.
   */
  writable(): boolean {
    return this.buffer.writable();
  }

  /**
   * Reads up to `size` UTF-16 units, waiting until they are there or the input ends.
   * @param size How many; negative or nothing is all up to the end of input.
   * @returns The text, shorter at end of input or where a non-blocking socket has no more yet.
   * @throws {TypeError} ERR_ENCODING_INVALID_ENCODED_DATA for bytes that are none of the encoding.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `recv`.
   * @throws {RangeError} Where the file is closed.
   */
  read(size = -1): string {
    const wanted = toLimit(size);
    while (this.#unread.length < wanted && this.#fill());
    return this.#take(wanted);
  }

  /**
   * Reads a line, with what ends it.
   * @param size The most UTF-16 units to read; negative or nothing is no limit.
   * @returns The line; without an end at end of input or at the limit; '' where there is none.
   * @throws {TypeError} ERR_ENCODING_INVALID_ENCODED_DATA for bytes that are none of the encoding.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `recv`.
   * @throws {RangeError} Where the file is closed.
   */
  readline(size = -1): string {
    const most = toLimit(size);
    for (;;) {
      const end = this.#lineEnd();
      if (end !== -1) return this.#take(Math.min(end, most));
      if (this.#unread.length >= most || !this.#fill()) return this.#take(most);
    }
  }

  /**
   * Reads all the lines up to the end of input.
   * @returns Them, with what ends them.
   */
  readlines(): string[] {
    return Array.from(this);
  }

  /**
   * The lines up to the end of input.
   * @yields {string} A line with what ends it.
   */
  *[Symbol.iterator](): Generator<string> {
    for (let line = this.readline(); line !== ''; line = this.readline()) yield line;
  }

  /**
   * Writes text; it leaves when the buffer is full, and on `flush` and `close`.
   * @param text The text.
   * @returns Its length.
   * @throws {TypeError} Where it is no string.
   * @throws {RangeError} For a character that latin1 has not, an encoding that is for reading only, a closed file.
   * @throws {OSError} As `send`.
   */
  write(text: string): number {
    if (typeof (text as unknown) !== 'string') {
      throw new TypeError(`write() argument must be str, not ${typeName(text)}`);
    }
    if (this.#encoding === undefined) throw new RangeError('this encoding is for reading only');
    if (this.#encoding === 'latin1' && /[\u0100-\uffff]/.test(text)) {
      throw new RangeError("'latin-1' codec can't encode a character: ordinal not in range(256)");
    }
    const ended = this.#newline?.startsWith('\r') ? text.replaceAll('\n', this.#newline) : text;
    this.buffer.write(Buffer.from(ended, this.#encoding));
    return text.length;
  }

  /**
   * Sends what is in the buffer.
   * @throws {OSError} As `send`.
   * @throws {RangeError} Where the file is closed.
   */
  flush(): void {
    this.buffer.flush();
  }

  /**
   * Sends what is in the buffer and closes the file.
   * @throws {OSError} As `send`.
   */
  close(): void {
    this.buffer.close();
  }

  /** `using` closes the file at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  // Reads one chunk; false at end of input, and where there is nothing yet.
  #fill(): boolean {
    const bytes = this.buffer.read1(CHUNK_BYTES);
    const isLast = bytes.length === 0;
    const text = this.#pending + this.#decoder.decode(bytes, isLast);
    const hold = this.#newline === null || this.#newline === '' ? !isLast && text.endsWith('\r') : false;
    this.#pending = hold ? '\r' : '';
    const whole = hold ? text.slice(0, -1) : text;
    this.#unread += this.#newline === null ? whole.replace(/\r\n?/g, '\n') : whole;
    return !isLast;
  }

  // Where the first line of what is unread ends, -1 where it does not.
  #lineEnd(): number {
    if (this.#newline === '') {
      const match = /\r\n|\n|\r/.exec(this.#unread);
      return match === null ? -1 : match.index + match[0].length;
    }
    const newline = this.#newline ?? '\n';
    const at = this.#unread.indexOf(newline);
    return at === -1 ? -1 : at + newline.length;
  }

  #take(length: number): string {
    this.buffer.fileno();
    const text = this.#unread.slice(0, length);
    this.#unread = this.#unread.slice(length);
    return text;
  }
}

const ENCODINGS: Readonly<Record<string, 'utf8' | 'latin1'>> = {
  utf8: 'utf8',
  'utf-8': 'utf8',
  latin1: 'latin1',
  'latin-1': 'latin1',
  'iso-8859-1': 'latin1',
};

// TextDecoder's 'latin1' is windows-1252.
const latin1 = { decode: (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1') };

function unicode(encoding: string, fatal: boolean): { decode(bytes: Uint8Array, isLast: boolean): string } {
  const decoder = new TextDecoder(encoding, { fatal, ignoreBOM: true });
  return { decode: (bytes, isLast) => decoder.decode(bytes, { stream: !isLast }) };
}
