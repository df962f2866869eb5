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

/** What a process did with a stretch of time, as the kernel counted it for its main thread. */
export interface Activity {
  /** The share of the time in which it ran or was waiting for a processor: a loop that spins has 1 on any machine. */
  busy: number;
  /** How often a second it went to sleep. */
  sleepsPerSecond: number;
}

// Long for a machine that is busy with other things; a program that ends before is noticed at once.
const START_MS = 20_000;
// More than the start and a whole check; no program outlives it, whatever happens to us.
const WATCHDOG_MS = 90_000;
// What it has written is there by then, unless a process that it has started holds the pipes.
const LAST_WORDS_MS = 200;
// Characters; the beginning is dropped, long since looked at.
const MOST_OUTPUT = 2 ** 20;
const EPOLLET = 2 ** 31;

const running = new Set<Program>();
process.on('exit', () => {
  for (const program of running) program.kill('SIGKILL');
});

/** A program that is shown or checked: a child process, started with port 0, seen from outside through /proc. */
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
      // A process group of its own, with all that it starts.
      detached: true,
    });
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#take(text);
    });
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-MOST_OUTPUT);
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

  /** The port that it prints, `undefined` where it ends first or takes too long. */
  async port(): Promise<number | undefined> {
    await this.until(() => this.#port !== undefined, START_MS);
    return this.#port;
  }

  /** Waits until something is so, and tells whether it became so before the process ended or the time was up. */
  async until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!condition()) {
      if (this.exited !== undefined || performance.now() > deadlineMs) return condition();
      await setTimeout(5);
    }
    return true;
  }

  /** Waits until it has ended. */
  async end(timeoutMs: number): Promise<Exit | undefined> {
    await this.until(() => this.exited !== undefined, timeoutMs);
    return this.exited;
  }

  /** Sends it a signal, and all that it has started; none once it has ended, as the number may be another's then. */
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

  /** What it does during the next `ms`. */
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

  /** The CPU time of its main thread so far, in ms. */
  cpuMs(): number {
    return this.#counters().runMs;
  }

  /** How many sockets it has open. */
  sockets(): number {
    return this.#fds().filter((fd) => this.#linkOf(fd).startsWith('socket:')).length;
  }

  /** How many fds its epolls watch edge-triggered. */
  edgeTriggered(): number {
    const epolls = this.#fds().filter((fd) => this.#linkOf(fd).includes('eventpoll'));
    const masks = epolls.flatMap((fd) => [...this.#read(`fdinfo/${fd}`).matchAll(/events:\s*([0-9a-f]+)/g)]);
    return masks.filter(([, mask = '0']) => parseInt(mask, 16) >= EPOLLET).length;
  }

  // schedstat: ns on a processor, ns of waiting for one. Of a process that has ended nothing is left to read.
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

  #take(text: string): void {
    this.stdout += text;
    this.#showLines();
    if (this.#port === undefined) {
      const [, port] = /^listening (\d+)$/m.exec(this.stdout) ?? [];
      if (port !== undefined) this.#port = Number(port);
    }
    const dropped = Math.max(0, this.stdout.length - MOST_OUTPUT);
    this.stdout = this.stdout.slice(dropped);
    this.#shown = Math.max(0, this.#shown - dropped);
  }

  #closePipes(done: () => void): void {
    const timer = globalThis.setTimeout(() => {
      this.#process.stdout.destroy();
      this.#process.stderr.destroy();
    }, LAST_WORDS_MS);
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
