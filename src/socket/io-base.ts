import { typeName } from '../system/type-name.ts';
import { toLimit } from './arguments.ts';

/**
 * The part that all files of `makefile` share: reading by lines, and the answers to questions that do not fit a socket.
 * @see CPython, Modules/_io/iobase.c, `IOBase`
 */
export abstract class IOBase<Line extends { readonly length: number }, Data> {
  /** Whether `close` has been called. */
  abstract readonly closed: boolean;
  /** The socket's fd, -1 once the file is closed. */
  abstract readonly name: number;

  /** Returns the socket's fd. Bytes that are already in the file's buffer do not make the fd readable. */
  abstract fileno(): number;

  /** Returns true if the mode contains 'r'. */
  abstract readable(): boolean;

  /** Returns true if the mode contains 'w'. */
  abstract writable(): boolean;

  /** Reads a line; it is empty at the end of input. */
  abstract readline(size?: number | null): Line;

  /** Writes bytes or text; subclasses say which. */
  abstract write(data: Data): number | null;

  /** Closes the file; the socket stays open unless it was closed before. */
  abstract close(): void;

  /** Returns false: a socket has no position. */
  seekable(): boolean {
    this.fileno();
    return false;
  }

  /** Returns false: a socket is not a terminal. */
  isatty(): boolean {
    this.fileno();
    return false;
  }

  /**
   * Reads lines up to the end of input.
   * @param hint Stops after the line that brings the total length above this number; 0, a negative number, `null` or no
   *   argument means no limit.
   * @returns The lines, each with its line end.
   * @throws {OSError} As `readline`.
   */
  readlines(hint: number | null = null): Line[] {
    const limit = toLimit(hint) || Infinity;
    this.fileno();
    const lines: Line[] = [];
    let length = 0;
    for (const line of this) {
      lines.push(line);
      length += line.length;
      if (length > limit) break;
    }
    return lines;
  }

  /**
   * Iterates over the lines up to the end of input. After a `break`, another loop goes on with the next line.
   * @yields {Line} A line with its line end.
   */
  *[Symbol.iterator](): Generator<Line, void> {
    for (let line = this.readline(); line.length > 0; line = this.readline()) yield line;
  }

  /**
   * Writes the elements of an iterable one after the other, without separators.
   * @param lines The bytes or texts to write. Each one is written before the next one is taken from the iterable.
   * @throws {OSError} As `write`; the elements before are written.
   */
  writelines(lines: Iterable<Data>): void {
    this.fileno();
    if (typeof (lines as Partial<typeof lines> | null | undefined)?.[Symbol.iterator] !== 'function') {
      throw new TypeError(`'${typeName(lines)}' object is not iterable`);
    }
    for (const line of lines) this.write(line);
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** A file on top of another file, which answers the questions about the socket. */
export abstract class LayeredFile<Line extends { readonly length: number }, Data> extends IOBase<Line, Data> {
  readonly #lower: IOBase<Buffer, Uint8Array>;

  constructor(lower: IOBase<Buffer, Uint8Array>) {
    super();
    this.#lower = lower;
  }

  get closed(): boolean {
    return this.#lower.closed;
  }

  get name(): number {
    return this.#lower.name;
  }

  fileno(): number {
    return this.#lower.fileno();
  }

  readable(): boolean {
    return this.#lower.readable();
  }

  writable(): boolean {
    return this.#lower.writable();
  }
}
