import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

import type { Served } from '../support/loop-phases.ts';

interface Result {
  served: Served[];
  waiting: string;
}

const PHASES = ['main script', 'timer', 'immediate', 'microtask', 'nextTick', 'I/O callback', 'callback of ours'];
const WATCHERS = ['setTimeout', 'setImmediate', 'fs.readFile', 'net connection', 'child process'];
const BOUND_MS = 2000;

const program = new URL('../support/loop-phases.js', import.meta.url);

async function inChild(): Promise<Result> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(program)], { timeout: 20_000 });
  return JSON.parse(stdout) as Result;
}

async function inWorker(): Promise<Result> {
  const [result] = (await once(new Worker(program), 'message')) as [Result];
  return result;
}

for (const [thread, run] of Object.entries({ 'the main thread': inChild, 'a worker thread': inWorker })) {
  describe(`a selectAsync of 5 s on ${thread}`, () => {
    const result = run();

    it('delays nothing that starts in any phase of the loop', async () => {
      const { served, waiting } = await result;
      assert.equal(waiting, 'aborted');
      assert.deepEqual(
        served.map(([phase, watcher]) => [phase, watcher]),
        PHASES.flatMap((phase) => WATCHERS.map((watcher) => [phase, watcher])),
      );
    });

    for (const phase of PHASES) {
      it(`immediately serves each watcher that starts in: ${phase}`, async () => {
        const { served } = await result;
        const slow = served.filter(([begun, , ms]) => begun === phase && ms >= BOUND_MS);
        assert.deepEqual(slow, []);
      });
    }
  });
}
