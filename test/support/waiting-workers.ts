import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';

import { countFds } from './fds.ts';

const select = JSON.stringify(new URL('../../src/select.js', import.meta.url).href);
const AT_ONCE = 4;
const BOUND_MS = 2000;

/** A worker that runs some code, which may use selectAsync, poll and epoll. */
export function waitingWorker(body: string): Worker {
  return new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
    import(${select}).then(({ selectAsync, poll, epoll }) => { ${body} });`,
    { eval: true },
  );
}

/** The kinds of waits that a worker makes when it is terminated. */
export const waits = [
  'void selectAsync([], [], []);',
  'void selectAsync([], [], [], 60); void selectAsync([], [], []);',
  'void poll().pollAsync();',
  'void epoll().pollAsync(); void poll().pollAsync(60000);',
  'void (async () => { for (;;) await selectAsync([], [1], [], 0.001); })();',
];

/** Terminates a worker in the middle of its wait, and returns how long that took, in ms. */
export async function terminateOne(index: number): Promise<number> {
  // Half of the workers are terminated while they block in their wait, and half before they begin to wait.
  const worker = waitingWorker(`${waits[index % waits.length]!} parentPort.postMessage('waiting');`);
  await once(worker, 'message');
  if (index % 2 === 0) await sleep(5);
  const start = performance.now();
  await worker.terminate();
  return performance.now() - start;
}

interface Open {
  fds: number;
  threads: number;
}

function openNow(): Open {
  return { fds: countFds(), threads: readdirSync('/proc/self/task').length };
}

// /proc shows a thread for a moment after it was joined, so a count alone may include one that is already gone: waits
// until nothing has changed for 100 ms.
async function settled(): Promise<Open> {
  let last = openNow();
  for (let i = 0, unchanged = 0; unchanged < 10 && i < 1000; i++) {
    await sleep(10);
    const next = openNow();
    unchanged = isDeepStrictEqual(next, last) ? unchanged + 1 : 0;
    last = next;
  }
  return last;
}

/** Terminates `count` workers in the middle of their waits, and throws when one needs long, or leaves an fd or a thread. */
export async function endAtOnce(count: number): Promise<void> {
  await terminateOne(3);
  const before = await settled();
  const times: number[] = [];
  while (times.length < count) {
    const first = times.length;
    times.push(...(await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => terminateOne(first + index)))));
  }
  assert.ok(Math.max(...times) < BOUND_MS, `${Math.max(...times)}`);
  assert.deepEqual(await settled(), before);
}
