import { spawnSync } from 'node:child_process';

import { Child } from './child.ts';
import type { Program } from './drivers.ts';
import type { Cell, SyscallCount } from './results.ts';
import { PATIENCE_MS, serveLoad, type Setup } from './serve-load.ts';

export function hasStrace(): boolean {
  return spawnSync('strace', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Counts the system calls of one run. The times of this run mean nothing, because strace stops the server at each call. */
export async function countSyscalls(cell: Cell, program: Program, setup: Setup): Promise<SyscallCount> {
  let summary = '';
  const { report } = await serveLoad(cell, program, setup, async (pid) => {
    const strace = new Child(['strace', '-f', '-c', '-p', String(pid)], { name: 'strace', cpu: setup.cpus.load });
    await strace.printed('stderr', /attached/, PATIENCE_MS);
    return async () => {
      strace.kill('SIGINT');
      await strace.ended;
      summary = strace.stderr;
    };
  });
  return {
    cell: cell.name,
    driver: program.driver.name,
    messages: report.total.messages,
    calls: parseSummary(summary),
  };
}

/** Reads the table of strace: % time, seconds, usecs/call, calls, errors (only when there are some), syscall. */
export function parseSummary(table: string): Record<string, number> {
  const rows = table.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+)(?: +\d+)? +(\w+)$/gm);
  const calls = [...rows].map(([, count, name]) => [name!, Number(count)] as const);
  return Object.fromEntries(calls.filter(([name]) => name !== 'total'));
}
