import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';

import type * as errorsModule from '../../src/system/errors.ts';
import type * as selectModule from '../../src/select.ts';
import type * as sysModule from '../../src/sys.ts';

/** The argument of a program in a child process or a worker, which cannot use the imports of its file. */
export interface Modules {
  select: typeof selectModule;
  sys: typeof sysModule;
  errors: typeof errorsModule;
}

export interface ChildOptions {
  /** Options of node: `--expose-gc`. */
  flags?: string[];
  /** The command that runs node: `['strace', '-f']`. */
  prefix?: string[];
  /** The child is killed after this time, and the run fails. */
  timeoutMs?: number;
}

/** Makes a `prefix` that runs a program with at most `limit` fds. */
export function withFdLimit(limit: number): string[] {
  return ['sh', '-c', `ulimit -n ${limit} && exec "$0" "$@"`];
}

/**
 * Returns `false` when `program --version` runs; otherwise the reason to skip tests, which is thrown when
 * TRIPOLL_FORBID_SKIPS is set.
 */
export function skipWithout(program: string): string | false {
  if (spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0) return false;
  return forbidSkip(`needs ${program}`);
}

/** Returns the reason to skip tests; throws it when TRIPOLL_FORBID_SKIPS is set. */
export function forbidSkip(reason: string): string {
  if (process.env.TRIPOLL_FORBID_SKIPS) throw new Error(reason);
  return reason;
}

/**
 * Runs a function in a new node process, blocks until the process ends, and returns the function's result as JSON.
 * @param program Only its text reaches the child: it may use its argument and globals, and no `using`, which TypeScript
 *   compiles to calls of helpers outside of the function.
 * @param options How to run the process.
 * @throws {Error} The child's stderr, when the child failed or did not end in time.
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
 * Runs a function in a worker thread. Only its text reaches the worker; its second argument and its result are cloned.
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
