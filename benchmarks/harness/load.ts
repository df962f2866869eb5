import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { compile } from './cc.ts';
import { Child } from './child.ts';
import type { Latency } from './results.ts';
import type { Window } from './window.ts';

/** The load generator and the CPU on which it runs. */
export interface Generator {
  readonly command: readonly string[];
  readonly cpu: number | undefined;
}

/** The server that gets the load. */
export interface Target {
  readonly port: number;
  readonly pid: number;
  /** The counters of the server's waits, when they are counted. */
  readonly waitsFd?: number | undefined;
}

export interface LoadCounters {
  readonly messages: number;
  readonly bytes: number;
  readonly checksum: number;
}

/** The members of the load generator's report that the harness uses. The counters are those of the measured window. */
export interface LoadReport extends LoadCounters {
  readonly seconds: number;
  /** The counters of the warm-up and the window together. */
  readonly total: LoadCounters;
  /** User and system time. The parts are absent when no tick of the kernel's timer found the server running. */
  readonly serverCpuSeconds: number;
  readonly serverUserSeconds?: number;
  readonly serverSystemSeconds?: number;
  /** The waits of the server, and the fds that they found ready; present when waits are counted. */
  readonly waits?: number;
  readonly found?: number;
  readonly loadCpuSeconds: number;
  readonly latencyUs: Latency | null;
  readonly histogram?: readonly (readonly [number, number])[];
  readonly serviceUs?: Latency | null;
  readonly unanswered?: number;
  /** The mode `crowd`; the times are those of the monotonic clock. */
  readonly crowd?: {
    readonly openedUs: number;
    readonly closedUs: number;
    readonly requests: number;
    readonly answers: number;
    readonly closed: number;
    readonly restBytes: number;
    readonly peakBytes: number;
  };
  readonly errors: readonly string[];
  readonly errorCount: number;
}

// A mode with this option ends after a number of messages, and not after a time.
const MESSAGES_OPTION = '--messages';

/** Compiles the load generator when the cache does not have it. */
export function compileLoad(folder: string, cache: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.c'));
  return compile('load', files.map((name) => join(folder, name)) as [string, ...string[]], cache);
}

/** The arguments of a cell and of the window. In a cell, `--messages` is the number for each second of the window. */
export function loadArguments(args: readonly string[], { warmup, seconds }: Window): string[] {
  const at = args.indexOf(MESSAGES_OPTION) + 1;
  if (at === 0) return [...args, '--warmup', String(warmup), '--seconds', String(seconds)];
  return [...args.with(at, String(Math.round(Number(args[at]) * seconds))), '--warmup', String(warmup)];
}

/** Starts the load. It prints its report when it ends. */
export function startLoad({ command, cpu }: Generator, { port, pid, waitsFd }: Target, args: readonly string[]): Child {
  const target = ['--port', String(port), '--server-pid', String(pid)];
  const [counted, fds] = waitsFd === undefined ? [[], []] : [['--waits-fd', '3'], [waitsFd]];
  return new Child([...command, ...target, ...counted, ...args], { name: 'load generator', cpu, fds });
}

/** Waits for the report. A load that found errors reports them and ends with exit code 1. */
export async function loadReport(child: Child, timeoutMs: number): Promise<LoadReport> {
  const failure = await child.output(timeoutMs).then(
    () => undefined,
    (error: unknown) => error,
  );
  const line = child.stdout.trim().split('\n').at(-1) ?? '';
  if (line.startsWith('{"mode"')) return JSON.parse(line) as LoadReport;
  throw failure instanceof Error ? failure : child.error('printed no report');
}
