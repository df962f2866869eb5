import { readTrace } from './trace-file.ts';

/** A line with its number. Later lines have higher numbers, so a reader can continue after the last line that it has. */
export interface NumberedLine {
  readonly id: number;
  readonly text: string;
}

/** A trace that can be read several times. */
export interface TraceSource {
  /**
   * Reads the lines after the number `after`; -1 for all lines. When a header comes again, lines before it were lost, and the next
   * turn counts the lost turns as skipped. `isFollowing` means to wait for new lines at the end, until `signal` aborts the wait.
   */
  lines(after: number, isFollowing: boolean, signal: AbortSignal): AsyncGenerator<NumberedLine, void>;
}

/** A trace in a file. Each reader reads the file again, so the trace uses no memory. */
export class StoredTrace implements TraceSource {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The last line is always an end: a file without one was cut off. */
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
