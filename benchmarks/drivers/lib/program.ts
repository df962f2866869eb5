import type { Driver, Role } from '../../harness/results.ts';
import { median } from '../../harness/statistics.ts';

/** The listening socket that the harness passes. */
export const LISTENER = 3;

/** What a server prints when it has ended; null where it cannot tell. */
export interface Counters {
  connections: number;
  messages: number;
  bytes: number;
  checksum: number;
  turns: number | null;
  events: number | null;
}

/** What can be served; `batch` is nobody's but tripoll's. */
export type ServedRole = Exclude<Role, 'call'>;

/** How some drivers do their work. */
export interface Program {
  readonly drivers: readonly Driver[];
  /** Serves until the end. */
  readonly serve: (driver: Driver, role: ServedRole, counters: Counters) => Promise<void> | void;
  /** Prepares a call over so many idle sockets, and gives a function that makes it. */
  readonly call?: (driver: Driver, form: string, sockets: number) => () => unknown;
}

/** Does what the command line says. */
export async function run({ drivers, serve, call }: Program): Promise<void> {
  const [name, role, form = '', sockets, seconds] = process.argv.slice(2);
  if (name === '--describe') {
    console.log(JSON.stringify({ drivers }));
    return;
  }
  const driver = drivers.find((one) => one.name === name);
  if (!driver?.roles.includes(role as Role)) throw new Error(`there is no driver ${name} with the role ${role}`);
  if (role === 'call' && call) {
    const microseconds = cpuMicroseconds(call(driver, form, Number(sockets)), Number(seconds));
    console.log(JSON.stringify({ microseconds }));
    return;
  }
  if (driver.collects) process.on('SIGUSR2', collect);
  const counters = { connections: 0, messages: 0, bytes: 0, checksum: 0, turns: null, events: null };
  await serve(driver, role as ServedRole, counters);
  console.log(JSON.stringify(counters));
  // Closes what is open still.
  process.exit();
}

/** Tells the harness that the server serves. */
export function ready(): void {
  console.log('ready');
}

/** What the role `lines` does with a line. */
export function countLine(counters: Counters, line: Buffer): void {
  counters.messages++;
  if (line.length > 0) counters.checksum = (counters.checksum + line[line.length - 1]!) >>> 0;
}

// What has a finalizer is freed by the second collection only.
function collect(): void {
  globalThis.gc?.();
  globalThis.gc?.();
}

// CPU time, user and system, since the machine may be shared: the median of batches of about 10 ms.
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
