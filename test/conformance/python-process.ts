import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import type { Outcome } from './outcome.ts';
import type { Step } from './scenario.ts';

// The tests run in dist/, and tsc copies no Python files there.
const RUNNER = fileURLToPath(new URL('../../../test/conformance/python/runner.py', import.meta.url));
// A scenario takes a millisecond; a step waits for at most 5 seconds.
const WATCHDOG_MS = 30_000;

/** A python3 process that runs many scenarios, one after the other. */
export class PythonProcess {
  /** Such as '3.11.7'. */
  readonly version: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    process: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    version: string,
  ) {
    this.#process = process;
    this.#lines = lines;
    this.version = version;
  }

  static async start(): Promise<PythonProcess> {
    // -B: writes no __pycache__ among the sources.
    const process = spawn('python3', ['-B', RUNNER], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(process.stdout)[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done) throw new Error('the Python runner does not start');
    return new PythonProcess(process, lines, first.value);
  }

  /**
   * Runs steps on Python's modules, with a pause after each, and returns their outcomes. Throws if the process ends, or
   * hangs and is killed.
   */
  async run(steps: Step[], pauseMs = 0): Promise<Outcome[]> {
    this.#process.stdin.write(`${JSON.stringify({ steps, pauseMs })}\n`);
    const watchdog = setTimeout(() => this.#process.kill('SIGKILL'), WATCHDOG_MS);
    const line = await this.#lines.next();
    clearTimeout(watchdog);
    if (line.done) throw new Error(`the Python runner fails or hangs on ${JSON.stringify(steps)}`);
    return JSON.parse(line.value) as Outcome[];
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}
