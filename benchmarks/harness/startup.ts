// How long it takes until a program has started, next to bare Node.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { root } from './paths.ts';
import { INTERVAL_TEXT, ratioText, spreadOf, spreadText } from './spread.ts';
import { alignColumns } from './table.ts';

interface Start {
  readonly name: string;
  readonly args: readonly string[];
  /** The start is over with this text on standard error; without it, with the end of the process. */
  readonly until?: string;
}

const WARM_UP_ROUNDS = 1;
const TIMEOUT_MS = 20_000;

function starts(): Start[] {
  const main = join(root, 'dist/src/cli/main.js');
  const select = pathToFileURL(join(root, 'dist/src/select.js')).href;
  return [
    { name: 'node -e 0', args: ['-e', '0'] },
    { name: 'tripoll --version', args: [main, '--version'] },
    { name: 'tripoll --help', args: [main, '--help'] },
    { name: 'tripoll serve --help', args: [main, 'serve', '--help'] },
    { name: "import 'tripoll/select'", args: ['--input-type=module', '-e', `import ${JSON.stringify(select)}`] },
    {
      name: 'tripoll serve, until it listens',
      args: [main, 'serve', '--host', '127.0.0.1', '--port', '0'],
      until: 'listening on',
    },
  ];
}

/** Starts each program as often as told, one after the other in turn, and returns a table with medians, and ratios to bare Node. */
export async function startupTable(repetitions: number): Promise<string> {
  const programs = starts();
  const times: number[][] = programs.map(() => []);
  for (let round = -WARM_UP_ROUNDS; round < repetitions; round++) {
    for (const [index, program] of programs.entries()) {
      const ms = await startMs(program);
      if (round >= 0) times[index]!.push(ms);
    }
  }
  const bare = times[0]!;
  const rows = programs.map(({ name }, index) => {
    const spread = spreadOf(times[index]!)!;
    const ratio = spreadOf(times[index]!.map((ms, round) => ms / bare[round]!))!;
    const above = spreadOf(times[index]!.map((ms, round) => ms - bare[round]!))!;
    return [name, spreadText(spread), ...(index === 0 ? ['', ''] : [spreadText(above), ratioText(ratio)])];
  });
  const table = alignColumns([[`Node ${process.versions.node}`, 'ms', 'above bare Node', '× bare Node'], ...rows]);
  return `${table}\n\n${INTERVAL_TEXT}`;
}

async function startMs({ name, args, until }: Start): Promise<number> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: TIMEOUT_MS });
  const ended = once(child, 'close') as Promise<[code: number | null]>;
  let log = '';
  const ms = await new Promise<number>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (until !== undefined && log.includes(until)) resolve(performance.now() - beganMs);
    });
    if (until === undefined)
      child.once('exit', () => {
        resolve(performance.now() - beganMs);
      });
    else
      child.once('close', () => {
        resolve(NaN);
      });
  });
  if (until !== undefined) child.kill('SIGKILL');
  const [code] = await ended;
  if (Number.isNaN(ms) || (until === undefined && code !== 0)) throw new Error(`${name} failed: ${log.trim()}`);
  return ms;
}
