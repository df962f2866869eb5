import { closeSync, createReadStream, openSync, writeFileSync } from 'node:fs';

import { parseHeader, parseLine, TraceError } from './parser.ts';
import type { Sink } from './sink.ts';
import type { TraceHeader, TraceLine } from './format.ts';

// The first turn of a server with the most fds that Linux allows a process by default, 2^20, needs less.
const LONGEST_LINE_BYTES = 2 ** 26;

/** A trace, read line by line: the header first. */
export interface TraceReading {
  /** The first line. */
  readonly header: TraceHeader;
  /** The others. Those of an unknown type are left out; so is a last one that is cut off. */
  readonly lines: AsyncGenerator<TraceLine, void>;
}

/**
 * Reads a trace of any length.
 * @param path The file.
 * @returns The header, and the lines, read as they are asked for.
 * @throws {TraceError} Where the file is no trace, or one of another version; from the lines, where one is not right.
 * @throws {Error} ENOENT, EACCES and kin, where it cannot be read.
 */
export async function readTrace(path: string): Promise<TraceReading> {
  const texts = textLines(path);
  try {
    const first = await texts.next();
    if (first.done) throw new TraceError('the file is empty');
    return { header: parseHeader(first.value.text), lines: traceLines(texts) };
  } catch (error) {
    await texts.return(undefined);
    throw error;
  }
}

interface TextLine {
  readonly text: string;
  readonly isWhole: boolean;
}

async function* traceLines(texts: AsyncGenerator<TextLine, void>): AsyncGenerator<TraceLine, void> {
  let number = 1;
  for await (const { text, isWhole } of texts) {
    number++;
    try {
      const line = parseLine(text);
      if (line !== undefined) yield line;
    } catch (error) {
      if (!(error instanceof TraceError)) throw error;
      if (isWhole) throw new TraceError(`line ${number}: ${error.message}`);
    }
  }
}

async function* textLines(path: string): AsyncGenerator<TextLine, void> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      yield { text: Buffer.concat([...rest, chunk.subarray(from, end)]).toString(), isWhole: true };
      rest = [];
      length = 0;
      from = end + 1;
    }
    rest.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > LONGEST_LINE_BYTES) throw new TraceError(`a line is longer than ${LONGEST_LINE_BYTES} bytes`);
  }
  if (length > 0) yield { text: Buffer.concat(rest).toString(), isWhole: false };
}

/**
 * A file that a trace is written to, each line at once: what was recorded is there even where the process is killed, and
 * nothing of Node's wakes the loop that is recorded.
 */
export class TraceFile implements Sink {
  readonly #failed: (error: Error) => void;
  #fd: number | undefined;

  /**
   * @param path The file; one that is there is overwritten.
   * @param failed Called once, where it cannot be written to any more.
   * @throws {Error} ENOENT, EACCES and kin.
   */
  constructor(path: string, failed: (error: Error) => void) {
    this.#fd = openSync(path, 'w');
    this.#failed = failed;
  }

  /**
   * Takes a line.
   * @param text The line, without its end.
   */
  write(text: string): void {
    if (this.#fd === undefined) return;
    try {
      writeFileSync(this.#fd, `${text}\n`);
    } catch (error) {
      this.close();
      this.#failed(error as Error);
    }
  }

  /** Closes the file. A second time does nothing. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
