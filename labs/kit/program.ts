import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

/** How a process ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** How a process has spent a period, as the kernel has counted it for its main thread. */
export interface Activity {
  /** The share of the period in which the thread ran or waited for a processor: 1 for a loop that spins. */
  busy: number;
  /** How many times per second the thread went to sleep. */
  sleepsPerSecond: number;
}

// Generous, because the machine may be busy. If the program ends earlier, this is noticed at once.
const START_MS = 20_000;
// Longer than the start and a whole check. Every program is ended after this time.
const WATCHDOG_MS = 90_000;
// After the program's end, its last output arrives within this time, unless a child process has the pipes open.
const LAST_OUTPUT_MS = 200;
// If a program prints more, the beginning is dropped.
const MAX_OUTPUT_CHARACTERS = 2 ** 20;
const EPOLLET = 2 ** 31;

const running = new Set<Program>();
process.on('exit', () => {
  for (const program of running) program.kill('SIGKILL');
});

/** The program of a demonstration or a check: a child process with port 0, which is observed through /proc. */
export class Program {
  stdout = '';
  stderr = '';
  exited: Exit | undefined;
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;
  readonly #onLine: (line: string) => void;
  #port: number | undefined;
  #shown = 0;

  constructor(file: string, onLine: (line: string) => void = () => undefined) {
    this.#onLine = onLine;
    this.#process = spawn(process.execPath, ['--enable-source-maps', file, '0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // The program and its child processes get a process group of their own, so that one signal reaches all of them.
      detached: true,
    });
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#receive(text);
    });
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-MAX_OUTPUT_CHARACTERS);
    });
    running.add(this);
    const watchdog = globalThis.setTimeout(() => {
      this.kill('SIGKILL');
    }, WATCHDOG_MS);
    this.#process.once('exit', (code, signal) => {
      clearTimeout(watchdog);
      this.kill('SIGKILL');
      running.delete(this);
      this.#closePipes(() => (this.exited = { code, signal }));
    });
  }

  /** Returns the port that the program prints, or `undefined` if it ends first or needs too long. */
  async port(): Promise<number | undefined> {
    await this.until(() => this.#port !== undefined, START_MS);
    return this.#port;
  }

  /** Waits until the condition is true. Returns false if the process ends first, or after `timeoutMs`. */
  async until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!condition()) {
      if (this.exited !== undefined || performance.now() > deadlineMs) return condition();
      await setTimeout(5);
    }
    return true;
  }

  /** Waits until the process has ended. Returns `undefined` if it still runs after `timeoutMs`. */
  async waitForEnd(timeoutMs: number): Promise<Exit | undefined> {
    await this.until(() => this.exited !== undefined, timeoutMs);
    return this.exited;
  }

  /** Sends a signal to the program and its child processes, if it still runs: later its number may be another's. */
  kill(signal: NodeJS.Signals): void {
    if (!running.has(this)) return;
    try {
      process.kill(-this.#process.pid!, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  [Symbol.dispose](): void {
    this.kill('SIGKILL');
  }

  /** Observes the program for the next `ms` milliseconds. */
  async activity(ms: number): Promise<Activity> {
    const before = this.#counters();
    await setTimeout(ms);
    const after = this.#counters();
    const seconds = (after.atMs - before.atMs) / 1e3;
    return {
      busy: (after.runMs + after.waitMs - before.runMs - before.waitMs) / 1e3 / seconds,
      sleepsPerSecond: (after.sleeps - before.sleeps) / seconds,
    };
  }

  /** The CPU time of the main thread since the start, in ms. */
  cpuMs(): number {
    return this.#counters().runMs;
  }

  /** The number of open sockets. */
  sockets(): number {
    return this.#fds().filter((fd) => this.#linkOf(fd).startsWith('socket:')).length;
  }

  /** The number of fds that are registered with EPOLLET in the program's epolls. */
  edgeTriggered(): number {
    const epolls = this.#fds().filter((fd) => this.#linkOf(fd).includes('eventpoll'));
    const masks = epolls.flatMap((fd) => [...this.#read(`fdinfo/${fd}`).matchAll(/events:\s*([0-9a-f]+)/g)]);
    return masks.filter(([, mask = '0']) => parseInt(mask, 16) >= EPOLLET).length;
  }

  // schedstat has the time on a processor and the time of waiting for a processor, both in ns. See proc(5).
  #counters(): { atMs: number; runMs: number; waitMs: number; sleeps: number } {
    const [run = 0, wait = 0] = this.#read('schedstat').split(' ').map(Number);
    const sleeps = Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(this.#read('status'))?.[1] ?? 0);
    return { atMs: performance.now(), runMs: run / 1e6, waitMs: wait / 1e6, sleeps };
  }

  #fds(): string[] {
    try {
      return readdirSync(`/proc/${this.#process.pid}/fd`);
    } catch {
      return [];
    }
  }

  #linkOf(fd: string): string {
    try {
      return readlinkSync(`/proc/${this.#process.pid}/fd/${fd}`);
    } catch {
      return ''; // closed meanwhile
    }
  }

  #read(name: string): string {
    try {
      return readFileSync(`/proc/${this.#process.pid}/${name}`, 'utf8');
    } catch {
      return '';
    }
  }

  #receive(text: string): void {
    this.stdout += text;
    this.#showLines();
    if (this.#port === undefined) {
      const [, port] = /^listening (\d+)$/m.exec(this.stdout) ?? [];
      if (port !== undefined) this.#port = Number(port);
    }
    const dropped = Math.max(0, this.stdout.length - MAX_OUTPUT_CHARACTERS);
    this.stdout = this.stdout.slice(dropped);
    this.#shown = Math.max(0, this.#shown - dropped);
  }

  #closePipes(done: () => void): void {
    const timer = globalThis.setTimeout(() => {
      this.#process.stdout.destroy();
      this.#process.stderr.destroy();
    }, LAST_OUTPUT_MS);
    this.#process.once('close', () => {
      clearTimeout(timer);
      done();
    });
  }

  #showLines(): void {
    for (let end; (end = this.stdout.indexOf('\n', this.#shown)) >= 0; this.#shown = end + 1) {
      this.#onLine(this.stdout.slice(this.#shown, end));
    }
  }
}
