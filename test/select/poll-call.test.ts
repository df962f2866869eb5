import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';

import { type Poll, poll, POLLIN, type Timeout } from '../../src/select.ts';
import { drain, eventFd, idleFd, Numbered, pipePair, readableFd } from '../support/fds.ts';
import { runInChild, withFdLimit } from '../support/programs.ts';
import { during, writeLater } from '../support/signals.ts';
import { timed } from '../support/timed.ts';

const ready = eventFd({ after }, 1);
const idle = idleFd({ after });

function polling(...fds: number[]): Poll {
  const poller = poll();
  for (const fd of fds) poller.register(fd, POLLIN);
  return poller;
}

describe('the timeout of Poll.poll', () => {
  const forEver: [what: string, args: [] | [Timeout]][] = [
    ['left out', []],
    ...[undefined, null, -1000, -1, -0.1, -1e-100, -(2 ** 31)].map((timeout): [string, [Timeout]] => [
      inspect(timeout),
      [timeout],
    ]),
  ];
  for (const [what, args] of forEver) {
    it(`is infinite when it is ${what}`, async (t) => {
      const [readEnd, writeEnd] = pipePair(t);
      const poller = polling(readEnd);
      const { result, ms } = await during(
        () => writeLater(writeEnd, 0.04),
        () => poller.poll(...args),
      );
      assert.deepEqual(result, [[readEnd, POLLIN]]);
      assert.ok(ms >= 40, `${ms}`);
      assert.equal(drain(readEnd), 1);
    });
  }

  const lengths: [timeout: unknown, atLeastMs: number][] = [
    [1e-100, 1],
    [0.1, 1],
    [true, 1],
    [30.5, 31],
    [100, 100],
    [100n, 100],
  ];
  for (const [timeout, atLeastMs] of lengths) {
    it(`of ${inspect(timeout)} ms is ${atLeastMs} ms or more`, () => {
      const { result, ms } = timed(() => polling(idle).poll(timeout as Timeout));
      assert.deepEqual(result, []);
      assert.ok(ms >= atLeastMs && ms < atLeastMs + 5000, `${ms}`);
    });
  }

  it('is slept when nothing is registered', () => {
    const { result, ms } = timed(() => poll().poll(50));
    assert.deepEqual(result, []);
    assert.ok(ms >= 50 && ms < 5000, `${ms}`);
  });

  for (const timeout of [0, -0, false, 0n]) {
    it(`of ${inspect(timeout)} does not wait`, () => {
      const poller = polling(idle);
      const { ms } = timed(() => {
        for (let i = 0; i < 500; i++) assert.deepEqual(poller.poll(timeout as Timeout), []);
      });
      assert.ok(ms < 500, `500 polls took ${ms} ms`);
    });
  }

  it('may be up to 2**31 - 1', () => {
    assert.deepEqual(polling(ready).poll(2 ** 31 - 1), [[ready, POLLIN]]);
  });

  const refused: [error: object, timeouts: unknown[]][] = [
    [
      { name: 'TypeError', message: 'timeout must be an integer or None' },
      ['1', '', [], {}, Object(1), { valueOf: () => 1 }, Symbol('1j')],
    ],
    [{ name: 'RangeError', message: 'Invalid value NaN (not a number)' }, [NaN]],
    [{ name: 'RangeError', message: 'timestamp out of range for platform time_t' }, [Infinity, -Infinity, 1e300]],
    [{ name: 'RangeError', message: 'timeout is too large' }, [2 ** 31, 2 ** 32, 2 ** 31 - 0.5, -(2 ** 31) - 1]],
    [{ name: 'RangeError', message: 'timestamp too large to convert to C _PyTime_t' }, [1e13, -1e13, 2n ** 63n]],
  ];
  for (const [error, timeouts] of refused) {
    for (const timeout of timeouts) {
      it(`may not be ${inspect(timeout)}`, () => {
        assert.throws(() => polling(ready).poll(timeout as Timeout), error);
      });
    }
  }
});

