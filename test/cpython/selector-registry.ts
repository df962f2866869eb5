import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { KeyError } from '../../src/system/errors.ts';
import { type BaseSelector, EVENT_READ, EVENT_WRITE } from '../../src/selectors.ts';
import { type Socket, socketpair } from '../../src/socket.ts';
import * as sys from '../../src/sys.ts';
import { closedFd, own } from '../support/fds.ts';
import type { Test } from './conform.ts';

/** One of the selector classes. */
export type SelectorClass = new () => BaseSelector;

/** Makes a selector that is closed after the test. */
export function opened(t: TestContext, Selector: SelectorClass): BaseSelector {
  const selector = new Selector();
  t.after(() => {
    selector.close();
  });
  return selector;
}

/** Makes a connected pair of sockets, which is closed after the test. */
export function makePair(t: TestContext): [Socket, Socket] {
  const pair = socketpair();
  t.after(() => {
    for (const end of pair) end.close();
  });
  return pair;
}

// Registers both ends as fds, runs a function on them, and unregisters them.
function unregisterFdsAfter(Selector: SelectorClass, happen: (t: TestContext, pair: [Socket, Socket]) => void): Test {
  return (t) => {
    const selector = opened(t, Selector);
    const pair = makePair(t);
    const [reader, writer] = [pair[0].fileno(), pair[1].fileno()];
    selector.register(reader, EVENT_READ);
    selector.register(writer, EVENT_WRITE);
    happen(t, pair);
    assert.equal(selector.unregister(reader).fd, reader);
    assert.equal(selector.unregister(writer).fd, writer);
    assert.equal(selector.getMap()?.size, 0);
  };
}

/** The cases about registered files: all cases that do not wait. */
export function registryCases(Selector: SelectorClass) {
  return {
    test_register(t) {
      const selector = opened(t, Selector);
      const [reader] = makePair(t);
      const key = selector.register(reader, EVENT_READ, 'data');
      assert.equal(key.fileobj, reader);
      assert.equal(key.fd, reader.fileno());
      assert.equal(key.events, EVENT_READ);
      assert.equal(key.data, 'data');
      assert.throws(() => selector.register(0, 999999), new RangeError('Invalid events: 999999'));
      assert.throws(() => selector.register(-10, EVENT_READ), new RangeError('Invalid file descriptor: -10'));
      assert.throws(() => selector.register(reader, EVENT_READ), KeyError);
      assert.throws(() => selector.register(reader.fileno(), EVENT_READ), KeyError);
    },

    test_unregister(t) {
      const selector = opened(t, Selector);
      const [reader] = makePair(t);
      const key = selector.register(reader, EVENT_READ);
      assert.deepEqual(selector.unregister(reader), key);
      assert.throws(() => selector.unregister(closedFd(t)), KeyError);
      assert.throws(() => selector.unregister(reader), KeyError);
    },

    test_unregister_after_fd_close: unregisterFdsAfter(Selector, (_t, pair) => {
      for (const end of pair) end.close();
    }),

    test_unregister_after_fd_close_and_reuse: unregisterFdsAfter(Selector, (t, pair) => {
      const others = makePair(t);
      for (const [index, end] of pair.entries()) {
        const fd = end.fileno();
        end.close();
        assert.equal(own(t, sys.dup3(others[index]!.fileno(), fd, sys.O_CLOEXEC)), fd);
      }
    }),

    test_unregister_after_socket_close(t) {
      const selector = opened(t, Selector);
      const [reader, writer] = makePair(t);
      const fds = [reader.fileno(), writer.fileno()];
      selector.register(reader, EVENT_READ);
      selector.register(writer, EVENT_WRITE);
      reader.close();
      writer.close();
      assert.deepEqual([selector.unregister(reader).fd, selector.unregister(writer).fd], fds);
    },

    test_modify(t) {
      const selector = opened(t, Selector);
      const [reader] = makePair(t);
      selector.register(reader, EVENT_READ);
      const changed = selector.modify(reader, EVENT_WRITE);
      assert.equal(changed.events, EVENT_WRITE);
      assert.deepEqual(selector.getKey(reader), changed);
      selector.unregister(reader);

      const [one, other] = [{}, {}];
      selector.register(reader, EVENT_READ, one);
      const renamed = selector.modify(reader, EVENT_READ, other);
      assert.equal(renamed.events, EVENT_READ);
      assert.equal(renamed.data, other);
      assert.equal(selector.getKey(reader).data, other);
      assert.throws(() => selector.modify(closedFd(t), EVENT_READ), KeyError);

      const calls = [t.mock.method(selector, 'register'), t.mock.method(selector, 'unregister')];
      selector.modify(reader, EVENT_READ, {});
      assert.deepEqual(
        calls.map(({ mock }) => mock.callCount()),
        [0, 0],
      );
    },

    test_close(t) {
      const selector = opened(t, Selector);
      const map = selector.getMap();
      const [reader, writer] = makePair(t);
      selector.register(reader, EVENT_READ);
      selector.register(writer, EVENT_WRITE);
      assert.equal(map?.size, 2);
      selector.close();
      for (const end of [reader, writer]) {
        assert.throws(() => selector.getKey(end), new Error('Selector is closed'));
        assert.equal(map.get(end), undefined);
      }
    },

    test_get_key(t) {
      const selector = opened(t, Selector);
      const [reader] = makePair(t);
      const key = selector.register(reader, EVENT_READ, 'data');
      assert.deepEqual(selector.getKey(reader), key);
      assert.throws(() => selector.getKey(closedFd(t)), KeyError);
    },

    test_get_map(t) {
      const selector = opened(t, Selector);
      const [reader] = makePair(t);
      const map = selector.getMap();
      assert.ok(map !== null);
      assert.equal(map.size, 0);
      assert.deepEqual([...map.keys()], []);
      const key = selector.register(reader, EVENT_READ, 'data');
      assert.equal(map.has(reader), true);
      assert.deepEqual(map.get(reader), key);
      assert.equal(map.size, 1);
      assert.deepEqual([...map.keys()], [reader.fileno()]);
      assert.deepEqual([...map.values()], [key]);
      assert.equal(map.get(closedFd(t)), undefined);
      assert.throws(() => (map as unknown as Map<unknown, unknown>).delete(reader), TypeError);
    },

    test_context_manager(t) {
      const [reader, writer] = makePair(t);
      let outside: BaseSelector;
      {
        using selector = new Selector();
        outside = selector;
        selector.register(reader, EVENT_READ);
        selector.register(writer, EVENT_WRITE);
      }
      for (const end of [reader, writer]) assert.throws(() => outside.getKey(end), new Error('Selector is closed'));
    },
  } satisfies Record<string, Test>;
}
