import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';

import { KeyError, OSError } from '../../src/system/errors.ts';
import {
  BaseSelector,
  DefaultSelector,
  EpollSelector,
  EVENT_EXCEPTIONAL,
  EVENT_READ,
  EVENT_WRITE,
  PollSelector,
  SelectorKey,
  SelectorMap,
  SelectSelector,
} from '../../src/selectors.ts';
import { close, Numbered, pipePair, socketPair } from '../support/fds.ts';

for (const Selector of [SelectSelector, PollSelector, EpollSelector]) {
  describe(Selector.name, () => {
    it('registers a file, with or without data, and returns its key', (t) => {
      using selector = new Selector();
      const [a, b] = socketPair(t);
      const file = new Numbered(b);
      assert.deepEqual(selector.register(a, EVENT_READ, 'a'), new SelectorKey(a, a, EVENT_READ, 'a'));
      assert.deepEqual(selector.register(file, EVENT_WRITE), new SelectorKey(file, b, EVENT_WRITE, undefined));
      assert.equal(selector.getKey(b).fileobj, file);
      assert.equal(selector.getKey(file), selector.getKey(b));
    });

    it('returns keys that cannot be changed', (t) => {
      using selector = new Selector();
      const key = selector.register(socketPair(t)[0], EVENT_READ);
      assert.throws(() => Object.assign(key, { events: 0 }), TypeError);
    });

    it('refuses a file that is registered already, or not registered', (t) => {
      using selector = new Selector();
      const [a, b] = socketPair(t);
      selector.register(a, EVENT_READ);
      const twice = new KeyError(`${a} (FD ${a}) is already registered`);
      assert.throws(() => selector.register(a, EVENT_READ), twice);
      assert.throws(() => selector.register(new Numbered(a), EVENT_READ), KeyError);
      const unknown = new KeyError(`${b} is not registered`);
      assert.throws(() => selector.unregister(b), unknown);
      assert.throws(() => selector.modify(b, EVENT_READ), unknown);
      assert.throws(() => selector.getKey(b), unknown);
    });

    it('accepts a bigint as an fd, as events and as a timeout', (t) => {
      using selector = new Selector();
      const [a, b] = socketPair(t);
      const key = selector.register(BigInt(a) as never, 1n as never, 'a');
      assert.deepEqual([key.fd, key.events], [a, EVENT_READ]);
      selector.register(new Numbered(BigInt(b) as never), EVENT_READ);
      assert.equal(selector.modify(BigInt(a) as never, 2n as never, 'a').events, EVENT_WRITE);
      assert.deepEqual(
        selector.select(-1n as never).map(([{ fd }, events]) => [fd, events]),
        [[a, EVENT_WRITE]],
      );
      assert.equal(selector.unregister(BigInt(a) as never).fd, a);
      assert.throws(() => selector.register(a, (2n ** 32n + 1n) as never), RangeError);
      assert.throws(() => selector.register(-1n as never, EVENT_READ), {
        name: 'RangeError',
        message: 'Invalid file descriptor: -1',
      });
    });

    it('refuses events that are none', (t) => {
      using selector = new Selector();
      const [a] = socketPair(t);
      const wrong = [
        [0, RangeError, 'Invalid events: 0'],
        [8, RangeError, 'Invalid events: 8'],
        [-10, RangeError, 'Invalid events: -10'],
        [null, RangeError, 'Invalid events: null'],
        ['1', TypeError, "unsupported operand type(s) for &: 'str' and 'int'"],
        [1.5, TypeError, "unsupported operand type(s) for &: 'float' and 'int'"],
      ] as const;
      for (const [events, type, message] of wrong) {
        assert.throws(() => selector.register(a, events as number), new type(message));
      }
      assert.equal(selector.getMap()?.size, 0);
    });

    it('refuses a value that is no file', () => {
      using selector = new Selector();
      const failing = (error: Error) => ({
        fileno() {
          throw error;
        },
      });
      const wrong = [
        [-1, new RangeError('Invalid file descriptor: -1')],
        [new Numbered(-5), new RangeError('Invalid file descriptor: -5')],
        [1.5, new RangeError('Invalid file object: 1.5')],
        [null, RangeError],
        ['1', RangeError],
        [{ fileno: () => '1' }, RangeError],
        [failing(new RangeError('closed')), RangeError],
        [failing(new OSError('no fd')), new OSError('no fd')],
      ] as const;
      for (const [fileobj, error] of wrong) {
        assert.throws(() => selector.register(fileobj as number, EVENT_READ), error);
        assert.throws(() => selector.getMap()?.has(fileobj as number), error);
      }
    });

    it('unregisters a file, and forgets it', (t) => {
      using selector = new Selector();
      const [a] = socketPair(t);
      const key = selector.register(a, EVENT_WRITE, 'data');
      assert.equal(selector.unregister(a), key);
      assert.deepEqual(selector.select(0), []);
      assert.throws(() => selector.unregister(a), KeyError);
    });

    it('unregisters a closed file, by its fd and by the registered object', (t) => {
      using selector = new Selector();
      const [a, b] = socketPair(t);
      const socket = { fd: a, fileno: () => socket.fd };
      selector.register(socket, EVENT_READ);
      selector.register(b, EVENT_READ);
      close(a);
      close(b);
      socket.fd = -1;
      assert.equal(selector.unregister(socket).fd, a);
      assert.equal(selector.unregister(b).fd, b);
      assert.equal(selector.getMap()?.size, 0);
    });

    it('changes interest and data with modify', (t) => {
      using selector = new Selector();
      const [a] = socketPair(t);
      selector.register(a, EVENT_READ, 1);
      assert.deepEqual(selector.select(0), []);
      const key = selector.modify(a, EVENT_WRITE, 2);
      assert.deepEqual(key, new SelectorKey(a, a, EVENT_WRITE, 2));
      assert.deepEqual(selector.select(0), [[key, EVENT_WRITE]]);
      assert.equal(selector.modify(a, EVENT_WRITE, 2), key);
      assert.equal(selector.modify(a, EVENT_WRITE, 3).data, 3);
      assert.equal(selector.modify(a, EVENT_WRITE).data, undefined);
      assert.equal(selector.getKey(a).data, undefined);
    });

    it('shows the registered files in a map that follows every change', (t) => {
      using selector = new Selector();
      const [a, b] = socketPair(t);
      const map = selector.getMap();
      assert.ok(map instanceof SelectorMap);
      const file = new Numbered(b);
      const keys = [selector.register(a, EVENT_READ), selector.register(file, EVENT_EXCEPTIONAL)];
      assert.deepEqual([map.size, map.has(a), map.has(file), map.get(b)], [2, true, true, keys[1]]);
      assert.deepEqual(
        [[...map.keys()], [...map.values()], [...map]],
        [
          [a, b],
          keys,
          [
            [a, keys[0]],
            [b, keys[1]],
          ],
        ],
      );
      const visited: unknown[] = [];
      map.forEach((key, fd) => visited.push([fd, key]));
      assert.deepEqual(visited, [...map.entries()]);
      selector.unregister(a);
      assert.deepEqual([map.size, map.has(a), map.get(a)], [1, false, undefined]);
      assert.equal(selector.getMap(), map);
    });

    it('forgets all when closed, twice if need be', (t) => {
      const selector = new Selector();
      const [a] = socketPair(t);
      selector.register(a, EVENT_WRITE);
      const map = selector.getMap();
      selector.close();
      selector.close();
      assert.equal(selector.getMap(), null);
      assert.deepEqual([map?.size, map?.has(a)], [0, false]);
      assert.throws(() => selector.getKey(a), new Error('Selector is closed'));
      assert.throws(() => selector.unregister(a), KeyError);
    });

    it('is a BaseSelector', () => {
      using selector = new Selector();
      assert.ok(selector instanceof BaseSelector);
    });
  });
}

