// Where the time of a driver goes: V8's profiler for servers in Node, and perf for others.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { Child } from './child.ts';
import { type CpuProfile, type Stack, stacksOfPerf, stacksOfProfile } from './cpu-profile.ts';
import type { Program } from './drivers.ts';
import type { Inventory } from './inventory.ts';
import { compileLoad } from './load.ts';
import { chooseCpus, fdLimit } from './machine.ts';
import { cache, sources } from './paths.ts';
import { type Entry, nothingText, select, type Selection } from './plan.ts';
import type { Cell } from './results.ts';
import { PATIENCE_MS, serveLoad, type Setup } from './serve-load.ts';
import type { Window } from './window.ts';

/** What most servers do most of the day. */
const USUAL_CELL = 'fixed rate, 40,000 ';
const SAMPLE_US = 200;
const PERF_HERTZ = 2000;

export interface Flame {
  readonly cell: string;
  readonly driver: string;
  readonly stacks: readonly Stack[];
}

/** Runs one driver in one cell, and samples its stacks. The warm-up counts, too. */
export async function recordFlame(
  name: string,
  workload: RegExp | undefined,
  window: Window,
  inventory: Inventory,
): Promise<Flame> {
  const { cell, program } = chosen(name, workload, inventory);
  const setup: Setup = { load: [compileLoad(join(sources, 'load'), cache)], cpus: chooseCpus(), window };
  const folder = mkdtempSync(join(tmpdir(), 'tripoll-flame-'));
  try {
    const stacks = await (isNode(program) ? profiled : perfed)(cell, program, setup, folder);
    return { cell: cell.name, driver: program.driver.name, stacks };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function chosen(name: string, workload: RegExp | undefined, { found, workloads }: Inventory) {
  const driver = new RegExp(`^${name.replaceAll(/[^\w-]/g, '\\$&')}$`);
  const selection: Selection = { extent: 'all', driver, workload, fdLimit: fdLimit() };
  const isServed = ({ cell }: Entry): boolean => cell.kind === 'load';
  const entries = select(workloads, found.programs, selection).filter(isServed);
  const entry = entries.find(({ cell }) => workload !== undefined || cell.name.startsWith(USUAL_CELL)) ?? entries[0];
  const program = entry?.programs[0];
  if (!program) throw new Error(nothingText(workloads, found, selection));
  return { cell: entry.cell, program };
}

function isNode({ command: [program = ''] }: Program): boolean {
  return /^node\b/.test(basename(program));
}

async function profiled(cell: Cell, program: Program, setup: Setup, folder: string): Promise<Stack[]> {
  const [node = '', ...args] = program.command;
  const flags = ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-interval', String(SAMPLE_US)];
  await serveLoad(cell, { ...program, command: [node, ...flags, ...args] }, setup);
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error(`${program.driver.name} wrote no profile`);
  return stacksOfProfile(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile);
}

async function perfed(cell: Cell, program: Program, setup: Setup, folder: string): Promise<Stack[]> {
  const file = join(folder, 'perf.data');
  await serveLoad(cell, program, setup, (pid) => {
    // Virtual machines often have no hardware counters, and every machine has this clock.
    const args = ['record', '-e', 'cpu-clock', '-F', String(PERF_HERTZ), '-g', '-p', String(pid), '-o', file];
    const perf = new Child(['perf', ...args, '--', 'sleep', String(PATIENCE_MS / 1e3)], {
      name: 'perf',
      cpu: setup.cpus.load,
    });
    return Promise.resolve(async () => {
      perf.kill('SIGINT');
      await perf.ended;
    });
  });
  const script = new Child(['perf', 'script', '-i', file, '-F', 'comm,ip,sym,dso'], { name: 'perf' });
  return stacksOfPerf(await script.output(PATIENCE_MS));
}
