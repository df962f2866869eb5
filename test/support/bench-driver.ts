import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { after } from 'node:test';

import type { Counters } from '../../benchmarks/drivers/lib/program.ts';
import type { Driver, Role } from '../../benchmarks/harness/results.ts';
import { createServer, SO_SNDBUF, SOL_SOCKET } from '../../src/socket.ts';
import { dist, root } from './child.ts';
import { skipWithout } from './programs.ts';

// A program that starts another one as its server prints its pid.
const READY = /^ready(?: \d+)?\n/;
// The role `crowd` prints how late a timer fires.
const TIMER = /^timer \d+ (-?\d+)\n/gm;
const SEND_BUFFER_BYTES = 65_536;
const folder = join(root, 'benchmarks/drivers');

export interface DriverProgram {
  file: string;
  command: string[];
  /** Why the program cannot run here. */
  skip: string | false;
  drivers: Driver[];
}

/** The programs in benchmarks/drivers with their drivers. Programs in C are compiled. */
export function driverPrograms(): DriverProgram[] {
  const build = mkdtempSync(join(tmpdir(), 'tripoll-'));
  after(() => {
    rmSync(build, { recursive: true });
  });
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name: file }) => {
      const skip = needs[parse(file).ext]!();
      const command = skip === false ? commandOf(file, build) : [];
      return { file, command, skip, drivers: skip === false ? describe(command) : [] };
    });
}

const needs: Record<string, () => string | false> = {
  '.ts': () => false,
  '.py': () => skipWithout('python3'),
  '.c': () => skipWithout('cc'),
};

function commandOf(file: string, build: string): string[] {
  const { name, ext } = parse(file);
  if (ext === '.ts') return [process.execPath, '--expose-gc', join(dist, 'benchmarks/drivers', `${name}.js`)];
  if (ext === '.py') return ['python3', join(folder, file)];
  const program = join(build, name);
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-std=gnu11', join(folder, file), '-o', program]);
  return [program];
}

function describe([program, ...args]: string[]): Driver[] {
  const text = execFileSync(program!, [...args, '--describe'], { encoding: 'utf8' });
  return (JSON.parse(text) as { drivers: Driver[] }).drivers;
}

/** A running driver. It serves on 127.0.0.1, on a listener that it gets as fd 3. */
export class DriverServer {
  readonly port: number;
  stdout = '';
  stderr = '';
  readonly #process: ChildProcess;
  readonly #closed: Promise<number | null>;

  constructor([program, ...args]: string[], { name }: Driver, role: Role) {
    const listener = createServer(['127.0.0.1', 0], { backlog: 4096 });
    listener.setblocking(false);
    // Accepted sockets inherit this limit. Without it, the kernel would buffer 4 MB of answers that nobody reads.
    listener.setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
    this.port = listener.getsockname()[1] as number;
    this.#process = spawn(program!, [...args, name, role], { stdio: ['pipe', 'pipe', 'pipe', listener.fileno()] });
    listener.close();
    this.#closed = new Promise((resolve) => this.#process.once('close', resolve));
    this.#process.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  /** Waits until the driver serves, without a limit, because programs start slowly on a busy machine. */
  async ready(): Promise<void> {
    const ended = this.#closed.then(() => {
      throw new Error(`it has ended: ${this.stderr}`);
    });
    while (!this.stdout.replaceAll(TIMER, '').includes('\n'))
      await Promise.race([once(this.#process.stdout!, 'data'), ended]);
    if (!READY.test(this.stdout.replaceAll(TIMER, ''))) throw new Error(`it printed ${this.stdout}`);
  }

  /** How late the timer of the role `crowd` has fired so far. */
  get timerLatenessUs(): number[] {
    return [...this.stdout.matchAll(TIMER)].map(([, latenessUs]) => Number(latenessUs));
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends the driver as the harness does. Returns its exit code, how long that took, and its counters. */
  async end(): Promise<{ code: number | null; ms: number; counters: Counters }> {
    const startedMs = performance.now();
    this.#process.stdin!.end();
    this.#process.kill('SIGTERM');
    const code = await this.#closed;
    const line = this.stdout.replace(READY, '').replaceAll(TIMER, '');
    return { code, ms: performance.now() - startedMs, counters: JSON.parse(line) as Counters };
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}
