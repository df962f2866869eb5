import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import type { Outcome } from './outcome.ts';
import type { Step } from './scenario.ts';

// The tests run in dist/, where tsc puts no Python.
const RUNNER = fileURLToPath(new URL('../../../test/conformance/python/runner.py', import.meta.url));
// A scenario takes a millisecond, and a step that waits at most 5 seconds.
const WATCHDOG_MS = 30_000;

/** python3 with the runner: one process for many scenarios. */
export class PythonProcess {
  /** Python's version. */
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

  /** Starts it. */
  static async start(): Promise<PythonProcess> {
    // -B: no __pycache__ among the sources.
    const process = spawn('python3', ['-B', RUNNER], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(process.stdout)[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done) throw new Error('the Python runner does not start');
    return new PythonProcess(process, lines, first.value);
  }

  /**
   * Carries out steps on Python's modules.
   * @param steps The steps.
   * @param pauseMs A pause after each.
   * @returns What each gave.
   * @throws {Error} Where the process ends, or hangs and is killed.
   */
  async run(steps: Step[], pauseMs = 0): Promise<Outcome[]> {
    this.#process.stdin.write(`${JSON.stringify({ steps, pauseMs })}\n`);
    const watchdog = setTimeout(() => this.#process.kill('SIGKILL'), WATCHDOG_MS);
    const line = await this.#lines.next();
    clearTimeout(watchdog);
    if (line.done) throw new Error(`the Python runner fails or hangs on ${JSON.stringify(steps)}`);
    return JSON.parse(line.value) as Outcome[];
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}
