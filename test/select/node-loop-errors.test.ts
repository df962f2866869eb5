import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';

import {
  type AsyncOptions,
  epoll,
  type Epoll,
  EPOLLIN,
  type FileObject,
  type Poll,
  poll,
  POLLIN,
  select,
  selectAsync,
} from '../../src/select.ts';
import { closedFd, eventFd, idleFd, pipePair, writeByte } from '../support/fds.ts';
import { onBothThreads } from '../support/loop-threads.ts';

type SelectArguments = Parameters<typeof select<FileObject, FileObject, FileObject>>;
type Wait = (seconds: number | null, options?: AsyncOptions) => Promise<number[]>;

const INT_MAX = 2 ** 31 - 1;

const badTimeouts: unknown[] = [
  NaN,
  'a',
  '1',
  {},
  [],
  Symbol('timeout'),
  () => 0,
  1e300,
  Infinity,
  -Infinity,
  2n ** 64n,
];

const badSelects: unknown[][] = [
  [],
  [[], []],
  [[], [], [], 0, {}, 0],
  [1, [], [], 0],
  [[], null, [], 0],
  [[], [], undefined, 0],
  [['x'], [], [], 0],
  [[-1], [], [], 0],
  [[1024], [], [], 0],
  [[{}], [], [], 0],
  [[{ fileno: () => 'x' }], [], [], 0],
  [[], [], [], -1],
  [[], [], [], 0, { fdSetSize: 7 }],
  [new Array(1025).fill(0), [], [], 0],
  [[[]], 1, [], 'x'],
  ...badTimeouts.map((timeout) => [[], [], [], timeout]),
];
const badPolls: unknown[][] = [...badTimeouts.map((timeout) => [timeout]), [0, {}, 0], [INT_MAX + 1]];
const badEpolls: unknown[][] = [
  ...badTimeouts.map((timeout) => [timeout]),
  [0, -1, {}, 0],
  [0, 0],
  [0, -2],
  [0, 1.5],
  [0, 'x'],
  [0, 2 ** 40],
  [0, INT_MAX],
  [2147483.648],
];

function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

// The async form must reject with the error that the blocking form throws, and must not throw itself.
async function assertSameError(blocking: () => unknown, awaited: () => Promise<unknown>): Promise<void> {
  const { name, message, constructor } = thrownBy(blocking);
  await assert.rejects(awaited(), (error: Error) => {
    assert.deepEqual([error.name, error.message, error.constructor], [name, message, constructor]);
    return true;
  });
}

function anyOf<Result>(method: (...args: never[]) => Result) {
  return (args: unknown[]): Result => method(...(args as never[]));
}

onBothThreads(import.meta.url, 'an argument that the blocking form refuses', {
  'is refused by selectAsync in the same words': async () => {
    for (const args of badSelects) {
      await assertSameError(
        () => anyOf(select)(args),
        () => anyOf(selectAsync)(args),
      );
    }
  },

  'is refused by Poll.pollAsync in the same words, and the Poll can wait again': async () => {
    for (const args of badPolls) {
      const poller = poll();
      await assertSameError(
        () => anyOf((...each: Parameters<Poll['poll']>) => poller.poll(...each))(args),
        () => anyOf((...each: Parameters<Poll['pollAsync']>) => poller.pollAsync(...each))(args),
      );
      assert.deepEqual(poller.poll(0), []);
    }
  },

  'is refused by Epoll.pollAsync in the same words': async () => {
    using ep = epoll();
    for (const args of badEpolls) {
      await assertSameError(
        () => anyOf((...each: Parameters<Epoll['poll']>) => ep.poll(...each))(args),
        () => anyOf((...each: Parameters<Epoll['pollAsync']>) => ep.pollAsync(...each))(args),
      );
    }
  },

  'is an fd that is closed, an epoll that is closed, an fd that is no epoll': async (t) => {
    const fd = closedFd(t);
    for (const options of [{}, { fdSetSize: 'unlimited' as const }]) {
      const args: SelectArguments = [[fd], [], [], 5, options];
      await assertSameError(
        () => select(...args),
        () => selectAsync(...args),
      );
    }
    const ep = epoll();
    ep.close();
    await assertSameError(
      () => ep.poll(0),
      () => ep.pollAsync(0),
    );
    const fake = epoll.fromfd(eventFd(t, 1));
    await assertSameError(
      () => fake.poll(0),
      () => fake.pollAsync(1),
    );
  },

  'is refused while others wait too': async (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    const waiting = selectAsync([readEnd], [], [], 5);
    await assertSameError(
      () => select([closedFd(t)], [], [], 5),
      () => selectAsync([closedFd(t)], [], [], 5),
    );
    writeByte(writeEnd);
    assert.deepEqual(await waiting, [[readEnd], [], []]);
  },
});

