import { readTrace } from './trace-file.ts';

/** A line with its number, by which a reader goes on later. */
export interface NumberedLine {
  /** The number; a later line has a higher one. */
  readonly id: number;
  /** The line. */
  readonly text: string;
}

/** A trace that can be read again and again. */
export interface TraceSource {
  /**
   * Reads it.
   * @param after The number of the last line that the reader has; -1 for none.
   * @param isFollowing Whether to wait for more at the end of what there is.
   * @param signal Ends the wait.
   * @returns The lines. A header among them begins anew: what was in between is lost, and the next turn says how many turns
   *   that were.
   */
  lines(after: number, isFollowing: boolean, signal: AbortSignal): AsyncGenerator<NumberedLine, void>;
}

/** A recorded trace. It is read from its file each time, and takes no memory. */
export class StoredTrace implements TraceSource {
  readonly #path: string;

  /** @param path The file. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Reads it.
   * @param after The number of the last line that the reader has; -1 for none.
   * @yields {NumberedLine} The lines; the last one is an end.
   * @throws {TraceError} Where a line is not right.
   */
  async *lines(after: number): AsyncGenerator<NumberedLine, void> {
    const { header, lines } = await readTrace(this.#path);
    let id = 0;
    let isComplete = false;
    if (after < 0) yield { id, text: JSON.stringify(header) };
    for await (const line of lines) {
      id++;
      isComplete = line.type === 'end';
      if (id > after) yield { id, text: JSON.stringify(line) };
    }
    if (!isComplete && id + 1 > after) yield { id: id + 1, text: JSON.stringify({ type: 'end' }) };
  }
}
