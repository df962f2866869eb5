import type { NumberedLine, TraceSource } from '../watch/live-trace.ts';
import { readTrace } from './trace-file.ts';

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
