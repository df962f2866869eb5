import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { KeyError, OSError } from '../src/errors.ts';
import { EpollSelector } from '../src/selectors/epoll-selector.ts';
import { PollSelector } from '../src/selectors/poll-selector.ts';
import { SelectSelector } from '../src/selectors/select-selector.ts';
import { EVENT_EXCEPTIONAL, EVENT_READ, EVENT_WRITE, type ReadyKey } from '../src/selectors/selector.ts';
import * as sys from '../src/sys.ts';

function pair(): [number, number] {
  const fds = new Int32Array(2);
  assert.equal(sys.socketpair(sys.AF_UNIX, sys.SOCK_STREAM | sys.SOCK_CLOEXEC, 0, fds), 0);
  return [fds[0]!, fds[1]!];
}

function pipe(): [number, number] {
  const fds = new Int32Array(2);
  assert.equal(sys.pipe2(fds, sys.O_CLOEXEC), 0);
  return [fds[0]!, fds[1]!];
}

function eventsOf(ready: ReadyKey[]): number[] {
  return ready.map(([, events]) => events);
}

function write(fd: number): void {
  assert.equal(sys.write(fd, Buffer.from('x'), 0, 1), 1);
}

for (const Selector of [SelectSelector, PollSelector, EpollSelector]) {
  describe(Selector.name, () => {
    it('reports what is ready of what was asked, with the data', () => {
      using selector = new Selector<string>();
      const [a, b] = pair();
      selector.register(a, EVENT_READ | EVENT_WRITE, 'a');
      selector.register(b, EVENT_READ, 'b');
      assert.deepEqual(selector.select(0), [[{ fileobj: a, fd: a, events: 3, data: 'a' }, EVENT_WRITE]]);
      write(b);
      assert.deepEqual(
        selector.select(1).map(([{ data }, events]) => [data, events]),
        [['a', EVENT_READ | EVENT_WRITE]],
      );
      sys.close(a);
      sys.close(b);
    });

    it('waits at least the timeout, not at all for 0 or a negative one', () => {
      using selector = new Selector();
      for (const [timeout, least, most] of [
        [0.1, 100, 5000],
        [0, 0, 2000],
        [-5, 0, 2000],
      ] as const) {
        const began = performance.now();
        assert.deepEqual(selector.select(timeout), []);
        const took = performance.now() - began;
        assert.ok(took >= least && took < most, `${timeout} s took ${took} ms`);
      }
    });

    it('changes interest with modify, and keeps the new data', () => {
      using selector = new Selector<number>();
      const [a, b] = pair();
      selector.register(a, EVENT_READ, 1);
      assert.deepEqual(selector.select(0), []);
      selector.modify(a, EVENT_WRITE, 2);
      assert.deepEqual(
        selector.select(0).map(([{ data }]) => data),
        [2],
      );
      selector.modify(a, EVENT_WRITE, 3);
      assert.equal(selector.getKey(a).data, 3);
      sys.close(a);
      sys.close(b);
    });

    it('refuses what is registered twice, unknown, or no event', () => {
      using selector = new Selector();
      const [a, b] = pair();
      selector.register(a, EVENT_READ, null);
      assert.throws(() => selector.register(a, EVENT_READ, null), new KeyError(`${a} (FD ${a}) is already registered`));
      assert.throws(() => selector.unregister(b), new KeyError(`${b} is not registered`));
      assert.throws(() => selector.modify(b, EVENT_READ, null), KeyError);
      assert.throws(() => selector.register(b, 0, null), new RangeError('Invalid events: 0'));
      assert.throws(() => selector.register(b, 8, null), new RangeError('Invalid events: 8'));
      assert.throws(() => selector.register(-1, EVENT_READ, null), new RangeError('Invalid file descriptor: -1'));
      sys.close(a);
      sys.close(b);
    });

    it('unregisters what was closed since, by the object that was registered', () => {
      using selector = new Selector();
      const [a, b] = pair();
      const socket = { fd: a, fileno: () => socket.fd };
      selector.register(socket, EVENT_READ, null);
      sys.close(a);
      socket.fd = -1;
      assert.equal(selector.unregister(socket).fd, a);
      assert.equal(selector.size, 0);
      sys.close(b);
    });

    it('reports an urgent byte as exceptional, and as nothing else', () => {
      using selector = new Selector();
      const listener = sys.socket(sys.AF_INET, sys.SOCK_STREAM, 0);
      assert.equal(sys.listen(listener, 1), 0);
      const address = new Uint8Array(sys.SIZEOF_SOCKADDR_STORAGE);
      const length = new Int32Array(1);
      assert.equal(sys.getsockname(listener, address, length), 0);
      const client = sys.socket(sys.AF_INET, sys.SOCK_STREAM, 0);
      assert.equal(sys.connect(client, address, length[0]!), 0);
      const server = sys.accept4(listener, null, null, 0);
      assert.equal(sys.send(client, Buffer.from('!'), 0, 1, sys.MSG_OOB), 1);
      selector.register(server, EVENT_READ | EVENT_EXCEPTIONAL, null);
      assert.deepEqual(
        selector.select(5).map(([, events]) => events),
        [EVENT_EXCEPTIONAL],
      );
      selector.modify(server, EVENT_READ, null);
      assert.deepEqual(selector.select(0), []);
      for (const fd of [listener, client, server]) sys.close(fd);
    });

    it('answers selectAsync as select, and leaves timers alive while it waits', async () => {
      using selector = new Selector<string>();
      const [a, b] = pair();
      selector.register(a, EVENT_READ, 'a');
      assert.deepEqual(await selector.selectAsync(0), []);
      assert.deepEqual(await selector.selectAsync(-1), []);
      setTimeout(() => {
        write(b);
      }, 20);
      const began = performance.now();
      const ready = await selector.selectAsync();
      const took = performance.now() - began;
      assert.ok(took >= 19 && took < 5000, `${took} ms`);
      assert.deepEqual(ready, [[{ fileobj: a, fd: a, events: EVENT_READ, data: 'a' }, EVENT_READ]]);
      selector.modify(a, EVENT_READ | EVENT_WRITE, 'both');
      assert.deepEqual(
        (await selector.selectAsync(null)).map(([{ data }, events]) => [data, events]),
        [['both', EVENT_READ | EVENT_WRITE]],
      );
      sys.close(a);
      sys.close(b);
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

    it('reports an error as readable and as writable, as far as that was asked', () => {
      const [readEnd, writeEnd] = pipe();
      sys.close(readEnd);
      for (const events of [EVENT_READ, EVENT_WRITE, EVENT_READ | EVENT_WRITE]) {
        using selector = new Selector();
        selector.register(writeEnd, events, null);
        assert.deepEqual(eventsOf(selector.select(0)), [events]);
      }
      sys.close(writeEnd);
    });

    it('reports a hang-up as readable, and all but select as writable', () => {
      using selector = new Selector();
      const [readEnd, writeEnd] = pipe();
      selector.register(readEnd, EVENT_READ | EVENT_WRITE, null);
      assert.deepEqual(eventsOf(selector.select(0)), []);
      sys.close(writeEnd);
      assert.deepEqual(eventsOf(selector.select(0)), [EVENT_READ | (Selector === SelectSelector ? 0 : EVENT_WRITE)]);
      sys.close(readEnd);
    });

    it('reports no key without an event: a closed peer is nothing exceptional', async () => {
      using selector = new Selector();
      const [a, b] = pair();
      selector.register(a, EVENT_EXCEPTIONAL, null);
      sys.close(b);
      assert.deepEqual(selector.select(0.01), []);
      assert.deepEqual(await selector.selectAsync(0.01), []);
      sys.close(a);
    });

    it('drops an event with modify, and keeps the rest', () => {
      using selector = new Selector();
      const [a, b] = pair();
      selector.register(a, EVENT_READ | EVENT_WRITE | EVENT_EXCEPTIONAL, null);
      selector.modify(a, EVENT_READ, null);
      assert.deepEqual(selector.select(0), []);
      write(b);
      assert.deepEqual(eventsOf(selector.select(0)), [EVENT_READ]);
      assert.throws(() => selector.modify(a, 0, null), new RangeError('Invalid events: 0'));
      assert.equal(selector.getKey(a).events, EVENT_READ);
      selector.unregister(a);
      assert.deepEqual(selector.select(0), []);
      sys.close(a);
      sys.close(b);
    });

    it('serves more fds than select(2) of glibc can hold', () => {
      using selector = new Selector();
      const fds = Array.from({ length: 1500 }, () => sys.eventfd(1, sys.EFD_CLOEXEC));
      assert.ok(Math.max(...fds) > 1024, 'ulimit -n must allow 1500 fds');
      for (const fd of fds) selector.register(fd, EVENT_READ, null);
      assert.equal(selector.select(0).length, 1500);
      for (const fd of fds) sys.close(fd);
    });

    it('forgets all when closed, twice if need be', () => {
      const selector = new Selector();
      const [a, b] = pair();
      selector.register(a, EVENT_WRITE, null);
      selector.close();
      selector.close();
      assert.equal(selector.size, 0);
      sys.close(a);
      sys.close(b);
    });
  });
}

describe('EpollSelector', () => {
  it('does not keep a file that the kernel refuses', () => {
    using selector = new EpollSelector();
    assert.throws(() => selector.register(selector, EVENT_READ, null), OSError);
    assert.equal(selector.size, 0);
  });

  it('does not keep a file that the kernel refuses to modify', () => {
    using selector = new EpollSelector();
    const [a, b] = pair();
    selector.register(a, EVENT_READ, 'data');
    sys.close(a);
    assert.equal(selector.modify(a, EVENT_READ, 'data only').data, 'data only');
    assert.throws(() => selector.modify(a, EVENT_WRITE, null), { code: 'EBADF' });
    assert.equal(selector.size, 0);
    assert.throws(() => selector.getKey(a), KeyError);
    sys.close(b);
  });
});
