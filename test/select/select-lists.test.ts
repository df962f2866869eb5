import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';

import { epoll, EPOLLOUT, poll, POLLOUT, select } from '../../src/select.ts';
import { eventFd, idleFd } from '../support/fds.ts';

const ready = eventFd({ after }, 1);
const idle = idleFd({ after });

describe('the lists that select is given', () => {
  it('are not changed', () => {
    const lists: [number[], number[], number[]] = [[ready, idle, ready], [ready], [idle]];
    const before = structuredClone(lists);
    select(...lists, 0);
    assert.deepEqual(lists, before);
    for (const list of lists) Object.freeze(list);
    assert.deepEqual(select(...lists, 0), [[ready, ready], [ready], []]);
  });

  it('are read before the wait: a list cleared after it was read is returned all the same', () => {
    const rlist: number[] = [ready, ready];
    const clearing = {
      fileno(): number {
        rlist.length = 0;
        return idle;
      },
    };
    assert.deepEqual(select(rlist, [], [clearing], 0), [[ready, ready], [], []]);
    assert.deepEqual(rlist, []);
  });

  // What a fileno() of the list does to the list; the list is first filled with `length` of these objects.
  function mutated(length: number, mutate: (list: unknown[]) => void): { list: { fileno(): number }[] } {
    const list: { fileno(): number }[] = [];
    const file = {
      fileno(): number {
        mutate(list);
        return ready;
      },
    };
    for (let i = 0; i < length; i++) list.push(file);
    return { list };
  }

  it('are read live when they are arrays: 5 of 10 items are read if each deletes the last (test_select_mutated)', () => {
    const { list } = mutated(10, (items) => items.pop());
    const [, writable] = select([], list, [], 0);
    assert.equal(writable.length, 5);
    assert.deepEqual(writable, list.slice(0, 5));
  });

  it('are read live when they are arrays: an item that fileno() appends is read, too', () => {
    const { list } = mutated(1, (items) => {
      if (items.length < 100) items.push(items[0]);
    });
    assert.equal(select([], list, [], 0)[1].length, 100);
  });

  it('are read live when they are arrays: clearing ends the scan after the item', () => {
    const { list } = mutated(10, (items) => {
      items.length = 0;
    });
    assert.equal(select([], list, [], 0)[1].length, 1);
  });

  it('are read live when they are arrays: an item that replaces a later one is read', () => {
    const list: unknown[] = [];
    const file = {
      fileno(): number {
        list[1] = ready;
        return idle;
      },
    };
    list.push(file, 'no file object');
    assert.deepEqual(select(list as [], [], [], 0), [[ready], [], []]);
  });

  it('may not grow beyond 1024 by appending', () => {
    const { list } = mutated(1, (items) => items.push(items[0]));
    assert.throws(() => select([], list, [], 0), { message: 'too many file descriptors in select()' });
  });

  it('are copied first when they are a Set', () => {
    const set = new Set<{ fileno(): number }>();
    for (let i = 0; i < 10; i++) {
      set.add({
        fileno() {
          set.clear();
          return ready;
        },
      });
    }
    assert.equal(select([], set, [], 0)[1].length, 10);
  });

  it('are copied first when they are a generator', () => {
    const { list } = mutated(10, (items) => items.pop());
    function* generate(): Iterable<{ fileno(): number }> {
      yield* list;
    }
    assert.equal(select([], generate(), [], 0)[1].length, 10);
  });
});

describe('a fileno() that waits itself', () => {
  const waits: [what: string, wait: () => unknown, result: unknown][] = [
    ['select', () => select([idle], [ready, ready], [], 0), [[], [ready, ready], []]],
    [
      'a select that throws',
      () => {
        assert.throws(() => select([ready, -1], [], [], 0), RangeError);
      },
      undefined,
    ],
    [
      'poll',
      () => {
        const poller = poll();
        poller.register(ready, POLLOUT);
        return poller.poll(0);
      },
      [[ready, POLLOUT]],
    ],
    [
      'epoll',
      () => {
        using ep = epoll();
        ep.register(ready, EPOLLOUT);
        return ep.poll(0);
      },
      [[ready, EPOLLOUT]],
    ],
  ];
  for (const [what, wait, expected] of waits) {
    it(`keeps both results right: ${what} within select`, () => {
      const results: unknown[] = [];
      const file = {
        fileno(): number {
          results.push(wait());
          return ready;
        },
      };
      assert.deepEqual(select([idle, file, ready], [file], [idle, file], 0), [[file, ready], [file], []]);
      assert.deepEqual(results, [expected, expected, expected]);
    });
  }

  it('may be 50 selects deep', () => {
    function nested(depth: number): { fileno(): number } {
      return {
        fileno(): number {
          const inner = depth === 0 ? ready : nested(depth - 1);
          assert.deepEqual(select([idle, inner], [], [idle], 0), [[inner], [], []]);
          return ready;
        },
      };
    }
    const outer = nested(50);
    assert.equal(select([outer], [], [], 0)[0][0], outer);
  });
});
