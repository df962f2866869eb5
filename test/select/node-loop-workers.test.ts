import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';

import { selectAsync } from '../../src/select.ts';
import { pipePair, writeByte } from '../support/fds.ts';
import { endAtOnce, terminateOne, waitingWorker, waits } from '../support/waiting-workers.ts';

const select = JSON.stringify(new URL('../../src/select.js', import.meta.url).href);

describe('a worker that is terminated in the middle of a wait', () => {
  it('ends at once, and leaves no fd and no thread', async () => {
    await endAtOnce(2 * waits.length);
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
