import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { selectAsync } from '../../src/select.ts';
import { type Cleanup, idleFd } from './fds.ts';

/** What is to hold on the main thread and in a worker alike; `t.after` cleans up in both. */
export type Scenarios = Record<string, (t: Cleanup) => void | Promise<void>>;

interface Task {
  title: string;
  name: string;
}

const TIMEOUT_MS = 20_000;
const WATCHDOG_MS = 60_000;

// A wait that never ends would keep the process alive for ever.
if (isMainThread) {
  setTimeout(() => {
    console.error('the watchdog ends this file');
    process.exit(1);
  }, WATCHDOG_MS).unref();
}

/**
 * Makes two tests of each scenario: on this thread, and in a worker that loads the same file and runs only that one.
 * The worker has to end by itself when the scenario is over.
 * @param file `import.meta.url` of the test file.
 * @param title The thing tested; no two calls of a file may have the same.
 * @param scenarios By name.
 */
export function onBothThreads(file: string, title: string, scenarios: Scenarios): void {
  if (!isMainThread) {
    const task = workerData as Task;
    if (task.title === title) void runAlone(scenarios[task.name]!);
    return;
  }
  describe(title, { timeout: TIMEOUT_MS }, () => {
    for (const [name, run] of Object.entries(scenarios)) {
      it(`${name}, on the main thread`, (t) => run(t));
      it(`${name}, in a worker thread`, () => inWorker(file, { title, name }));
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

/**
 * Runs something during a `selectAsync` of 60 s, which has to be pending still when it is over.
 * @param t Closes what is waited for.
 * @param run What to run.
 * @returns What it returned.
 */
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

/**
 * The middle one of some numbers.
 * @param numbers In any order, at least one.
 * @returns The upper middle.
 */
export function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}
