import { typeName } from '../system/errors.ts';
import { toLimit } from './arguments.ts';

/**
 * What all the files of `makefile` have in common: lines, and what a socket is not.
 * @see CPython, Modules/_io/iobase.c, `IOBase`
 */
export abstract class IOBase<Line extends { readonly length: number }, Data> {
  /** Whether `close` has been called. */
  abstract readonly closed: boolean;
  /** The socket's fd, -1 once closed. */
  abstract readonly name: number;

  /**
   * The socket's fd. Bytes in a buffer do not make it readable.
   * @returns The fd.
   * @throws {RangeError} Where the file is closed.
   */
  abstract fileno(): number;

  /**
   * Whether the file can be read.
   * @returns True in the modes with 'r'.
   * @throws {RangeError} Where it is closed.
   */
  abstract readable(): boolean;

  /**
   * Whether the file can be written.
   * @returns True in the modes with 'w'.
   * @throws {RangeError} Where it is closed.
   */
  abstract writable(): boolean;

  /** Reads a line; it is empty at end of input. */
  abstract readline(size?: number | null): Line;

  /** Writes data. */
  abstract write(data: Data): number | null;

  /** Closes the file. */
  abstract close(): void;

  /**
   * Whether the file has a position.
   * @returns False: a socket has none.
   * @throws {RangeError} Where it is closed.
   */
  seekable(): boolean {
    this.fileno();
    return false;
  }

  /**
   * Whether the file is a terminal.
   * @returns False: a socket is none.
   * @throws {RangeError} Where it is closed.
   */
  isatty(): boolean {
    this.fileno();
    return false;
  }

  /**
   * Reads lines up to the end of input.
   * @param hint Stops after the line with which their length exceeds this; 0, negative, `null` or nothing is no limit.
   * @returns Them, with what ends them.
   * @throws {OSError} As `readline`.
   * @throws {TypeError} Where `hint` is no integer.
   * @throws {RangeError} Where the file is closed.
   */
  readlines(hint: number | null = null): Line[] {
    const most = toLimit(hint) || Infinity;
    this.fileno();
    const lines: Line[] = [];
    let length = 0;
    for (const line of this) {
      lines.push(line);
      length += line.length;
      if (length > most) break;
    }
    return lines;
  }

  /**
   * The lines up to the end of input. A loop that is left early can be taken up by another.
   * @yields {Line} A line with what ends it.
   */
  *[Symbol.iterator](): Generator<Line, void> {
    for (let line = this.readline(); line.length > 0; line = this.readline()) yield line;
  }

  /**
   * Writes one element after the other; nothing is put between them.
   * @param lines What to write, taken from the iterable one by one.
   * @throws {OSError} As `write`; what came before is written.
   * @throws {TypeError} Where it cannot be iterated, or an element cannot be written.
   * @throws {RangeError} Where the file is closed.
   */
  writelines(lines: Iterable<Data>): void {
    this.fileno();
    if (typeof (lines as Partial<typeof lines> | null | undefined)?.[Symbol.iterator] !== 'function') {
      throw new TypeError(`'${typeName(lines)}' object is not iterable`);
    }
    for (const line of lines) this.write(line);
  }

  /** `using` closes the file at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** A file over another, which is the one to ask about the socket. */
export abstract class LayeredFile<Line extends { readonly length: number }, Data> extends IOBase<Line, Data> {
  readonly #lower: IOBase<Buffer, Uint8Array>;

  /** @param lower The file below. */
  constructor(lower: IOBase<Buffer, Uint8Array>) {
    super();
    this.#lower = lower;
  }

  /** @inheritdoc */
  get closed(): boolean {
    return this.#lower.closed;
  }

  /** @inheritdoc */
  get name(): number {
    return this.#lower.name;
  }

  /** @inheritdoc */
  fileno(): number {
    return this.#lower.fileno();
  }

  /** @inheritdoc */
  readable(): boolean {
    return this.#lower.readable();
  }

  /** @inheritdoc */
  writable(): boolean {
    return this.#lower.writable();
  }
}
