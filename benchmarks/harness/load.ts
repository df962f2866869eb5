import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { compile } from './cc.ts';
import { Child } from './child.ts';
import type { Latency } from './results.ts';
import type { Server } from './server.ts';
import type { WaitCounter } from './waits.ts';
import type { Window } from './window.ts';

/** The load generator: its program and its CPU. */
export interface Generator {
  readonly command: readonly string[];
  readonly cpu: number | undefined;
}

/** What the load generator counts. */
export interface LoadCounters {
  readonly messages: number;
  readonly bytes: number;
  readonly checksum: number;
}

/** What the load generator prints, as far as the harness uses it; the first counters are those of the measured window. */
export interface LoadReport extends LoadCounters {
  readonly seconds: number;
  /** Warm-up and window. */
  readonly total: LoadCounters;
  /** User and system, and each: absent where no tick of the kernel's timer came. */
  readonly serverCpuSeconds: number;
  readonly serverUserSeconds?: number;
  readonly serverSystemSeconds?: number;
  /** Where waits are counted. */
  readonly waits?: number;
  readonly found?: number;
  readonly loadCpuSeconds: number;
  readonly latencyUs: Latency | null;
  readonly histogram?: readonly (readonly [number, number])[];
  readonly serviceUs?: Latency | null;
  readonly unanswered?: number;
  readonly errors: readonly string[];
  readonly errorCount: number;
}

// What the mode whose end no clock tells has instead, for each second of the window.
const COUNTED = '--messages';

/** Compiles the load generator, unless the cache has it already. */
export function compileLoad(folder: string, cache: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.c'));
  return compile('load', files.map((name) => join(folder, name)) as [string, ...string[]], cache);
}

/** A cell's arguments for the load generator, with the window. `--messages` stands for so many a second. */
export function loadArguments(args: readonly string[], { warmup, seconds }: Window): string[] {
  const at = args.indexOf(COUNTED) + 1;
  if (at === 0) return [...args, '--warmup', String(warmup), '--seconds', String(seconds)];
  return [...args.with(at, String(Math.round(Number(args[at]) * seconds))), '--warmup', String(warmup)];
}

/** Starts it; `output` of the child is its report. */
export function startLoad(
  { command, cpu }: Generator,
  server: Server,
  args: readonly string[],
  waits?: WaitCounter,
): Child {
  const target = ['--port', String(server.port), '--server-pid', String(server.child.pid)];
  const counted = waits ? ['--waits-fd', '3'] : [];
  const fds = waits ? [waits.fd] : [];
  return new Child([...command, ...target, ...counted, ...args], { name: 'load generator', cpu, fds });
}

/** What it printed at its end, also where it found errors, which the report then holds. */
export async function loadReport(child: Child, timeoutMs: number): Promise<LoadReport> {
  const failure = await child.output(timeoutMs).then(
    () => undefined,
    (error: unknown) => error,
  );
  const line = child.stdout.trim().split('\n').at(-1) ?? '';
  if (line.startsWith('{"mode"')) return JSON.parse(line) as LoadReport;
  throw failure instanceof Error ? failure : child.error('printed no report');
}
