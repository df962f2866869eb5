import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';

import { select } from '../../src/select.ts';
import { dupAt, idleFd, pipePair, readableFd } from '../support/fds.ts';
import { type Modules, runInWorker } from '../support/programs.ts';
import { timed } from '../support/timed.ts';

// Waits with each of the three calls: 0.1 s for an fd that is not ready, and then for the same fd after a write.
function everyWait({ select: { EPOLLIN, epoll, POLLIN, poll, select }, sys }: Modules): unknown {
  const fd = sys.eventfd(0, sys.EFD_CLOEXEC);
  const poller = poll();
  poller.register(fd, POLLIN);
  const ep = epoll();
  ep.register(fd, EPOLLIN);
  const wait = (seconds: number): unknown[] => [
    select([fd], [], [], seconds)[0].length,
    poller.poll(seconds * 1000).length,
    ep.poll(seconds).length,
  ];
  const start = performance.now();
  const before = wait(0.1);
  const late = performance.now() - start >= 300;
  sys.write(fd, new Uint8Array(new BigUint64Array([1n]).buffer), 0, 8);
  const result = [before, late, wait(60)];
  ep.close();
  sys.close(fd);
  return result;
}

const EVERY_WAIT = [[0, 0, 0], true, [1, 1, 1]];

describe('select in worker threads', () => {
  it('works as on the main thread, and so do poll and epoll', async () => {
    assert.deepEqual(await runInWorker(everyWait, null), EVERY_WAIT);
  });

  it('works in two at once', async () => {
    const results = await Promise.all([runInWorker(everyWait, null), runInWorker(everyWait, null)]);
    assert.deepEqual(results, [EVERY_WAIT, EVERY_WAIT]);
  });

  it('wakes a worker that waits for ever when the other writes', async (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    const reader = runInWorker(({ select: { select } }, fd: number) => select([fd], [], []), readEnd);
    const writer = runInWorker(
      ({ sys }, fd: number) =>
        new Promise((done) =>
          setTimeout(() => {
            done(sys.write(fd, Buffer.from('x'), 0, 1));
          }, 100),
        ),
      writeEnd,
    );
    assert.deepEqual(await Promise.all([reader, writer]), [[[readEnd], [], []], 1]);
  });

  it('leaves the main thread to run while a worker blocks', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    await runInWorker(({ select: { select } }) => select([], [], [], 0.3), null);
    clearInterval(timer);
    assert.ok(ticks >= 2, `${ticks}`);
  });
});

describe('an fd of select that another thread closes meanwhile', () => {
  const ready = readableFd({ after });

  it('does not end the wait; the man page does not say what the result is after the timeout', async (t) => {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    // A number that nothing else opens: the end of the test closes it again.
    const fd = dupAt(t, idleFd(t), 200)!;
    const closing = runInWorker(
      ({ sys }, [fd, shared]: [number, Int32Array]) => {
        Atomics.store(shared, 0, 1);
        Atomics.notify(shared, 0);
        // The other thread is about to call select.
        Atomics.wait(shared, 1, 0, 100);
        return sys.close(fd);
      },
      [fd, shared] as [number, Int32Array],
    );
    // The worker must run first; its modules need time to load.
    for (let i = 0; Atomics.load(shared, 0) === 0 && i < 1000; i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { result, ms } = timed(() => select([fd], [], [], 0.4));
    assert.equal(await closing, 0);
    assert.ok(ms >= 400 && ms < 5000, `${ms}`);
    assert.ok(result[0].length <= 1 && result[1].length === 0 && result[2].length === 0);
    assert.deepEqual(select([ready], [], [], 0)[0], [ready]);
  });
});
