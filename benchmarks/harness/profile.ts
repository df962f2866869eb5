// What a line costs `tripoll serve --file`, down to functions and system calls.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Child } from './child.ts';
import { type CpuProfile, functionName } from './cpu-profile.ts';
import { compileLoad, loadReport, startLoad } from './load.ts';
import { type Cpus, chooseCpus } from './machine.ts';
import { formatNumber } from './numbers.ts';
import { cache, root, sources } from './paths.ts';
import { hasStrace, parseSummary } from './syscalls.ts';
import { alignColumns } from './table.ts';

const LINES = 1_000_000;
// strace makes the server many times slower.
const TRACED_LINES = 100_000;
const LOAD = ['stream', '--connections', '100', '--batch', '16', '--size', '64', '--warmup', '1'];
const SAMPLE_US = '200';
const SHOWN_FUNCTIONS = 25;
const PATIENCE_MS = 120_000;

export interface ProfileChoice {
  readonly backend: string;
  readonly output: string;
}

/** Measures twice, with V8's profiler and under strace, and returns two tables. */
export async function profileText(choice: ProfileChoice): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tripoll-profile-'));
  try {
    const flags = ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-interval', SAMPLE_US];
    const profiled = await serveLines([process.execPath, ...flags], choice, folder, LINES);
    const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'))!;
    const functions = functionTable(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile, profiled.lines);
    if (!hasStrace())
      return `${functions}\n\nwithout system calls: strace is not installed (Debian: apt install strace)`;
    const traced = await serveLines(['strace', '-f', '-c', process.execPath], choice, folder, TRACED_LINES);
    return `${functions}\n\n${syscallTable(traced.stderr, traced.lines)}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function serveLines(
  node: readonly string[],
  { backend, output }: ProfileChoice,
  folder: string,
  lines: number,
): Promise<{ lines: number; stderr: string }> {
  const cpus: Cpus = chooseCpus();
  const main = join(root, 'dist/src/cli/main.js');
  const settings = ['--host', '127.0.0.1', '--port', '0', '--framing', 'line', '--log-lines-per-second', '1'];
  const where = ['--backend', backend, '--output', output, '--file', join(folder, 'out')];
  const server = new Child([...node, main, 'serve', ...settings, ...where], {
    name: 'tripoll serve',
    cpu: cpus.server,
  });
  const [, port] = await server.printed('stderr', /listening on 127\.0\.0\.1:(\d+)/, PATIENCE_MS);
  const command = [compileLoad(join(sources, 'load'), cache)];
  const target = { port: Number(port), pid: server.pid };
  const load = startLoad({ command, cpu: cpus.load }, target, [...LOAD, '--messages', String(lines)]);
  const { total } = await loadReport(load, PATIENCE_MS);
  server.kill('SIGTERM');
  await server.ended;
  return { lines: total.messages, stderr: server.stderr };
}

// The time of each function itself, without the functions that it calls. The functions of the addon count as functions, too.
function functionTable({ nodes, samples, timeDeltas }: CpuProfile, lines: number): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, functionName(callFrame)]));
  const selfUs = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id)!;
    if (name !== '(idle)') selfUs.set(name, (selfUs.get(name) ?? 0) + timeDeltas[index]!);
  }
  const sorted = [...selfUs].sort(([, a], [, b]) => b - a).slice(0, SHOWN_FUNCTIONS);
  const rows = sorted.map(([name, us]) => [name, formatNumber((us * 1e3) / lines)]);
  return alignColumns([[`function, of the main thread, ${lines.toLocaleString('en-US')} lines`, 'ns a line'], ...rows]);
}

function syscallTable(summary: string, lines: number): string {
  const calls = Object.entries(parseSummary(summary)).sort(([, a], [, b]) => b - a);
  const rows = calls
    .filter(([, count]) => count >= lines / 1e5)
    .map(([name, count]) => [name, formatNumber(count / lines)]);
  return alignColumns([
    [`system call, of all threads, ${lines.toLocaleString('en-US')} lines`, 'calls a line'],
    ...rows,
  ]);
}
