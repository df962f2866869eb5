import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';

import { selectAsync } from '../../src/select.ts';
import { countFds, pipePair, writeByte } from '../support/fds.ts';

const select = JSON.stringify(new URL('../../src/select.js', import.meta.url).href);
const WORKERS = 80;
const AT_ONCE = 4;
const BOUND_MS = 2000;

function waitingWorker(body: string): Worker {
  return new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
    import(${select}).then(({ selectAsync, poll, epoll }) => { ${body} });`,
    { eval: true },
  );
}

// The kinds of waits that a worker makes when it is terminated.
const waits = [
  'void selectAsync([], [], []);',
  'void selectAsync([], [], [], 60); void selectAsync([], [], []);',
  'void poll().pollAsync();',
  'void epoll().pollAsync(); void poll().pollAsync(60000);',
  'void (async () => { for (;;) await selectAsync([], [1], [], 0.001); })();',
];

async function terminateOne(index: number): Promise<number> {
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

describe('a worker that is terminated in the middle of a wait', () => {
  it(`ends at once, ${WORKERS} of them, and leaves no fd and no thread`, async () => {
    await terminateOne(3);
    const before = await settled();
    const times: number[] = [];
    for (let index = 0; index < WORKERS; index += AT_ONCE) {
      times.push(...(await Promise.all([0, 1, 2, 3].map((i) => terminateOne(index + i)))));
    }
    assert.equal(times.length, WORKERS);
    assert.ok(Math.max(...times) < BOUND_MS, `${Math.max(...times)}`);
    assert.deepEqual(await settled(), before);
  });

  it('does not affect the waits of the main thread', async (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    const waiting = selectAsync([readEnd], [], [], 10);
    for (let index = 0; index < waits.length; index++) await terminateOne(index);
    writeByte(writeEnd);
    assert.deepEqual(await waiting, [[readEnd], [], []]);
  });

  it('ends in the middle of JavaScript too, after an await', async () => {
    const worker = waitingWorker(
      `void selectAsync([], [], [], 0.01).then(() => { parentPort.postMessage(''); for (;;); });`,
    );
    await once(worker, 'message');
    assert.equal(await worker.terminate(), 1);
  });
});

describe('a worker that waits', () => {
  it('ends by itself when nothing waits any more', async () => {
    const [code] = (await once(waitingWorker('void selectAsync([], [], [], 0.05);'), 'exit')) as [number];
    assert.equal(code, 0);
  });

  it('ends with process.exit() after an await, and in a timer during a wait', async () => {
    const bodies = [
      'void selectAsync([], [], [], 0.01).then(() => process.exit(5)); void selectAsync([], [], []);',
      'void selectAsync([], [], []); setTimeout(() => process.exit(5), 20);',
    ];
    for (const body of bodies) assert.deepEqual(await once(waitingWorker(body), 'exit'), [5]);
  });

  it('ends with process.exit() of the whole process, while several wait', async () => {
    const worker = `import(${select}).then(({ selectAsync }) => {
      void selectAsync([], [], []);
      require('node:worker_threads').parentPort.postMessage('');
    });`;
    const script = `const { Worker } = require('node:worker_threads');
      import(${select}).then(({ selectAsync }) => selectAsync([], [], []));
      let waiting = 0;
      for (let i = 0; i < 3; i++) {
        new Worker(${JSON.stringify(worker)}, { eval: true }).once('message', () => {
          if (++waiting === 3) setTimeout(() => process.exit(6), 20);
        });
      }`;
    const child = spawn(process.execPath, ['-e', script], { stdio: 'inherit', timeout: 10_000 });
    assert.deepEqual(await once(child, 'exit'), [6, null]);
  });

  it('is heard and answered during its wait', async () => {
    const worker = waitingWorker(
      `void selectAsync([], [], []); parentPort.on('message', (m) => parentPort.postMessage(m * 2));
       parentPort.postMessage('waiting');`,
    );
    await once(worker, 'message');
    for (let i = 0; i < 20; i++) {
      worker.postMessage(i);
      assert.deepEqual(await once(worker, 'message'), [i * 2]);
    }
    await worker.terminate();
  });
});
