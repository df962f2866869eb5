import { mismatches } from './check.ts';
import type { Cpus } from './cpus.ts';
import type { Program } from './drivers.ts';
import { loadArguments, type LoadReport, loadReport, startLoad } from './load.ts';
import type { Cell } from './results.ts';
import { type Counters, Server } from './server.ts';
import type { WaitCounter } from './waits.ts';
import { type Window, windowOf } from './window.ts';

/** After that a process counts as hung. */
export const PATIENCE_MS = 60_000;

/** What every run needs. */
export interface Setup {
  /** The load generator. */
  readonly load: readonly string[];
  readonly cpus: Cpus;
  /** Of most runs: windowOf() tells that of one. */
  readonly window: Window;
  /** Where the server's waits are counted. */
  readonly waits?: WaitCounter;
}

/** What a server and its load counted, equal where they must be. */
export interface Outcome {
  readonly report: LoadReport;
  readonly counters: Counters;
}

/**
 * Serves one load from start to end.
 * @param around Carried out with the server's pid before the load starts; what it gives, after the load has ended.
 * @throws {AggregateError} What the load found wrong, or where the counts differ.
 * @throws {Error} What a process that failed has said.
 */
export async function serveLoad(
  cell: Cell,
  program: Program,
  { load, cpus, window, waits }: Setup,
  around?: (pid: number) => Promise<() => Promise<void>>,
): Promise<Outcome> {
  const { used: report, counters } = await withServer(program, cell, { cpus, waits }, async (server) => {
    const after = await around?.(server.child.pid);
    const args = loadArguments(cell.load, windowOf(cell, program.driver, window));
    const generator = startLoad({ command: load, cpu: cpus.load }, server, args, waits);
    // A load whose server has gone is not waited for.
    void server.child.ended.then(() => {
      generator.kill('SIGKILL');
    });
    const found = await loadReport(generator, PATIENCE_MS);
    await after?.();
    return found;
  });
  const errors = [...reported(report), ...mismatches(cell.role, report, counters)];
  if (errors.length > 0) throw new AggregateError(errors);
  return { report, counters };
}

/** Starts a server, uses it, ends it. Where it failed, that is the error: what its user met follows from it. */
export async function withServer<T>(
  program: Program,
  cell: Cell,
  { cpus, waits }: { readonly cpus: Cpus; readonly waits?: WaitCounter | undefined },
  use: (server: Server) => Promise<T>,
): Promise<{ used: T; counters: Counters }> {
  const server = await Server.start(program, cell.role, cpus.server, waits);
  const [used] = await Promise.allSettled([use(server)]);
  const counters = await server.stop();
  if (used.status === 'rejected') throw used.reason;
  return { used: used.value, counters };
}

function reported({ errors, errorCount }: LoadReport): string[] {
  const more = errorCount - errors.length;
  return [...errors, ...(more > 0 ? [`and ${more} more errors`] : [])];
}

/** What went wrong, in sentences. */
export function errorTexts(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.map(String);
  return [error instanceof Error ? error.message : String(error)];
}
