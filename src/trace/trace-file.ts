import { closeSync, createReadStream, openSync, writeFileSync } from 'node:fs';

import type { TraceHeader, TraceLine } from './format.ts';
import { parseHeader, parseLine, TraceError } from './parser.ts';

// The first turn of a server with 2^20 fds, the most that Linux allows a process by default, is shorter.
const MAX_LINE_BYTES = 2 ** 26;

/** Receives the lines of a trace, without their newlines. */
export interface TraceWriter {
  write(line: string): void;
}

/**
 * Writes a trace to a file, each line at once: when the process is killed, the file has every turn so far, and no work of Node
 * wakes the loop that is recorded.
 */
export class TraceFile implements TraceWriter {
  readonly #onError: (error: Error) => void;
  #fd: number | undefined;

  /** Overwrites an existing file. `onError` is called once, when a write fails. Nothing is written after that. */
  constructor(path: string, onError: (error: Error) => void) {
    this.#fd = openSync(path, 'w');
    this.#onError = onError;
  }

  write(line: string): void {
    if (this.#fd === undefined) return;
    try {
      writeFileSync(this.#fd, `${line}\n`);
    } catch (error) {
      this.close();
      this.#onError(error as Error);
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/**
 * Reads a trace of any length line by line. Lines of an unknown type are left out, and so is an incomplete last line.
 * @throws {TraceError} When the file is not a trace, or a trace of another version; the lines throw it for an invalid line.
 */
export async function readTrace(
  path: string,
): Promise<{ header: TraceHeader; lines: AsyncGenerator<TraceLine, void> }> {
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
  readonly hasNewline: boolean;
}

async function* traceLines(texts: AsyncGenerator<TextLine, void>): AsyncGenerator<TraceLine, void> {
  let number = 1;
  for await (const { text, hasNewline } of texts) {
    number++;
    try {
      const line = parseLine(text);
      if (line !== undefined) yield line;
    } catch (error) {
      if (!(error instanceof TraceError)) throw error;
      if (hasNewline) throw new TraceError(`line ${number}: ${error.message}`);
    }
  }
}

async function* textLines(path: string): AsyncGenerator<TextLine, void> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      yield { text: Buffer.concat([...rest, chunk.subarray(from, end)]).toString(), hasNewline: true };
      rest = [];
      length = 0;
      from = end + 1;
    }
    rest.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > MAX_LINE_BYTES) throw new TraceError(`a line is longer than ${MAX_LINE_BYTES} bytes`);
  }
  if (length > 0) yield { text: Buffer.concat(rest).toString(), hasNewline: false };
}
