import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

import type { Child } from './child.ts';
import type { Program } from './drivers.ts';
import { startLoad } from './load.ts';
import type { Cell } from './results.ts';
import { PATIENCE_MS, type Setup, withServer } from './serve-load.ts';

const SETTLE_MS = 500;

/** How much resident memory an idle connection costs a server. */
export async function bytesPerConnection(cell: Cell, program: Program, { load, cpus }: Setup): Promise<number> {
  const { collects } = program.driver;
  const { result, counters } = await withServer(program, cell, { cpus }, async ({ port, pid, child }) => {
    const before = await settledBytes(child, collects);
    const generator = startLoad({ command: load, cpu: cpus.load }, { port, pid }, cell.load);
    try {
      const held = Number((await generator.printed('stdout', /"held":\s*(\d+)/, PATIENCE_MS))[1]);
      const grown = (await settledBytes(child, collects)) - before;
      generator.end();
      await generator.output(PATIENCE_MS);
      return { held, grown };
    } finally {
      generator.kill('SIGKILL');
    }
  });
  if (counters.connections < result.held) {
    throw new Error(`the server accepted ${counters.connections} of ${result.held} connections`);
  }
  return result.grown / result.held;
}

// The resident memory after a rest, and after the server has collected its garbage when it can.
async function settledBytes(server: Child, collects: boolean): Promise<number> {
  await setTimeout(SETTLE_MS);
  if (collects) {
    server.kill('SIGUSR2');
    await setTimeout(SETTLE_MS);
  }
  const resident = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1];
  return Number(resident) * 1024;
}
