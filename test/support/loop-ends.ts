import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Modules } from './programs.ts';

/** A program. It may use only its argument and globals, because only its text reaches the process or worker. */
export type Program = (modules: Pick<Modules, 'select' | 'sys'>) => unknown;

/** How a program ended. */
export interface End {
  code: number | null;
  /** The output of `console.log`. */
  stdout: string;
  /** The report of an uncaught exception. */
  error: string;
  /** The time since its start. */
  ms: number;
}

const WATCHDOG_MS = 15_000;

// The program is awaited at the top level of an ES module.
function moduleText(program: Program): string {
  const imports = ['select', 'sys'].map((name) => {
    const url = new URL(`../../src/${name}.js`, import.meta.url).href;
    return `import * as ${name} from ${JSON.stringify(url)};`;
  });
  return `${imports.join('\n')}\nawait (${program.toString()})({ select, sys });`;
}

/** Runs a program as the main script of a process, with further environment variables and an input. */
export async function endOfProcess(
  program: Program,
  environment: Record<string, string> = {},
  stdin = '',
): Promise<End> {
  const start = performance.now();
  const child = spawn(process.execPath, ['--input-type=module', '-e', moduleText(program)], {
    stdio: 'pipe',
    env: { ...process.env, ...environment },
    timeout: WATCHDOG_MS,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
  child.stdin.end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, error, ms: performance.now() - start };
}

/** Runs a program as the main script of a worker thread. */
export async function endOfWorker(program: Program): Promise<End> {
  const start = performance.now();
  const url = new URL(`data:text/javascript,${encodeURIComponent(moduleText(program))}`);
  const worker = new Worker(url, { stdout: true });
  const watchdog = setTimeout(() => void worker.terminate(), WATCHDOG_MS);
  let stdout = '';
  let error = '';
  worker.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  worker.on('error', (thrown) => (error = String(thrown)));
  const code = await new Promise<number>((resolve) => worker.once('exit', resolve));
  clearTimeout(watchdog);
  return { code, stdout, error, ms: performance.now() - start };
}
