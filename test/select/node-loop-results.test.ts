import assert from 'node:assert/strict';
import { openSync } from 'node:fs';

import { epoll, EPOLLIN, type FileObject, poll, POLLIN, select, selectAsync } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';
import { dupAt, eventFd, idleFd, Numbered, own, readableFd, socketPair, tcpPair, writeByte } from '../support/fds.ts';
import type { Cleanup } from '../support/fds.ts';
import { onBothThreads, whileWaiting } from '../support/loop-threads.ts';

type Lists = [FileObject[], FileObject[], FileObject[]];

const lists: Record<string, (t: Cleanup) => Lists> = {
  'three empty lists': () => [[], [], []],
  'no ready fd': (t) => [[idleFd(t)], [], [idleFd(t)]],
  'one list given three times': (t) => {
    const list = [eventFd(t, 1)];
    return [list, list, list];
  },
  'forty fds in another order': (t) => {
    const fds = Array.from({ length: 40 }, () => readableFd(t));
    return [fds.map((_, index) => fds[(index * 17 + 5) % 40]!), fds.toReversed(), []];
  },
  duplicates: (t) => {
    const [a, b] = [readableFd(t), readableFd(t)];
    return [[a, a, b, a], [], []];
  },
  'objects of the same fd': (t) => {
    const fd = eventFd(t, 1);
    const one = new Numbered(fd);
    return [[one, fd, new Numbered(fd), one], [one], [one]];
  },
  'ready and idle mixed': (t) => {
    const [ready, idle] = [eventFd(t, 1), idleFd(t)];
    return [[idle, ready, idle], [ready, ready], [ready]];
  },
  'an urgent byte': (t) => {
    const [client, server] = tcpPair(t);
    sys.send(client, Buffer.from('!'), 0, 1, sys.MSG_OOB);
    writeByte(client);
    // The two calls agree only when both bytes have arrived.
    select([], [], [server], 5);
    select([server], [], [], 5);
    return [[server], [server], [server]];
  },
  'a regular file': (t) => {
    const fd = own(t, openSync(new URL(import.meta.url), 'r'));
    return [[fd], [fd], [fd]];
  },
  'a peer that has closed': (t) => {
    const [here, there] = socketPair(t);
    sys.shutdown(there, sys.SHUT_RDWR);
    return [[here], [here], [here]];
  },
};

function assertSame(actual: unknown[][], expected: unknown[][]): void {
  assert.deepEqual(actual, expected);
  // deepEqual does not compare the identity of the objects.
  for (const [index, list] of expected.entries()) {
    for (const [place, object] of list.entries()) assert.equal(actual[index]![place], object);
  }
}

onBothThreads(
  import.meta.url,
  'selectAsync gives what select gives for',
  Object.fromEntries(
    Object.entries(lists).map(([what, make]) => [
      what,
      async (t: Cleanup) => {
        const args = make(t);
        const result = await selectAsync(...args, 0.01);
        assertSame(result, select(...args, 0));
        assert.equal(new Set<unknown>([...result, ...args]).size, 3 + new Set(args).size);
        // Several waits together call poll(2) first.
        assertSame(await whileWaiting(t, () => selectAsync(...args, 0.01)), result);
      },
    ]),
  ),
);

onBothThreads(import.meta.url, 'the timeout of an awaited call', {
  'is never cut short, and rounded up': async (t) => {
    const fd = idleFd(t);
    const poller = poll();
    poller.register(fd, POLLIN);
    using ep = epoll();
    ep.register(fd, EPOLLIN);
    const rows: [wait: () => Promise<unknown>, atLeastMs: number][] = [
      [() => selectAsync([fd], [], [], 1e-300), 0.001],
      [() => selectAsync([fd], [], [], 1e-6), 0.001],
      [() => selectAsync([fd], [], [], 0.0305), 30.5],
      [() => selectAsync([], [], [], 0.1), 100],
      [() => poller.pollAsync(1e-100), 1],
      [() => poller.pollAsync(30.5), 31],
      [() => ep.pollAsync(1e-100), 1],
      [() => ep.pollAsync(0.0011), 2],
      [() => ep.pollAsync(0.0305), 31],
    ];
    for (const [index, [wait, atLeastMs]] of rows.entries()) {
      const start = performance.now();
      await wait();
      const ms = performance.now() - start;
      assert.ok(ms >= atLeastMs && ms < atLeastMs + 1000, `row ${index}: ${ms}`);
    }
  },

  'of 0 does not wait, but ends in a later turn': async (t) => {
    const ready = readableFd(t);
    let turns = 0;
    for (const expected of [[], [ready]]) {
      let ended = false;
      const wait = selectAsync(expected, [], [], 0).then(([readable]) => {
        ended = true;
        return readable;
      });
      // After any number of microtasks it is still the same turn.
      for (let i = 0; i < 100; i++) await Promise.resolve();
      assert.equal(ended, false);
      assert.deepEqual(await wait, expected);
      turns++;
    }
    assert.equal(turns, 2);
  },

  'that is omitted, null, or negative is infinite': async (t) => {
    const [here, there] = socketPair(t);
    const poller = poll();
    poller.register(here, POLLIN);
    using ep = epoll();
    ep.register(here, EPOLLIN);
    const all = Promise.all([
      selectAsync([here], [], []),
      selectAsync([here], [], [], null),
      poller.pollAsync(-1),
      ep.pollAsync(-0.5),
      ep.pollAsync(),
    ]);
    let written = false;
    setTimeout(() => {
      written = true;
      writeByte(there);
    }, 50);
    const results = await all;
    assert.ok(written);
    assert.deepEqual(
      results.map((result) => result.flat(2)[0]),
      [here, here, here, here, here],
    );
  },
});

onBothThreads(import.meta.url, "selectAsync with fdSetSize 'unlimited'", {
  'takes an fd of 1500, alone and with others': async (t) => {
    const fd = dupAt(t, readableFd(t), 1500);
    const idle = dupAt(t, idleFd(t), 1500);
    // With a limit of 1024 fds there is no such fd.
    if (fd === undefined || idle === undefined) return;
    const options = { fdSetSize: 'unlimited' as const };
    assert.deepEqual(await selectAsync([fd, idle], [fd], [idle], 5, options), [[fd], [], []]);
    const both = [selectAsync([fd], [], [], 5, options), selectAsync([idle], [], [], 0.01, options)];
    assert.deepEqual(await Promise.all(both), [
      [[fd], [], []],
      [[], [], []],
    ]);
    await assert.rejects(selectAsync([fd], [], [], 0), { message: 'filedescriptor out of range in select()' });
  },
});
