import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { compile } from './cc.ts';
import type { Program } from './drivers.ts';
import type { Cell, WaitCount } from './results.ts';
import { serveLoad, type Setup } from './serve-load.ts';

const COUNTERS_BYTES = 16;

/** Compiles the library for LD_PRELOAD when the cache does not have it. */
export function compileWaits(folder: string, cache: string): string {
  return compile('libwaits', [join(folder, 'waits.c')], cache, ['-shared', '-fPIC']);
}

/** Counts the waits in the measured window of one run, and the fds that these waits find ready. */
export async function countWaits(cell: Cell, program: Program, library: string, setup: Setup): Promise<WaitCount> {
  const fd = unnamedFile(COUNTERS_BYTES);
  try {
    const { report } = await serveLoad(cell, program, { ...setup, waits: { library, fd } });
    const { messages, waits = 0, found = 0 } = report;
    if (messages === 0) throw new Error('no message was answered in the measured window');
    if (waits === 0)
      throw new Error('the waits of this server cannot be counted, because it does not call the C library for them');
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
