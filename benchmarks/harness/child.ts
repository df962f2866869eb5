import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

const STDERR_LINES = 8;
const POLL_MS = 2;

const running = new Set<Child>();

/** Ends every process that still runs, at once. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
process.on('exit', killAll);

/** How a child process is run. */
export interface ChildOptions {
  /** What it is called in messages. */
  readonly name: string;
  /** The only CPU that it may run on; any where absent. */
  readonly cpu?: number | undefined;
  /** Its fds from 3 on. */
  readonly fds?: readonly number[];
  /** What its environment has besides ours. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that runs, with what it printed so far. */
export class Child {
  stdout = '';
  stderr = '';
  /** Kept when it has ended and its output has been read; never rejected. */
  readonly ended: Promise<void>;
  readonly #name: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  #failure: string | undefined;
  #hasEnded = false;

  constructor(command: readonly string[], { name, cpu, fds = [], env = {} }: ChildOptions) {
    const [program = '', ...args] = cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command];
    // The types have no tuple with more elements.
    const stdio = ['pipe', 'pipe', 'pipe', ...fds] as unknown as ['pipe', 'pipe', 'pipe'];
    this.#name = name;
    // In a session of its own, so that Ctrl-C reaches us only, and we end it.
    this.#process = spawn(program, args, { stdio, detached: true, env: { ...process.env, ...env } });
    running.add(this);
    // It has gone: its exit status says more.
    this.#process.stdin.on('error', () => undefined);
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#process.on('error', (error) => (this.#failure = `could not be started: ${error.message}`));
    this.ended = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => {
        running.delete(this);
        this.#hasEnded = true;
        if (code !== 0) this.#failure ??= signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Closes its standard input. */
  end(): void {
    this.#process.stdin.end();
  }

  /** Waits until it has printed something; throws where it ends before, or takes longer. */
  async printed(stream: 'stdout' | 'stderr', pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match) return match;
      if (this.#hasEnded) throw this.error(this.#failure ?? 'ended too early');
      if (performance.now() > deadline) throw this.error(`did not print ${pattern.source} within ${timeoutMs / 1e3} s`);
      await setTimeout(POLL_MS);
    }
  }

  /** Waits until it has ended by itself with exit code 0, and gives what it printed; else throws what it said on stderr. */
  async output(timeoutMs: number): Promise<string> {
    const watchdog = globalThis.setTimeout(() => {
      this.#failure = `did not end within ${timeoutMs / 1e3} s`;
      this.kill('SIGKILL');
    }, timeoutMs);
    await this.ended;
    clearTimeout(watchdog);
    if (this.#failure !== undefined) throw this.error(this.#failure);
    return this.stdout;
  }

  error(what: string): Error {
    const lines = this.stderr.trim().split('\n').slice(-STDERR_LINES).join('\n');
    return new Error(`${this.#name} ${what}${lines === '' ? '' : `:\n${lines}`}`);
  }
}

/** Runs a program to its end, and gives the last line that it printed, parsed. */
export async function printedJson(child: Child, timeoutMs: number): Promise<unknown> {
  const line = (await child.output(timeoutMs)).trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line);
  } catch {
    throw child.error(`printed no JSON but '${line.slice(0, 80)}'`);
  }
}