describe('DefaultSelector', () => {
  it('is the one on epoll', () => {
    assert.equal(DefaultSelector, EpollSelector);
  });
});

describe('SelectSelector', () => {
  it('does not keep a file whose new events it does not take', (t) => {
    using selector = new SelectSelector();
    const [a] = socketPair(t);
    selector.register(a, EVENT_READ);
    assert.throws(() => selector.modify(a, 0), new RangeError('Invalid events: 0'));
    assert.throws(() => selector.getKey(a), KeyError);
  });

  it('can be used again once it is closed, as PollSelector', (t) => {
    for (const selector of [new SelectSelector(), new PollSelector()]) {
      const [a] = socketPair(t);
      selector.close();
      const key = selector.register(a, EVENT_WRITE);
      assert.deepEqual(selector.select(0), [[key, EVENT_WRITE]]);
    }
  });
});

describe('EpollSelector', () => {
  it('does not keep a file that the kernel refuses', (t) => {
    using selector = new EpollSelector();
    assert.throws(() => selector.register(selector, EVENT_READ), { code: 'EINVAL' });
    assert.throws(() => selector.register(closed(t), EVENT_READ), { code: 'EBADF' });
    assert.equal(selector.getMap()?.size, 0);
  });

  it('does not keep a file that the kernel refuses to modify', (t) => {
    using selector = new EpollSelector();
    const [a] = socketPair(t);
    selector.register(a, EVENT_READ, 'data');
    close(a);
    assert.equal(selector.modify(a, EVENT_READ, 'data only').data, 'data only');
    assert.throws(() => selector.modify(a, EVENT_WRITE), { code: 'EBADF' });
    assert.throws(() => selector.getKey(a), KeyError);
  });

  it('can do nothing once it is closed', (t) => {
    const selector = new EpollSelector();
    const [a] = socketPair(t);
    selector.close();
    const message = new RangeError('I/O operation on closed epoll object');
    assert.throws(() => selector.register(a, EVENT_READ), message);
    assert.throws(() => selector.select(0), message);
    assert.throws(() => selector.fileno(), message);
  });

  it('is readable itself when one of its files is ready', (t) => {
    using inner = new EpollSelector();
    using outer = new SelectSelector();
    const [, writeEnd] = pipePair(t);
    outer.register(inner, EVENT_READ);
    assert.deepEqual(outer.select(0), []);
    inner.register(writeEnd, EVENT_WRITE);
    assert.equal(outer.select(0)[0]?.[0].fileobj, inner);
  });
});

function closed(t: TestContext): number {
  const [a] = socketPair(t);
  close(a);
  return a;
}
