import type { Driver, OutputRole, Role } from '../../harness/results.ts';
import { median } from '../../harness/statistics.ts';

/** The fd of the listening socket, which the harness passes. */
export const LISTENER = 3;

const TIMER_MS = 10;

/** The counters that a server prints when it ends. A counter that it does not have is null. */
export interface Counters {
  connections: number;
  messages: number;
  bytes: number;
  checksum: number;
  turns: number | null;
  events: number | null;
  /** Of a receiver of lines: the peak of its resident memory, and lines that were cut or out of order. */
  peakBytes?: number;
  brokenLines?: number;
  /** The CPU time of a server with more than one process, from its start to its end. */
  cpuSeconds?: number;
}

/** The roles of a server. Only tripoll's server has `batch`. */
export type ServedRole = Exclude<Role, 'call' | OutputRole>;

/** A program with one or more drivers. */
export interface Program<Served extends Role = ServedRole> {
  readonly drivers: readonly Driver[];
  /** Serves until the harness ends it. */
  readonly serve: (driver: Driver, role: Served, counters: Counters) => Promise<void> | void;
  /** Prepares a call with a number of idle sockets, and returns a function that makes the call. */
  readonly call?: (driver: Driver, form: string, sockets: number) => () => unknown;
}

/** Runs the program: `--describe`, `NAME ROLE`, or `NAME call FORM SOCKETS SECONDS`. */
export async function run<Served extends Role = ServedRole>({ drivers, serve, call }: Program<Served>): Promise<void> {
  const [name, role, form = '', sockets, seconds] = process.argv.slice(2);
  if (name === '--describe') {
    console.log(JSON.stringify({ drivers }));
    return;
  }
  const driver = drivers.find((candidate) => candidate.name === name);
  if (!driver?.roles.includes(role as Role)) throw new Error(`there is no driver ${name} with the role ${role}`);
  if (role === 'call' && call) {
    const microseconds = cpuMicroseconds(call(driver, form, Number(sockets)), Number(seconds));
    console.log(JSON.stringify({ microseconds }));
    return;
  }
  if (driver.collects) process.on('SIGUSR2', collect);
  const counters: Counters = { connections: 0, messages: 0, bytes: 0, checksum: 0, turns: null, events: null };
  const stopTimer = role === 'crowd' ? recordTimer() : undefined;
  await serve(driver, role as Served, counters);
  stopTimer?.();
  console.log(JSON.stringify(counters));
  // Closes everything that is still open.
  process.exit();
}

/** Tells the harness that the server accepts connections. `pid` is the process that serves, when it is another one. */
export function ready(pid?: number): void {
  console.log(pid === undefined ? 'ready' : `ready ${pid}`);
}

/** Counts a line, as the role `lines` requires. */
export function countLine(counters: Counters, line: Buffer): void {
  counters.messages++;
  if (line.length > 0) counters.checksum = (counters.checksum + line[line.length - 1]!) >>> 0;
}

// Prints how late a timer fires, in a line `timer DUE LATE` with both numbers in µs of the monotonic clock. It prints each one at
// once, because a flooded server may have to be killed. The returned function prints a timer that is due and has not fired yet.
function recordTimer(): () => void {
  const now = (): number => Number(process.hrtime.bigint() / 1000n);
  let dueUs = 0;
  const fired = (): void => {
    console.log(`timer ${dueUs} ${now() - dueUs}`);
    start();
  };
  const start = (): void => {
    dueUs = now() + TIMER_MS * 1000;
    setTimeout(fired, TIMER_MS);
  };
  start();
  return () => {
    const lateUs = now() - dueUs;
    if (lateUs > 0) console.log(`timer ${dueUs} ${lateUs}`);
  };
}

// Objects with a finalizer are freed only by the second collection.
function collect(): void {
  globalThis.gc?.();
  globalThis.gc?.();
}

// The CPU time of one call, user and system, because the machine may be shared. It is the median of batches of about 10 ms.
function cpuMicroseconds(call: () => unknown, seconds: number): number {
  const batch = (calls: number): number => {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) call();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / calls;
  };
  batch(2000);
  const calls = Math.max(10, Math.floor(1e4 / batch(100)));
  const samples: number[] = [];
  const endMs = performance.now() + seconds * 1e3;
  do samples.push(batch(calls));
  while (performance.now() < endMs);
  return median(samples);
}