describe('the result of Poll.poll', () => {
  it('is in the order of registration, not of the fds', (t) => {
    const fds = Array.from({ length: 40 }, () => readableFd(t)).map((_, index, all) => all[(index * 17) % 40]!);
    assert.deepEqual(
      polling(...fds)
        .poll(0)
        .map(([fd]) => fd),
      fds,
    );
  });

  it('has an fd at the end after it was unregistered and registered again', (t) => {
    const [a, b, c] = [eventFd(t, 1), eventFd(t, 1), eventFd(t, 1)];
    const poller = polling(a, b, c);
    poller.unregister(a);
    poller.register(a, POLLIN);
    assert.deepEqual(
      poller.poll(0).map(([fd]) => fd),
      [b, c, a],
    );
  });

  it('has the number even when an object was registered', () => {
    const poller = poll();
    poller.register(new Numbered(ready), POLLIN);
    assert.deepEqual(poller.poll(0), [[ready, POLLIN]]);
  });

  it('is new each time, and has only ready fds', () => {
    const poller = polling(idle, ready);
    const first = poller.poll(0);
    assert.deepEqual(first, [[ready, POLLIN]]);
    first[0]![1] = 0;
    assert.deepEqual(poller.poll(0), [[ready, POLLIN]]);
    assert.notEqual(poller.poll(0), poller.poll(0));
  });

  it('follows what is registered and unregistered, from none to 300 and back', (t) => {
    const fds = Array.from({ length: 300 }, () => eventFd(t, 1));
    const poller = poll();
    for (const fd of fds) {
      poller.register(fd, POLLIN);
      assert.equal(poller.poll(0).length, fds.indexOf(fd) + 1);
    }
    for (const fd of fds) {
      poller.unregister(fd);
      assert.equal(
        poller.poll(0).some(([left]) => left === fd),
        false,
      );
    }
    assert.deepEqual(poller.poll(0), []);
  });
});

describe('a poll object and threads', () => {
  it('cannot be polled by two at once (RuntimeError in Python): it does not reach another thread', async () => {
    const code = `const { parentPort } = require('node:worker_threads');
parentPort.once('message', (poller) => parentPort.postMessage(typeof poller.poll));`;
    const worker = new Worker(code, { eval: true });
    worker.postMessage(polling(ready));
    const type = await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
    assert.equal(type, 'undefined');
  });
});

describe('a poll object with more fds than RLIMIT_NOFILE', () => {
  it('fails with EINVAL in poll and in pollAsync, and works again with fewer', () => {
    const outcome = runInChild(
      async ({ select: { poll, POLLIN, selectAsync } }) => {
        const poller = poll();
        for (let fd = 1000; fd < 1257; fd++) poller.register(fd, POLLIN);
        const fieldsOf = (error: unknown): unknown[] => {
          const { name, code, errno, syscall } = error as NodeJS.ErrnoException;
          return [name, code, errno, syscall];
        };
        const errors: unknown[] = [];
        try {
          poller.poll(0);
        } catch (error) {
          errors.push(fieldsOf(error));
        }
        errors.push(await poller.pollAsync(5000).catch(fieldsOf));
        // The same together with another wait on Node's loop.
        const other = selectAsync([], [], [], 0.1);
        errors.push(await poller.pollAsync(5000).catch(fieldsOf));
        poller.unregister(1000);
        const count = poller.poll(0).length;
        // Node's fd is one more entry of a pollAsync.
        poller.unregister(1001);
        return [errors, count, (await poller.pollAsync(5000)).length, await other];
      },
      { prefix: withFdLimit(256) },
    );
    const error = ['OSError', 'EINVAL', -22, 'poll'];
    assert.deepEqual(outcome, [[error, error, error], 256, 255, [[], [], []]]);
  });
});
