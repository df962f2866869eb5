import { createReadStream } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import type { TraceHeader, TraceLine } from './format.ts';
import { parseHeader, parseLine, TraceError } from './parser.ts';
import type { TraceThreadData, TraceThreadReport } from './trace-file-thread.ts';

// The first turn of a server with 2^20 fds, the most that Linux allows a process by default, is shorter.
const MAX_LINE_BYTES = 2 ** 26;
// As many as the page keeps of a live trace.
const MAX_WAITING_CHARACTERS = 2 ** 24;
/** How long `close` waits for the disk. */
const MAX_CLOSE_MS = 1000;

/** Receives the lines of a trace, without their newlines. */
export interface TraceWriter {
  write(line: string): void;
  /** True while the writer cannot keep up. The recorder then skips turns. */
  readonly isFull?: boolean;
}

/**
 * Writes a trace to a file, in a thread of its own: a slow disk, or a FIFO that nobody reads, does not stop the loop. Unlike
 * Node's thread pool, such a thread does not wake the loop that is recorded when it has written a line.
 */
export class TraceFile implements TraceWriter {
  readonly #path: string;
  readonly #waiting = sharedNumber();
  readonly #givesUp = sharedNumber();
  readonly #thread: Worker;
  readonly #exit: Promise<unknown>;
  readonly #onError: (error: Error) => void;
  #isOpen = false;
  #reportOpened: (error?: Error) => void = () => undefined;
  #state: 'writing' | 'ended' = 'writing';

  /** Overwrites an existing file. `onError` is called once, when a write fails. Nothing is written after that. */
  constructor(path: string, onError: (error: Error) => void) {
    const workerData: TraceThreadData = { path, waiting: this.#waiting, givesUp: this.#givesUp };
    this.#path = path;
    this.#onError = onError;
    this.#thread = new Worker(new URL('trace-file-thread.js', import.meta.url), { workerData, execArgv: [] });
    this.#thread.unref();
    this.#exit = new Promise((resolve) => this.#thread.once('exit', resolve));
    this.#thread.on('message', (report: TraceThreadReport) => {
      if (report === 'opened') this.#opened();
      else this.#fail(new Error(report.error));
    });
    this.#thread.on('error', (error) => {
      this.#fail(error);
    });
  }

  /** Resolves when the file is open, and rejects when it cannot be opened. What is written before is not lost. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#reportOpened = (error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
      if (this.#isOpen) resolve();
    });
  }

  /** Whether so much is waiting for the disk that the next turns should be left out. */
  get isFull(): boolean {
    return this.#waitingCharacters > MAX_WAITING_CHARACTERS;
  }

  write(line: string): void {
    if (this.#state === 'ended') return;
    // Events that are not part of a turn are written even when the file is full.
    if (this.#waitingCharacters > 2 * MAX_WAITING_CHARACTERS) {
      this.#giveUp();
      return;
    }
    Atomics.add(this.#waiting, 0, line.length);
    this.#thread.postMessage(line);
  }

  /** Waits a short time until everything is written. */
  async close(): Promise<void> {
    if (this.#state === 'ended') return;
    this.#thread.ref();
    this.#thread.postMessage(null);
    const isTooSlow = setTimeout(MAX_CLOSE_MS, true, { ref: false });
    if ((await Promise.race([this.#exit, isTooSlow])) === true) this.#giveUp();
    this.#state = 'ended';
  }

  get #waitingCharacters(): number {
    return Atomics.load(this.#waiting, 0);
  }

  #opened(): void {
    this.#isOpen = true;
    this.#reportOpened();
  }

  #giveUp(): void {
    Atomics.store(this.#givesUp, 0, 1);
    Atomics.notify(this.#givesUp, 0);
    void this.#thread.terminate();
    this.#fail(new Error(`${this.#path}: the file does not take the trace fast enough`));
  }

  #fail(error: Error): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    if (this.#isOpen) this.#onError(error);
    else this.#reportOpened(error);
  }
}

function sharedNumber(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
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
