import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';

import type * as errorsModule from '../../src/system/errors.ts';
import type * as selectModule from '../../src/select.ts';
import type * as sysModule from '../../src/sys.ts';

/** What a program in a child process or a worker is given, since it cannot reach this file's imports. */
export interface Modules {
  select: typeof selectModule;
  sys: typeof sysModule;
  errors: typeof errorsModule;
}

/** How a child process is run. */
export interface ChildOptions {
  /** Options of node itself: `--expose-gc`. */
  flags?: string[];
  /** The command that runs node: `['strace', '-f']`. */
  prefix?: string[];
  /** The watchdog: a child that is not done by then is killed, and the run fails. */
  timeoutMs?: number;
}

/** Makes a `prefix` that runs a program with at most `limit` fds. */
export function withFdLimit(limit: number): string[] {
  return ['sh', '-c', `ulimit -n ${limit} && exec "$0" "$@"`];
}

/**
 * Whether tests have to be skipped because a program is missing.
 * @param program The program's name.
 * @returns `false` where `program --version` runs, else the reason.
 * @throws {Error} The reason, where TRIPOLL_FORBID_SKIPS is set.
 */
export function skipWithout(program: string): string | false {
  if (spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0) return false;
  const reason = `needs ${program}`;
  if (process.env.TRIPOLL_FORBID_SKIPS) throw new Error(reason);
  return reason;
}

/**
 * Runs a function in a fresh node process and waits for it.
 * @param program A function that uses nothing but its argument and globals, and no `using`, which TypeScript turns into
 *   calls of helpers outside: only its text reaches the child.
 * @param options How to run it.
 * @returns What the function returned, as far as JSON holds it.
 * @throws {Error} What the child wrote to stderr, where it failed or did not end.
 */
export function runInChild<T>(program: (modules: Modules) => T | Promise<T>, options: ChildOptions = {}): T {
  const { flags = [], prefix = [], timeoutMs = 10_000 } = options;
  const code = `${moduleText(program)}\nconsole.log('\\n' + JSON.stringify(result ?? null));`;
  const command = [...prefix, process.execPath, ...flags, '--input-type=module', '-e', code];
  const child = spawnSync(command[0]!, command.slice(1), {
    encoding: 'utf8',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  if (child.status !== 0) {
    throw new Error(`the child ended with ${child.signal ?? child.status ?? 'no status'}\n${child.stderr}`, {
      cause: child.error,
    });
  }
  return JSON.parse(child.stdout.trim().split('\n').at(-1)!) as T;
}

/**
 * Runs a function in a worker thread.
 * @param program A function that uses nothing but its arguments and globals: only its text reaches the worker.
 * @param data The function's second argument, cloned.
 * @returns What the function returned, cloned.
 */
export function runInWorker<T, D>(program: (modules: Modules, data: D) => T | Promise<T>, data: D): Promise<T> {
  const code = `import { parentPort, workerData } from 'node:worker_threads';
${moduleText(program, 'workerData')}
parentPort.postMessage(result);`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  return new Promise<T>((resolve, reject) => {
    const worker = new Worker(url, { workerData: data });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      reject(new Error('the worker ended without a result'));
    });
  });
}

function moduleText(program: (...args: never[]) => unknown, ...furtherArguments: string[]): string {
  const paths = { select: 'select', sys: 'sys', errors: 'system/errors' };
  const imports = Object.entries(paths).map(([name, path]) => {
    const url = new URL(`../../src/${path}.js`, import.meta.url).href;
    return `import * as ${name} from ${JSON.stringify(url)};`;
  });
  const args = [`{ ${Object.keys(paths).join(', ')} }`, ...furtherArguments];
  return `${imports.join('\n')}\nconst result = await (${program.toString()})(${args.join(', ')});`;
}
