import type { watchMachine } from './disturbance.ts';
import type { Program } from './drivers.ts';
import { loadArguments, type LoadReport, loadReport, startLoad } from './load.ts';
import type { Cpus } from './machine.ts';
import type { Cell, Role } from './results.ts';
import { type Counters, Server, type WaitCounter } from './server.ts';
import { type Window, windowOf } from './window.ts';

/** A process that takes longer counts as hung. */
export const PATIENCE_MS = 60_000;

/** What every run needs. */
export interface Setup {
  /** The command of the load generator. */
  readonly load: readonly string[];
  readonly cpus: Cpus;
  /** windowOf() computes the window of a run from this one. */
  readonly window: Window;
  /** Counts the server's waits, when it is present. */
  readonly waits?: WaitCounter;
  /** watchMachine(), or in a test a machine that does what the test wants. */
  readonly watch?: typeof watchMachine;
}

/** The report of the load and the counters of the server, after both have been compared. */
export interface Outcome {
  readonly report: LoadReport;
  readonly counters: Counters;
}

/**
 * Starts a server, puts one load on it, and ends it.
 * @param beforeLoad Called with the server's pid before the load starts; the function it returns runs after the load ends.
 * @throws {AggregateError} When the load found errors, or when the counters of load and server differ.
 * @throws {Error} When a process failed, with the text that it printed.
 */
export async function serveLoad(
  cell: Cell,
  program: Program,
  { load, cpus, window, waits }: Setup,
  beforeLoad?: (pid: number) => Promise<() => Promise<void>>,
): Promise<Outcome> {
  const { result: report, counters } = await withServer(
    program,
    cell,
    { cpus, waits },
    async ({ port, pid, child }) => {
      const afterLoad = await beforeLoad?.(pid);
      const args = [
        ...loadArguments(cell.load, windowOf(cell, program.driver, window)),
        ...(program.driver.protocol === 'redis' ? ['--inline-ping', '1'] : []),
      ];
      const target = { port, pid, waitsFd: waits?.fd };
      const generator = startLoad({ command: load, cpu: cpus.load }, target, args);
      // When the server has ended, the load would wait for answers until its own timeout.
      void child.ended.then(() => {
        generator.kill('SIGKILL');
      });
      const found = await loadReport(generator, PATIENCE_MS);
      await afterLoad?.();
      return found;
    },
  );
  const errors = [...loadErrors(report), ...mismatches(cell.role, report, counters)];
  if (errors.length > 0) throw new AggregateError(errors);
  return { report, counters };
}

/** Starts a server, uses it and ends it. When the server failed, its error is thrown: errors of `use` follow from it. */
export async function withServer<T>(
  program: Program,
  cell: Cell,
  { cpus, waits }: { readonly cpus: Cpus; readonly waits?: WaitCounter | undefined },
  use: (server: Server) => Promise<T>,
): Promise<{ result: T; counters: Counters }> {
  const server = await Server.start(program, cell.role, cpus.server, waits);
  const [used] = await Promise.allSettled([use(server)]);
  const counters = await (cell.role === 'crowd' ? server.stopAfterCrowd() : server.stop());
  if (used.status === 'rejected') throw used.reason;
  return { result: used.value, counters };
}

/** The sentences of an error or of an AggregateError. */
export function errorTexts(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.map(String);
  return [error instanceof Error ? error.message : String(error)];
}

function loadErrors({ errors, errorCount }: LoadReport): string[] {
  const more = errorCount - errors.length;
  return [...errors, ...(more > 0 ? [`and ${more} more errors`] : [])];
}

type Counter = 'messages' | 'bytes' | 'checksum';

// The counters that must be equal. The kernel decides how the chunks of an echo are cut, so only their bytes can be compared.
const compared: Record<Role, readonly Counter[]> = {
  echo: ['bytes'],
  reply: ['messages', 'bytes'],
  lines: ['messages', 'bytes', 'checksum'],
  batch: ['messages', 'bytes', 'checksum'],
  collect: ['bytes'],
  urgent: ['messages'],
  // The crowd does not wait until the server has read its last requests. The load counts and checks the answers itself.
  crowd: [],
  call: [],
  // The driver has compared each line with what was sent. What is written to /dev/null cannot be counted.
  'text-file': ['messages', 'bytes'],
  'json-file': ['messages', 'bytes'],
  'text-pipe': ['messages', 'bytes'],
  'json-pipe': ['messages', 'bytes'],
  'text-null': [],
  'json-null': [],
  'text-reopened': ['messages', 'bytes'],
  'text-slow-pipe': ['messages', 'bytes'],
};

/** Differences between the counters of the server and those of the load, as sentences. */
function mismatches(role: Role, load: LoadReport, server: Counters): string[] {
  // An overloaded server may or may not read the messages that wait for it when the load ends.
  if ((load.unanswered ?? 0) > 0) return [];
  return compared[role]
    .filter((counter) => server[counter] !== load.total[counter])
    .map((counter) => `${counter}: the load sent ${load.total[counter]}, the server counted ${server[counter]}`);
}
