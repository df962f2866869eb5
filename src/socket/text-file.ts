import { argumentType, toLimit, toSize } from './arguments.ts';
import type { BinaryFile } from './binary-file.ts';
import { LayeredFile } from './io-base.ts';

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
export class TextFile extends LayeredFile<string, string> {
  /** The file of bytes below. */
  readonly buffer: BinaryFile;
  /** As given to `makefile`. */
  readonly mode: string;
  /** As given to `makefile`, 'UTF-8' if nothing was. */
  readonly encoding: string;
  /** As given to `makefile`, 'strict' if nothing was. */
  readonly errors: 'strict' | 'replace';
  /** Whether '\n' flushes: never, in a file of `makefile`. */
  readonly lineBuffering = false;
  readonly #newline: string | null;
  readonly #codec: 'utf8' | 'latin1' | undefined;
  readonly #decoder: { decode(bytes: Uint8Array, isLast: boolean): string };
  readonly #seenEnds = new Set<string>();
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
    super(buffer);
    const newline = options.newline ?? null;
    const errors = options.errors ?? 'strict';
    const encoding = options.encoding ?? 'UTF-8';
    if (!NEWLINES.includes(newline)) throw new RangeError(`illegal newline value: '${newline ?? ''}'`);
    if (!ERRORS.includes(errors)) throw new RangeError(`unknown error handler name '${errors}'`);
    this.buffer = buffer;
    this.mode = mode;
    this.encoding = encoding;
    this.errors = errors;
    this.#newline = newline;
    this.#codec = CODECS[encoding.toLowerCase()];
    this.#decoder = this.#codec === 'latin1' ? latin1 : unicode(encoding, errors === 'strict');
  }

  /**
   * The ends of lines met so far, where `newline` is `null` or '': `null`, one, or several in an array. Python's tuple.
   */
  get newlines(): string | string[] | null {
    const seen = Object.keys(LINE_ENDS).filter((end) => this.#seenEnds.has(end));
    return seen.length > 1 ? seen : (seen[0] ?? null);
  }

  /**
   * Reads up to `size` UTF-16 units, waiting until they are there or the input ends.
   * @param size How many; negative, `null` or nothing is all up to the end of input.
   * @returns The text, shorter at end of input or where a non-blocking socket has no more yet.
   * @throws {TypeError} ERR_ENCODING_INVALID_ENCODED_DATA for bytes that are none of the encoding.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `recv`.
   * @throws {RangeError} Where the file is closed.
   */
  read(size: number | null = null): string {
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
    const most = toLimit(toSize(size));
    for (;;) {
      const end = this.#lineEnd();
      if (end !== -1) return this.#take(Math.min(end, most));
      if (this.#unread.length >= most || !this.#fill()) return this.#take(most);
    }
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
      throw new TypeError(`write() argument must be str, not ${argumentType(text)}`);
    }
    if (this.#codec === undefined) throw new RangeError('this encoding is for reading only');
    if (this.#codec === 'latin1' && /[\u0100-\uffff]/.test(text)) {
      throw new RangeError("'latin-1' codec can't encode a character: ordinal not in range(256)");
    }
    const ended = this.#newline?.startsWith('\r') ? text.replaceAll('\n', this.#newline) : text;
    this.buffer.write(Buffer.from(ended, this.#codec));
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

  // Reads one chunk; false at end of input, and where there is nothing yet.
  #fill(): boolean {
    const bytes = this.buffer.read1(CHUNK_BYTES);
    const isLast = bytes.length === 0;
    const text = this.#pending + this.#decoder.decode(bytes, isLast);
    this.#unread += this.#newline ? text : this.#withEnds(text, isLast);
    return !isLast;
  }

  // Notes the ends of lines, and translates them where that is asked for.
  #withEnds(text: string, isLast: boolean): string {
    const isHeld = !isLast && text.endsWith('\r');
    this.#pending = isHeld ? '\r' : '';
    const whole = isHeld ? text.slice(0, -1) : text;
    for (const [end, pattern] of Object.entries(LINE_ENDS)) {
      if (!this.#seenEnds.has(end) && pattern.test(whole)) this.#seenEnds.add(end);
    }
    return this.#newline === null ? whole.replace(/\r\n?/g, '\n') : whole;
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

// In the order of Python's `newlines`.
const LINE_ENDS: Readonly<Record<string, RegExp>> = { '\r': /\r(?!\n)/, '\n': /(?<!\r)\n/, '\r\n': /\r\n/ };

const CODECS: Readonly<Record<string, 'utf8' | 'latin1'>> = {
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