// Each waits until the fd is readable, and returns the readable fds.
function everyWait(fd: number, poller: Poll, ep: Epoll): Wait[] {
  poller.register(fd, POLLIN);
  ep.register(fd, EPOLLIN);
  return [
    async (timeout, options) => (await selectAsync([fd], [], [], timeout, options))[0],
    async (timeout, options) =>
      (await poller.pollAsync(timeout === null ? null : timeout * 1000, options)).map(([ready]) => ready),
    async (timeout, options) => (await ep.pollAsync(timeout, -1, options)).map(([ready]) => ready),
  ];
}

onBothThreads(import.meta.url, 'an AbortSignal of selectAsync, Poll.pollAsync and Epoll.pollAsync', {
  'that is aborted already rejects with its reason': async (t) => {
    using ep = epoll();
    for (const wait of everyWait(idleFd(t), poll(), ep)) {
      for (const reason of [new Error('why'), 'text', 0, null, { any: 'thing' }]) {
        const thrown = await wait(60, { signal: AbortSignal.abort(reason) }).catch((error: unknown) => error);
        assert.equal(thrown, reason);
      }
      await assert.rejects(wait(60, { signal: AbortSignal.abort() }), { name: 'AbortError', code: 20 });
    }
  },

  'that is aborted during the wait rejects with its reason, and the next wait works': async (t) => {
    using ep = epoll();
    for (const wait of everyWait(idleFd(t), poll(), ep)) {
      for (const reason of [new Error('why'), undefined, 'text']) {
        const controller = new AbortController();
        const start = performance.now();
        setTimeout(() => {
          controller.abort(reason);
        }, 10);
        const thrown = await wait(null, { signal: controller.signal }).catch((error: unknown) => error);
        assert.equal(thrown, controller.signal.reason);
        assert.ok(performance.now() - start < 2000);
      }
      assert.deepEqual(await wait(0), []);
    }
  },

  'has no listener any more, however the wait has ended': async (t) => {
    using ep = epoll();
    const [readEnd, writeEnd] = pipePair(t);
    const waits = everyWait(readEnd, poll(), ep);
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = (): number => getEventListeners(signal, 'abort').length;
    for (const wait of waits) {
      const timedOut = wait(0.01, { signal });
      assert.equal(listeners(), 1);
      assert.deepEqual(await timedOut, []);
      assert.equal(listeners(), 0);
    }
    writeByte(writeEnd);
    for (const wait of waits) assert.deepEqual(await wait(60, { signal }), [readEnd]);
    assert.equal(listeners(), 0);
    await assert.rejects(selectAsync([closedFd(t)], [], [], 5, { signal }), { code: 'EBADF' });
    assert.equal(listeners(), 0);
    const aborted = waits.map((wait) => assert.rejects(wait(60, { signal }), { name: 'AbortError' }));
    assert.equal(listeners(), 3);
    controller.abort();
    await Promise.all(aborted);
    assert.equal(listeners(), 0);
  },

  'ends all waits that received it': async (t) => {
    const controller = new AbortController();
    const fd = idleFd(t);
    const waits = Array.from({ length: 5 }, () => selectAsync([fd], [], [], null, { signal: controller.signal }));
    controller.abort('enough');
    const results = await Promise.allSettled(waits);
    assert.deepEqual(
      new Set(results.map((result) => (result as PromiseRejectedResult).reason as unknown)),
      new Set(['enough']),
    );
  },

  'that is no AbortSignal is refused, and the Poll can wait again': async () => {
    const poller = poll();
    for (const signal of [{}, 'text', 1]) {
      await assert.rejects(poller.pollAsync(0, { signal: signal as AbortSignal }), TypeError);
      assert.deepEqual(await poller.pollAsync(0), []);
    }
  },
});
