/**
 * Waits for an fd that never becomes ready, one second at a time, beside handles that keep no loop alive. It runs on
 * the main thread or, with the argument `worker`, in a worker; in a process of its own, whose CPU time it measures.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

import { selectAsync } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';

/** The output of the program. */
export interface Idle {
  results: number;
  ms: number;
  cpuMs: number;
}

const SECONDS = 3;
const WARM_UP_SECONDS = 0.3;

async function rest(): Promise<Idle> {
  setTimeout(() => undefined, 1e6).unref();
  createServer().listen(0, '127.0.0.1').unref();
  const fds = new Int32Array(2);
  sys.pipe2(fds, sys.O_CLOEXEC);
  const idle = fds[0]!;
  for (let i = 0; i < 3; i++) await selectAsync([idle], [], [], WARM_UP_SECONDS / 3);
  const before = process.cpuUsage();
  const start = performance.now();
  let results = 0;
  for (; results < SECONDS; results++) await selectAsync([idle], [], [], 1);
  const { user, system } = process.cpuUsage(before);
  return { results, ms: performance.now() - start, cpuMs: (user + system) / 1e3 };
}

if (!isMainThread) {
  parentPort!.postMessage(await rest());
} else if (process.argv[2] === 'worker') {
  const [idle] = (await once(new Worker(new URL(import.meta.url)), 'message')) as [Idle];
  console.log(JSON.stringify(idle));
} else {
  console.log(JSON.stringify(await rest()));
}
