import { setTimeout } from 'node:timers/promises';

import { createServer, IPPROTO_TCP, type Socket, TCP_CONGESTION } from 'tripoll/socket';

import { Child } from './child.ts';
import type { Program } from './drivers.ts';
import type { Role } from './results.ts';

const BACKLOG = 4096;
const READY_TIMEOUT_MS = 15_000;
const END_TIMEOUT_MS = 15_000;
// A flooded server may have work for minutes, and its counters are not needed.
const CROWD_END_TIMEOUT_MS = 5000;
const TIMER_US = 10_000;
const CONGESTION_CONTROL = 'cubic';
const NAME_BYTES = 16;

/** The counters that a server prints when it ends. */
export interface Counters {
  readonly connections: number;
  readonly messages: number;
  readonly bytes: number;
  readonly checksum: number;
  readonly turns: number | null;
  readonly events: number | null;
  /** Of a receiver of lines. */
  readonly peakBytes?: number;
  readonly brokenLines?: number;
  /** The CPU time of a server with more than one process, from its start to its end. */
  readonly cpuSeconds?: number;
  /** In the role `crowd`, of servers in Node: when each timer was due on the monotonic clock, and how late it fired, in µs. */
  readonly timer?: readonly (readonly [dueUs: number, latenessUs: number])[];
}

/** Counts the waits of a server, in any programming language. */
export interface WaitCounter {
  /** The path of a library for LD_PRELOAD. */
  readonly library: string;
  /** A file into which the library writes its counters, and from which the load generator reads them. */
  readonly fd: number;
}

/** The server of a driver, in its own process. */
export class Server {
  readonly port: number;
  readonly child: Child;
  /** The process that serves; the program may have started another one for that. */
  readonly pid: number;

  private constructor(port: number, child: Child, pid: number) {
    this.port = port;
    this.child = child;
    this.pid = pid;
  }

  /** Resolves when the server accepts connections. */
  static async start(
    { driver, command }: Program,
    role: Role,
    cpu: number | undefined,
    waits?: WaitCounter,
  ): Promise<Server> {
    const listener = listen();
    const child = new Child([...command, driver.name, role], {
      name: driver.name,
      cpu,
      fds: [listener.fileno(), ...(waits ? [waits.fd] : [])],
      ...(waits ? { env: { LD_PRELOAD: waits.library, WAITS_FD: '4' } } : {}),
    });
    const port = (listener.getsockname() as [string, number])[1];
    // The child has its own copy.
    listener.close();
    try {
      const [, pid] = await child.printed('stdout', /^ready(?: (\d+))?$/m, READY_TIMEOUT_MS);
      return new Server(port, child, pid === undefined ? child.pid : Number(pid));
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** Ends the server. */
  async stop(): Promise<Counters> {
    // A loop that blocks in JavaScript gets no signals; it ends when its standard input ends.
    this.child.end();
    this.child.kill('SIGTERM');
    const lines = (await this.child.output(END_TIMEOUT_MS)).trim().split('\n');
    const text = lines.at(-1) ?? '';
    if (!text.startsWith('{')) throw this.child.error('printed no counters when it ended');
    return JSON.parse(text) as Counters;
  }

  /** Ends a server in the role `crowd`. When it still works for the crowd, it is killed and has only the times of its timer. */
  async stopAfterCrowd(): Promise<Counters> {
    this.child.kill('SIGTERM');
    const hasEnded = await Promise.race([
      this.child.ended.then(() => true),
      setTimeout(CROWD_END_TIMEOUT_MS, false, { ref: false }),
    ]);
    if (hasEnded) return { ...(await this.stop()), timer: timerLines(this.child.stdout) };
    const nowUs = Number(process.hrtime.bigint() / 1000n);
    this.child.kill('SIGKILL');
    await this.child.ended;
    const timer = timerLines(this.child.stdout);
    const last = timer.at(-1);
    const dueUs = last && last[0] + last[1] + TIMER_US;
    const pending = dueUs !== undefined && nowUs > dueUs ? [[dueUs, nowUs - dueUs] as const] : [];
    const nothing = { connections: 0, messages: 0, bytes: 0, checksum: 0, turns: null, events: null };
    return { ...nothing, timer: [...timer, ...pending] };
  }
}

function timerLines(output: string): (readonly [dueUs: number, latenessUs: number])[] {
  return [...output.matchAll(/^timer (\d+) (-?\d+)$/gm)].map(([, due, late]) => [Number(due), Number(late)]);
}

/** The congestion control of the connections to the servers under test. */
export function congestionControl(): string {
  using listener = listen();
  const name = listener.getsockopt(IPPROTO_TCP, TCP_CONGESTION, NAME_BYTES);
  return name.toString('latin1').split('\0')[0]!;
}

function listen(): Socket {
  const listener = createServer(['127.0.0.1', 0], { backlog: BACKLOG });
  listener.setblocking(false);
  listener.setsockopt(IPPROTO_TCP, TCP_CONGESTION, Buffer.from(CONGESTION_CONTROL));
  return listener;
}
