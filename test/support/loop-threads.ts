import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { selectAsync } from '../../src/select.ts';
import { type Cleanup, idleFd } from './fds.ts';

/** Tests for the main thread and for a worker; `t.after` cleans up in both. */
export type Scenarios = Record<string, (t: Cleanup) => void | Promise<void>>;

interface Task {
  title: string;
  name: string;
}

const TIMEOUT_MS = 20_000;
const WATCHDOG_MS = 100_000;

// A wait that never ends would keep the process alive for ever.
if (isMainThread) {
  setTimeout(() => {
    console.error('the watchdog ends this file');
    process.exit(1);
  }, WATCHDOG_MS).unref();
}

/**
 * Makes two tests of each scenario: on this thread, and in a worker that loads the same file and runs only the
 * scenario. The worker must end by itself when the scenario is over.
 * @param file `import.meta.url` of the test file.
 * @param title The thing that is tested; each call of a file needs another title.
 * @param scenarios By name.
 */
export function onBothThreads(file: string, title: string, scenarios: Scenarios): void {
  if (!isMainThread) {
    const task = workerData as Task;
    if (task.title === title) void runAlone(scenarios[task.name]!);
    return;
  }
  describe(title, () => {
    for (const [name, run] of Object.entries(scenarios)) {
      it(`${name}, on the main thread`, { timeout: TIMEOUT_MS }, (t) => run(t));
      it(`${name}, in a worker thread`, { timeout: TIMEOUT_MS }, () => inWorker(file, { title, name }));
    }
  });
}

async function runAlone(run: Scenarios[string]): Promise<void> {
  const done: (() => void)[] = [];
  try {
    await run({ after: (each) => done.push(each) });
  } finally {
    for (const each of done.reverse()) each();
  }
  parentPort!.postMessage('done');
}

async function inWorker(file: string, task: Task): Promise<void> {
  const worker = new Worker(new URL(file), { workerData: task });
  const messages: unknown[] = [];
  worker.on('message', (message) => messages.push(message));
  const watchdog = setTimeout(() => void worker.terminate(), TIMEOUT_MS);
  // Rejected by the worker's 'error'.
  const [code] = (await once(worker, 'exit').finally(() => {
    clearTimeout(watchdog);
  })) as [number];
  assert.deepEqual([code, messages], [0, ['done']]);
}

/** Runs a function during a `selectAsync` of 60 s, which must still be pending when the function is done. */
export async function whileWaiting<T>(t: Cleanup, run: () => T | Promise<T>): Promise<T> {
  const controller = new AbortController();
  const ended = assert.rejects(selectAsync([idleFd(t)], [], [], 60, { signal: controller.signal }), {
    name: 'AbortError',
  });
  try {
    return await run();
  } finally {
    controller.abort();
    await ended;
  }
}

/** The median of at least one number; the upper one of an even count. */
export function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}
