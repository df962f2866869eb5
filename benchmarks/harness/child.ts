import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

const STDERR_LINES = 8;
const POLL_MS = 2;

const running = new Set<Child>();

/** Kills all processes that still run. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
process.on('exit', killAll);

export interface ChildOptions {
  /** The name in messages. */
  readonly name: string;
  /** The only CPU on which it may run; by default all. */
  readonly cpu?: number | undefined;
  /** Become its fds from 3 on. */
  readonly fds?: readonly number[];
  /** Is added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running program and the text that it has printed so far. */
export class Child {
  stdout = '';
  stderr = '';
  /** Resolves when the program has ended and its output has been read; never rejects. */
  readonly ended: Promise<void>;
  readonly #name: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  #failure: string | undefined;
  #hasEnded = false;

  constructor(command: readonly string[], { name, cpu, fds = [], env = {} }: ChildOptions) {
    const [program = '', ...args] = cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command];
    // The types of spawn() allow only three elements.
    const stdio = ['pipe', 'pipe', 'pipe', ...fds] as unknown as ['pipe', 'pipe', 'pipe'];
    this.#name = name;
    // The child has its own session, so Ctrl-C reaches only this process, which then ends the child.
    this.#process = spawn(program, args, { stdio, detached: true, env: { ...process.env, ...env } });
    running.add(this);
    // Writing fails when the child has ended, and its exit status says more.
    this.#process.stdin.on('error', () => undefined);
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#process.on('error', (error) => (this.#failure = startFailure(error, program)));
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

  /** Waits until the output matches a pattern. Throws when the program ends before, or takes longer. */
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

  /** Waits until the program ends, and returns its standard output. After a failure, throws the end of its standard error. */
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

/** The Debian packages of the programs that the harness and the drivers run. */
const PACKAGES: Readonly<Record<string, string>> = {
  perf: 'linux-perf',
  python3: 'python3',
  strace: 'strace',
  taskset: 'util-linux',
};

function startFailure(error: NodeJS.ErrnoException, program: string): string {
  if (error.code !== 'ENOENT') return `could not be started: ${error.message}`;
  const name = PACKAGES[program];
  return `needs ${program}, which was not found${name === undefined ? '' : ` (Debian: apt install ${name})`}`;
}

/** Waits until a program ends, and parses the last line of its output. */
export async function printedJson(child: Child, timeoutMs: number): Promise<unknown> {
  const line = (await child.output(timeoutMs)).trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line);
  } catch {
    throw child.error(`printed no JSON but '${line.slice(0, 80)}'`);
  }
}
