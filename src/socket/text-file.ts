import { argumentType, toLimit, toSize } from './arguments.ts';
import type { BinaryFile } from './binary-file.ts';
import { LayeredFile } from './io-base.ts';

/** How a text file encodes its characters and ends its lines. */
export interface TextOptions {
  /** 'utf-8' (the default), 'latin1', or, for reading only, any other encoding of `TextDecoder`. */
  encoding?: string | null;
  /** How bytes that are not valid in the encoding are read: 'strict' (the default) throws, 'replace' reads U+FFFD. */
  errors?: 'strict' | 'replace' | null;
  /**
   * The line ends. `null` (the default): '\n', '\r' and '\r\n' all end a line and are read as '\n'. '': all three end a
   * line and are read unchanged. '\n', '\r' or '\r\n': only this one ends a line, and '\n' is written as it.
   */
  newline?: '' | '\n' | '\r' | '\r\n' | null;
}

const CHUNK_BYTES = 8192;
const NEWLINES: readonly unknown[] = [null, '', '\n', '\r', '\r\n'];
const ERRORS: readonly unknown[] = ['strict', 'replace'];

/**
 * A socket as a file of text: the result of `makefile('rw')`.
 *
 * When the file is closed, every method but `close` throws a RangeError. When the socket's timeout is over, a read or a
 * write throws a TimeoutError; their other errors are those of `Socket.recv` and `Socket.send`. An argument of the wrong
 * type throws a TypeError.
 * @see CPython, Modules/_io/textio.c, `TextIOWrapper`
 */
export class TextFile extends LayeredFile<string, string> {
  /** The file of bytes that this file reads from and writes to. */
  readonly buffer: BinaryFile;
  /** The mode that `makefile` was called with. */
  readonly mode: string;
  /** The encoding that `makefile` was called with; 'UTF-8' by default. */
  readonly encoding: string;
  /** The `errors` option that `makefile` was called with; 'strict' by default. */
  readonly errors: 'strict' | 'replace';
  /** Whether writing '\n' flushes; a file of `makefile` never does. */
  readonly lineBuffering = false;
  readonly #newline: string | null;
  readonly #codec: 'utf8' | 'latin1' | undefined;
  readonly #decoder: { decode(bytes: Uint8Array, isLast: boolean): string };
  readonly #seenEnds = new Set<string>();
  #unread = '';
  // A '\r' at the end of the last chunk: it may be the first half of '\r\n'.
  #carriageReturn = '';

  /**
   * @param buffer The file of bytes to read from and write to.
   * @param mode The mode that `makefile` was called with.
   * @param options The encoding and the line ends.
   * @throws {RangeError} When an option has an unknown value.
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
   * The line ends that were read so far, when `newline` is `null` or '': `null`, one, or several in an array, in the
   * place of Python's tuple.
   */
  get newlines(): string | string[] | null {
    const seen = Object.keys(LINE_ENDS).filter((end) => this.#seenEnds.has(end));
    return seen.length > 1 ? seen : (seen[0] ?? null);
  }

  /**
   * Reads text; waits until `size` UTF-16 units have arrived or the input ends.
   * @param size The number of UTF-16 units; a negative number, `null` or no argument reads to the end of input.
   * @returns The text. It is shorter at the end of input, or if a non-blocking socket has no more yet.
   * @throws {TypeError} ERR_ENCODING_INVALID_ENCODED_DATA when bytes are not valid in the encoding.
   */
  read(size: number | null = null): string {
    const wanted = toLimit(size);
    while (this.#unread.length < wanted && this.#fill());
    return this.#take(wanted);
  }

  /**
   * Reads a line.
   * @param size The largest number of UTF-16 units to read; a negative number or no argument means no limit.
   * @returns The line with its line end. It lacks the line end at the end of input or at the limit; it is '' if there
   *   is nothing to read.
   * @throws {TypeError} ERR_ENCODING_INVALID_ENCODED_DATA when bytes are not valid in the encoding.
   */
  readline(size = -1): string {
    const limit = toLimit(toSize(size));
    for (;;) {
      const end = this.#lineEnd();
      if (end !== -1) return this.#take(Math.min(end, limit));
      if (this.#unread.length >= limit || !this.#fill()) return this.#take(limit);
    }
  }

  /**
   * Writes text into the buffer. It is sent when the buffer is full, and by `flush` and `close`.
   * @param text The text to write.
   * @returns The length of `text` in UTF-16 units.
   * @throws {RangeError} When latin1 lacks a character, or the encoding is for reading only.
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

  /** Sends the bytes in the buffer. */
  flush(): void {
    this.buffer.flush();
  }

  /** Sends the bytes in the buffer and closes the file. */
  close(): void {
    this.buffer.close();
  }

  // Reads one chunk. Returns false at the end of input, and if nothing has arrived yet.
  #fill(): boolean {
    const bytes = this.buffer.read1(CHUNK_BYTES);
    const isLast = bytes.length === 0;
    const text = this.#carriageReturn + this.#decoder.decode(bytes, isLast);
    this.#unread += this.#newline ? text : this.#withEnds(text, isLast);
    return !isLast;
  }

  // Records the line ends of a chunk, and translates them to '\n' if `newline` is `null`.
  #withEnds(text: string, isLast: boolean): string {
    const isIncomplete = !isLast && text.endsWith('\r');
    this.#carriageReturn = isIncomplete ? '\r' : '';
    const whole = isIncomplete ? text.slice(0, -1) : text;
    for (const [end, pattern] of Object.entries(LINE_ENDS)) {
      if (!this.#seenEnds.has(end) && pattern.test(whole)) this.#seenEnds.add(end);
    }
    return this.#newline === null ? whole.replace(/\r\n?/g, '\n') : whole;
  }

  // The position after the first line of the unread text, or -1 if the line is not complete.
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

// TextDecoder's 'latin1' is windows-1252 instead.
const latin1 = { decode: (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1') };

function unicode(encoding: string, fatal: boolean): { decode(bytes: Uint8Array, isLast: boolean): string } {
  const decoder = new TextDecoder(encoding, { fatal, ignoreBOM: true });
  return { decode: (bytes, isLast) => decoder.decode(bytes, { stream: !isLast }) };
}
