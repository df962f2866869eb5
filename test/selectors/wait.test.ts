import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';

import {
  type BaseSelector,
  EpollSelector,
  EVENT_EXCEPTIONAL,
  EVENT_READ,
  EVENT_WRITE,
  PollSelector,
  type ReadyKey,
  SelectorKey,
  SelectSelector,
} from '../../src/selectors.ts';
import * as sys from '../../src/sys.ts';
import { close, pipePair, socketPair, tcpPair, writeByte } from '../support/fds.ts';
import { fastestMs, timed } from '../support/timed.ts';

function eventsOf(ready: ReadyKey[]): number[] {
  return ready.map(([, events]) => events);
}

for (const Selector of [SelectSelector, PollSelector, EpollSelector]) {
  describe(`${Selector.name}, waiting`, () => {
    it('reports the events that are ready and were asked for, with the data', (t) => {
      using selector = new Selector<string>();
      const [a, b] = socketPair(t);
      selector.register(a, EVENT_READ | EVENT_WRITE, 'a');
      selector.register(b, EVENT_READ, 'b');
      assert.deepEqual(selector.select(0), [[new SelectorKey(a, a, 3, 'a'), EVENT_WRITE]]);
      writeByte(b);
      assert.deepEqual(
        selector.select(1).map(([{ data }, events]) => [data, events]),
        [['a', EVENT_READ | EVENT_WRITE]],
      );
    });

    it('waits at least the timeout, not at all for 0 or a negative one', () => {
      using selector = new Selector();
      for (const [timeout, least, most] of [
        [0.1, 100, 5000],
        [0, 0, 2000],
        [-5, 0, 2000],
        [-Infinity, 0, 2000],
      ] as const) {
        const { result, ms } = timed(() => selector.select(timeout));
        assert.deepEqual(result, []);
        assert.ok(ms >= least && ms < most, `${timeout} s took ${ms} ms`);
      }
    });

    it('reports an urgent byte as exceptional, and as nothing else', (t) => {
      using selector = new Selector();
      const [client, server] = tcpPair(t);
      assert.equal(sys.send(client, Buffer.from('!'), 0, 1, sys.MSG_OOB), 1);
      selector.register(server, EVENT_READ | EVENT_EXCEPTIONAL);
      const [events, isReadable] = besideKernel(server, () => eventsOf(selector.select(5)));
      assert.deepEqual(events, [EVENT_EXCEPTIONAL | (isReadable ? EVENT_READ : 0)]);
      selector.modify(server, EVENT_READ);
      const [readable, isReadableNow] = besideKernel(server, () => eventsOf(selector.select(0)));
      assert.deepEqual(readable, isReadableNow ? [EVENT_READ] : []);
    });

    it('reports a socket that can only be read as readable, not as writable', (t) => {
      using selector = new Selector();
      const [a, b] = socketPair(t);
      fillSendBuffer(a);
      writeByte(b);
      selector.register(a, EVENT_READ | EVENT_WRITE);
      assert.deepEqual(eventsOf(selector.select(5)), [EVENT_READ]);
    });

    it('does not sleep when the timeout is 0 or negative', async () => {
      using selector = new Selector();
      // One sleep of a millisecond in each wait would make every group of 10 waits take 10 ms.
      for (const timeout of [0, -1]) {
        assert.ok((await fastestMs(20, 10, () => selector.select(timeout))) < 5);
        assert.ok((await fastestMs(20, 10, () => selector.selectAsync(timeout))) < 5);
      }
    });

    it('answers selectAsync as select, and leaves timers alive while it waits', async (t) => {
      using selector = new Selector<string>();
      const [a, b] = socketPair(t);
      selector.register(a, EVENT_READ, 'a');
      assert.deepEqual(await selector.selectAsync(0), []);
      assert.deepEqual(await selector.selectAsync(-1), []);
      let written = false;
      setTimeout(() => {
        written = true;
        writeByte(b);
      }, 20);
      const ready = await selector.selectAsync();
      assert.ok(written);
      assert.deepEqual(ready, [[new SelectorKey(a, a, EVENT_READ, 'a'), EVENT_READ]]);
      selector.modify(a, EVENT_READ | EVENT_WRITE, 'both');
      assert.deepEqual(
        (await selector.selectAsync(null)).map(([{ data }, events]) => [data, events]),
        [['both', EVENT_READ | EVENT_WRITE]],
      );
    });

    it('ends selectAsync with the reason of a signal', async () => {
      using selector = new Selector();
      const aborted = selector.selectAsync(30, { signal: AbortSignal.timeout(20) });
      await assert.rejects(aborted, { name: 'TimeoutError' });
    });

    it('rounds a timeout up: 0.1 ms is no poll', async () => {
      using selector = new Selector();
      for (const wait of [() => selector.select(0.0001), () => selector.selectAsync(0.0001)]) {
        const began = performance.now();
        for (let i = 0; i < 20; i++) assert.deepEqual(await wait(), []);
        assert.ok(performance.now() - began >= 20 * 0.1);
      }
    });

    it('reports an error as readable and as writable, as far as that was asked', (t) => {
      const [readEnd, writeEnd] = pipePair(t);
      close(readEnd);
      for (const events of [EVENT_READ, EVENT_WRITE, EVENT_READ | EVENT_WRITE]) {
        using selector = new Selector();
        selector.register(writeEnd, events);
        assert.deepEqual(eventsOf(selector.select(0)), [events]);
      }
    });

    it('reports a hang-up as readable, and all but select as writable', (t) => {
      using selector = new Selector();
      const [readEnd, writeEnd] = pipePair(t);
      selector.register(readEnd, EVENT_READ | EVENT_WRITE);
      assert.deepEqual(eventsOf(selector.select(0)), []);
      close(writeEnd);
      assert.deepEqual(eventsOf(selector.select(0)), [EVENT_READ | (Selector === SelectSelector ? 0 : EVENT_WRITE)]);
    });

    it('reports no key without an event: a closed peer is nothing exceptional', async (t) => {
      using selector = new Selector();
      const [a, b] = socketPair(t);
      selector.register(a, EVENT_EXCEPTIONAL);
      close(b);
      assert.deepEqual(selector.select(0.01), []);
      assert.deepEqual(await selector.selectAsync(0.01), []);
    });

    it('drops an event with modify, and keeps the rest', (t) => {
      using selector = new Selector();
      const [a, b] = socketPair(t);
      selector.register(a, EVENT_READ | EVENT_WRITE | EVENT_EXCEPTIONAL);
      selector.modify(a, EVENT_READ);
      assert.deepEqual(selector.select(0), []);
      writeByte(b);
      assert.deepEqual(eventsOf(selector.select(0)), [EVENT_READ]);
      selector.unregister(a);
      assert.deepEqual(selector.select(0), []);
    });

    it('checks the timeout before it waits', async () => {
      using selector = new Selector();
      const wrong = [
        [NaN, RangeError],
        [Infinity, RangeError],
        [1e300, RangeError],
        ['1', TypeError],
        [{}, TypeError],
      ] as const;
      for (const [timeout, type] of wrong) {
        assert.throws(() => selector.select(timeout as number), type);
        await assert.rejects(selector.selectAsync(timeout as number), type);
      }
    });

    it('keeps the keys that come and go while selectAsync waits', async (t) => {
      using selector = new Selector<string>();
      const [a, b] = socketPair(t);
      const [c, d] = socketPair(t);
      selector.register(a, EVENT_READ, 'a');
      selector.register(c, EVENT_READ, 'c');
      const waiting = selector.selectAsync(5);
      selector.unregister(a);
      writeByte(b);
      writeByte(d);
      assert.deepEqual(
        (await waiting).map(([{ data }]) => data),
        ['c'],
      );
    });

    it('serves more fds than an fd_set of glibc can contain', () => {
      using selector = new Selector();
      const fds = Array.from({ length: 1500 }, () => sys.eventfd(1, sys.EFD_CLOEXEC));
      assert.ok(Math.max(...fds) > 1024, 'ulimit -n must allow 1500 fds');
      for (const fd of fds) selector.register(fd, EVENT_READ);
      assert.equal(selector.select(0).length, 1500);
      for (const fd of fds) sys.close(fd);
    });
  });
}

