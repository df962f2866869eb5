// The thread that writes a trace file. Its writes may block: the loop that is recorded does not wait for them.
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** What the thread receives when it starts. Both numbers are in shared memory. */
export interface TraceThreadData {
  readonly path: string;
  /** How many characters are not written yet. */
  readonly waiting: Int32Array;
  /** 1 as soon as the thread has to give up. */
  readonly givesUp: Int32Array;
}

/** What the thread reports: that the file is open, or, once, why it has ended. */
export type TraceThreadReport = 'opened' | { readonly error: string };

const FULL_FIFO_PAUSE_MS = 20;
// Without O_NONBLOCK, open(2) would wait until somebody reads a FIFO.
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NONBLOCK;

const port = parentPort!;
const { path, waiting, givesUp } = workerData as TraceThreadData;
let fd = -1;

function report(text: TraceThreadReport): void {
  port.postMessage(text);
}

function fail(error: unknown): void {
  const { code, message } = error as NodeJS.ErrnoException;
  report({ error: code === 'ENXIO' ? `${path}: no process reads this FIFO` : message });
  end();
}

function end(): void {
  port.close();
  if (fd >= 0) closeSync(fd);
  fd = -1;
}

function write(bytes: Buffer): void {
  for (let from = 0; from < bytes.length;) {
    try {
      from += writeSync(fd, bytes, from);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      if (Atomics.wait(givesUp, 0, 0, FULL_FIFO_PAUSE_MS) !== 'timed-out') throw error;
    }
  }
}

// A line, or null at the end of the trace.
port.on('message', (line: string | null) => {
  if (fd < 0) return;
  if (line === null) {
    end();
    return;
  }
  try {
    write(Buffer.from(`${line}\n`));
    Atomics.sub(waiting, 0, line.length);
  } catch (error) {
    fail(error);
  }
});

try {
  fd = openSync(path, FLAGS, 0o666);
  report('opened');
} catch (error) {
  fail(error);
}
