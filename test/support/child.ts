import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const WATCHDOG_MS = 30_000;

/** The folder of the compiled files: dist/. */
export const dist = fileURLToPath(new URL('../..', import.meta.url));
/** The folder of the project. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A child process that runs the program under test. It collects the output of the program. */
export class Child {
  stdout = '';
  stderr = '';
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;

  /** An argument `{ fd }` is an fd of this process; the program inherits these fds as its fds 3, 4, … */
  constructor(program: string, ...args: (string | { fd: number })[]) {
    const texts = args.filter((arg) => typeof arg === 'string');
    const fds = args.filter((arg) => typeof arg === 'object').map(({ fd }) => fd);
    // The types allow only tuples of a fixed length.
    const stdio = ['ignore', 'pipe', 'pipe', ...fds] as unknown as ['ignore', 'pipe', 'pipe'];
    this.#process = spawn(program, texts, { cwd: root, stdio });
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    const watchdog = globalThis.setTimeout(() => this.#process.kill('SIGKILL'), WATCHDOG_MS);
    this.exit = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => {
        clearTimeout(watchdog);
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Stops reading its standard output, as `| head` does. */
  closeStdout(): void {
    this.#process.stdout.destroy();
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }

  /** The port that `tripoll serve` logs when it listens. */
  async servePort(): Promise<number> {
    return Number((await until(() => /listening on \S+:(\d+),/.exec(this.stderr)))[1]);
  }

  /** The TCP port that the process listens on, according to the kernel. */
  async listeningPort(): Promise<number> {
    return until(() => {
      const inodes = this.socketInodes();
      const listening = readFileSync(`/proc/${this.pid}/net/tcp`, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .find((fields) => fields[3] === '0A' && inodes.includes(fields[9] ?? ''));
      return listening === undefined ? undefined : parseInt((listening[1] ?? '').split(':')[1] ?? '', 16);
    });
  }

  /** The inodes of the sockets that the process has open. */
  socketInodes(): string[] {
    return readdirSync(`/proc/${this.pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${this.pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // the fd was closed meanwhile
      }
    });
  }

  /** The CPU time of all its threads so far, in ms. */
  cpuMs(): number {
    const nanoseconds = readdirSync(`/proc/${this.pid}/task`).map((task) =>
      Number(readFileSync(`/proc/${this.pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanoseconds.reduce((sum, ns) => sum + ns, 0) / 1e6;
  }
}

/** `tripoll` with these arguments. */
export function tripoll(...args: string[]): Child {
  return new Child(process.execPath, `${dist}src/cli/main.js`, ...args);
}

/** Waits until the condition returns a value, and returns the value. */
export async function until<T>(condition: () => T | undefined | null | false): Promise<T> {
  const deadline = performance.now() + WATCHDOG_MS / 2;
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== null && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`timed out waiting for ${String(condition)}`);
    await setTimeout(10);
  }
}

/** Opens a connection, sends one message, and closes the connection. */
export async function sendOnce(port: number, message: string | Uint8Array, host = '127.0.0.1'): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    connect(port, host)
      .on('error', reject)
      .on('close', () => {
        resolve();
      })
      .resume()
      .end(message);
  });
}