describe('a registered fd that was closed', () => {
  it('is EBADF in SelectSelector', (t) => {
    using selector = new SelectSelector();
    registerClosed(selector, t);
    assert.throws(() => selector.select(0), { code: 'EBADF' });
  });

  it('is ready for ever in PollSelector', (t) => {
    using selector = new PollSelector();
    registerClosed(selector, t);
    assert.deepEqual(eventsOf(selector.select(0)), [EVENT_READ | EVENT_WRITE]);
    assert.deepEqual(eventsOf(selector.select(0)), [EVENT_READ | EVENT_WRITE]);
  });

  it('is forgotten by EpollSelector', (t) => {
    using selector = new EpollSelector();
    registerClosed(selector, t);
    assert.deepEqual(selector.select(0), []);
  });
});

describe('PollSelector and EpollSelector', () => {
  it('report a hang-up of a file without interest, with no events', (t) => {
    for (const Selector of [PollSelector, EpollSelector]) {
      using selector = new Selector();
      const [a, b] = socketPair(t);
      selector.register(a, EVENT_READ);
      selector.modify(a, 0);
      writeByte(b);
      assert.deepEqual(selector.select(0), []);
      close(b);
      assert.deepEqual(eventsOf(selector.select(0)), [0]);
    }
  });
});

// Whether poll(2) calls the fd readable while `run` runs. When TCP uses more memory than the second number of
// /proc/sys/net/ipv4/tcp_mem, Linux reports a socket with nothing but an urgent byte as readable, too.
function besideKernel<T>(fd: number, run: () => T): [result: T, isReadable: boolean] {
  for (;;) {
    const before = sys.poll(Int32Array.of(fd, sys.POLLIN), 1, 0);
    const result = run();
    if (sys.poll(Int32Array.of(fd, sys.POLLIN), 1, 0) === before) return [result, before > 0];
  }
}

function fillSendBuffer(fd: number): void {
  const chunk = new Uint8Array(65536);
  while (sys.send(fd, chunk, 0, chunk.length, 0) > 0);
  assert.equal(sys.errorCode(sys.send(fd, chunk, 0, chunk.length, 0)), 'EAGAIN');
}

function registerClosed(selector: BaseSelector, t: TestContext): void {
  const [a] = socketPair(t);
  selector.register(a, EVENT_READ | EVENT_WRITE);
  close(a);
}
