import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Modules } from './programs.ts';

/** A program of its own: it uses nothing but its argument and globals, since only its text is run. */
export type Program = (modules: Pick<Modules, 'select' | 'sys'>) => unknown;

/** How a program ended. */
export interface End {
  code: number | null;
  /** What it printed with `console.log`. */
  stdout: string;
  /** What was reported of an exception that nobody caught. */
  error: string;
  /** From its start. */
  ms: number;
}

const WATCHDOG_MS = 15_000;

// Awaited at the top level of an ES module.
function moduleText(program: Program): string {
  const imports = ['select', 'sys'].map((name) => {
    const url = new URL(`../../src/${name}.js`, import.meta.url).href;
    return `import * as ${name} from ${JSON.stringify(url)};`;
  });
  return `${imports.join('\n')}\nawait (${program.toString()})({ select, sys });`;
}

/**
 * Runs a program as the main script of a process.
 * @param program The program.
 * @param environment Further environment variables.
 * @param stdin What it can read.
 * @returns Its end.
 */
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

/**
 * Runs a program as the main script of a worker thread.
 * @param program The program.
 * @returns Its end.
 */
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
