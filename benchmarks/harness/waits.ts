import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { compile } from './cc.ts';
import type { Program } from './drivers.ts';
import type { Cell, WaitCount } from './results.ts';
import { serveLoad, type Setup } from './serve-load.ts';

const COUNTERS_BYTES = 16;

/** What counts the waits of a server, whatever it is written in. */
export interface WaitCounter {
  /** A library for LD_PRELOAD. */
  readonly library: string;
  /** A file that it writes its counters into, and the load generator reads. */
  readonly fd: number;
}

/** Compiles the library, unless the cache has it already. */
export function compileWaits(folder: string, cache: string): string {
  return compile('libwaits', [join(folder, 'waits.c')], cache, ['-shared', '-fPIC']);
}

/** Counts the waits of one run, and the fds that they find ready, in its measured window. */
export async function countWaits(cell: Cell, program: Program, library: string, setup: Setup): Promise<WaitCount> {
  const fd = unnamedFile(COUNTERS_BYTES);
  try {
    const { report } = await serveLoad(cell, program, { ...setup, waits: { library, fd } });
    const { messages, waits = 0, found = 0 } = report;
    if (waits === 0) throw new Error('its waits cannot be counted: it does not make them through the C library');
    return { cell: cell.name, driver: program.driver.name, messages, waits, found };
  } finally {
    closeSync(fd);
  }
}

function unnamedFile(bytes: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'tripoll-waits-'));
  try {
    const fd = openSync(join(folder, 'counters'), 'w+');
    ftruncateSync(fd, bytes);
    return fd;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
