import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  epoll,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  poll,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  selectAsync,
} from '../../src/select.ts';
import * as sys from '../../src/sys.ts';
import { close, closedFd, countFds, drain, dupAt, idleFd, pipePair, socketPair, writeByte } from '../support/fds.ts';
import { onBothThreads, whileWaiting } from '../support/loop-threads.ts';
import { runInChild, withFdLimit } from '../support/programs.ts';

/** How many turns the event loop of this thread has made. */
const turnsOfNode = (): number => performance.nodeTiming.uvMetricsInfo.loopCount;

onBothThreads(import.meta.url, 'several waits at once', {
  'each get their own result when one fd becomes ready for all': async (t) => {
    const [here, there] = socketPair(t);
    const poller = poll();
    poller.register(here, POLLIN);
    using ep = epoll();
    ep.register(here, EPOLLIN);
    const all = Promise.all([
      selectAsync([here], [], [], 5),
      selectAsync([here, here], [], [here], 5),
      poller.pollAsync(5000),
      ep.pollAsync(5),
    ]);
    await sleep(20);
    writeByte(there);
    assert.deepEqual(await all, [[[here], [], []], [[here, here], [], []], [[here, POLLIN]], [[here, EPOLLIN]]]);
  },

  'each get their own result when each asks for something else': async (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    const [here, there] = socketPair(t);
    writeByte(there);
    const poller = poll();
    poller.register(here, POLLOUT);
    poller.register(readEnd, POLLIN);
    using ep = epoll();
    ep.register(here, EPOLLIN | EPOLLOUT);
    const results = await Promise.all([
      selectAsync([readEnd], [], [], 0.1),
      selectAsync([here, readEnd], [writeEnd, here], [here], 5),
      poller.pollAsync(5000),
      ep.pollAsync(5),
    ]);
    assert.deepEqual(results, [
      [[], [], []],
      [[here], [writeEnd, here], []],
      [[here, POLLOUT]],
      [[here, EPOLLIN | EPOLLOUT]],
    ]);
  },

  'each end at their own time': async (t) => {
    const fd = idleFd(t);
    const poller = poll();
    poller.register(fd, POLLIN);
    using ep = epoll();
    ep.register(fd, EPOLLIN);
    const start = performance.now();
    const ended = async (wait: Promise<unknown>): Promise<number> => {
      await wait;
      return performance.now() - start;
    };
    const times = await Promise.all([
      ended(selectAsync([fd], [], [], 0.15)),
      ended(poller.pollAsync(50)),
      ended(ep.pollAsync(0.1)),
      ended(selectAsync([], [], [], 0.02)),
    ]);
    for (const [index, ms] of [150, 50, 100, 20].entries()) {
      assert.ok(times[index]! >= ms && times[index]! < ms + 1000, times.join());
    }
  },

  'do not affect the others when one is aborted': async (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    const controller = new AbortController();
    const aborted = assert.rejects(selectAsync([readEnd], [], [], 5, { signal: controller.signal }), /AbortError/);
    const other = selectAsync([readEnd], [], [], 5);
    await sleep(10);
    controller.abort();
    await aborted;
    writeByte(writeEnd);
    assert.deepEqual(await other, [[readEnd], [], []]);
  },

  'do not affect the others when an fd is closed: select fails, poll reports POLLNVAL': async (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    const victim = dupAt(t, readEnd, 300)!;
    const poller = poll();
    poller.register(victim, POLLIN);
    const failing = assert.rejects(selectAsync([victim], [], [], 5), { code: 'EBADF', syscall: 'select' });
    const polled = poller.pollAsync(5000);
    const other = selectAsync([readEnd], [], [], 5);
    await sleep(10);
    close(victim);
    await failing;
    assert.deepEqual(await polled, [[victim, POLLNVAL]]);
    writeByte(writeEnd);
    assert.deepEqual(await other, [[readEnd], [], []]);
  },

  'do not affect the others when an epoll is closed': async (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    const ep = epoll();
    ep.register(readEnd, EPOLLIN);
    const failing = assert.rejects(ep.pollAsync(5), {
      name: 'RangeError',
      message: 'I/O operation on closed epoll object',
    });
    const other = selectAsync([readEnd], [], [], 5);
    await sleep(10);
    const start = performance.now();
    ep.close();
    await failing;
    assert.ok(performance.now() - start < 1000);
    writeByte(writeEnd);
    assert.deepEqual(await other, [[readEnd], [], []]);
  },

  'serve an fd that is registered during the wait': async (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    const poller = poll();
    using ep = epoll();
    const all = Promise.all([poller.pollAsync(5000), ep.pollAsync(5), selectAsync([readEnd], [], [], 5)]);
    await sleep(10);
    poller.register(readEnd, POLLIN);
    ep.register(readEnd, EPOLLIN);
    writeByte(writeEnd);
    assert.deepEqual(await all, [[[readEnd, POLLIN]], [[readEnd, EPOLLIN]], [[readEnd], [], []]]);
  },

  'are refused for one and the same Poll, but not for one Epoll': async (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    const concurrent = { name: 'Error', message: 'concurrent poll() invocation' };
    const poller = poll();
    poller.register(readEnd, POLLIN);
    using ep = epoll();
    ep.register(readEnd, EPOLLIN);
    const first = poller.pollAsync(5000);
    await assert.rejects(poller.pollAsync(0), concurrent);
    assert.throws(() => poller.poll(0), concurrent);
    const both = Promise.all([ep.pollAsync(5), ep.pollAsync(5)]);
    writeByte(writeEnd);
    assert.deepEqual(await first, [[readEnd, POLLIN]]);
    assert.deepEqual(await both, [[[readEnd, EPOLLIN]], [[readEnd, EPOLLIN]]]);
    assert.deepEqual(poller.poll(0), [[readEnd, POLLIN]]);
  },

  'go on waiting when another wait on the same epoll has received the event (EPOLLONESHOT)': async (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    using ep = epoll();
    ep.register(readEnd, EPOLLIN | EPOLLONESHOT);
    const first = ep.pollAsync(5);
    const second = ep.pollAsync(5);
    writeByte(writeEnd);
    assert.deepEqual(await first, [[readEnd, EPOLLIN]]);
    ep.modify(readEnd, EPOLLIN | EPOLLONESHOT);
    assert.deepEqual(await second, [[readEnd, EPOLLIN]]);
  },

  'may be two hundred, and leak nothing': async (t) => {
    const before = countFds();
    const pairs = Array.from({ length: 200 }, () => pipePair(t));
    const all = Promise.all(pairs.map(([readEnd]) => selectAsync([readEnd], [], [], 10)));
    await sleep(5);
    for (const [, writeEnd] of pairs.toReversed()) writeByte(writeEnd);
    assert.deepEqual(
      await all,
      pairs.map(([readEnd]) => [[readEnd], [], []]),
    );
    for (const fd of pairs.flat()) close(fd);
    assert.equal(countFds(), before);
  },

  'may last longer than a single poll(2) can': () => {
    const results = runInChild(
      async ({ select: { selectAsync }, sys }) => {
        const { spawn } = await import('node:child_process');
        const fds = new Int32Array(2);
        sys.pipe2(fds, sys.O_CLOEXEC);
        const all = Promise.all([1e7, 9e9].map((seconds) => selectAsync([fds[0]!], [], [], seconds)));
        spawn('sleep', ['0.05']).on('exit', () => sys.write(fds[1]!, new Uint8Array(1), 0, 1));
        return (await all).map(([readable]) => readable.length);
      },
      // A timer of V8 would limit the wait.
      { flags: ['--no-memory-reducer'] },
    );
    assert.deepEqual(results, [1, 1]);
  },

  'sleep while an fd has an error that no wait asked for, whichever wait began first': async (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    close(writeEnd);
    const assertRests = async (hungUp: Promise<unknown>): Promise<void> => {
      await sleep(50);
      const before = turnsOfNode();
      assert.deepEqual(await hungUp, [[], [], []]);
      // A loop that does not rest makes thousands of turns in 250 ms, also on a busy machine.
      const turns = turnsOfNode() - before;
      assert.ok(turns < 250, `${turns} turns`);
    };
    const start = (): Promise<unknown> => selectAsync([], [], [readEnd], 0.3);
    await whileWaiting(t, () => assertRests(start()));
    const first = start();
    await whileWaiting(t, () => assertRests(first));
  },

  'answer immediately while poll(2) reports an event that no wait asked for': async (t) => {
    const [hungUp, gone] = pipePair(t);
    close(gone);
    const [readEnd, writeEnd] = pipePair(t);
    const latenciesMs: number[] = [];
    await Promise.all([
      selectAsync([], [], [hungUp], 0.2),
      whileWaiting(t, async () => {
        for (let i = 0; i < 5; i++) {
          const other = selectAsync([readEnd], [], [], 5);
          await sleep(20);
          const start = performance.now();
          writeByte(writeEnd);
          assert.deepEqual(await other, [[readEnd], [], []]);
          latenciesMs.push(performance.now() - start);
          drain(readEnd);
        }
      }),
    ]);
    // A pause of the machine delays one answer or another; our own sleep would delay each of them.
    assert.ok(Math.min(...latenciesMs) < 100, latenciesMs.join());
  },

  'find a closed fd among many, however often it is asked for': async (t) => {
    const fd = closedFd(t);
    const waits = [1, 2, 3].map(() => assert.rejects(selectAsync([fd], [fd], [], 5), { code: 'EBADF' }));
    await whileWaiting(t, () => Promise.all(waits));
    assert.equal(sys.errorCode(sys.fcntl(fd, sys.F_GETFD, 0)), 'EBADF');
  },

  'may have more entries together than the process may have fds': () => {
    const results = runInChild(
      ({ select: { selectAsync }, sys }) => {
        const fds = new Int32Array(2);
        sys.pipe2(fds, sys.O_CLOEXEC);
        const readEnd = fds[0]!;
        const many = new Array<number>(40).fill(readEnd);
        setTimeout(() => sys.write(fds[1]!, new Uint8Array(1), 0, 1), 20);
        return Promise.all([0, 1, 2].map(() => selectAsync(many, [], many, 5).then(([readable]) => readable.length)));
      },
      { prefix: withFdLimit(64) },
    );
    assert.deepEqual(results, [40, 40, 40]);
  },
});
