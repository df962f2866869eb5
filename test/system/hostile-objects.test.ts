import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { epoll, poll, POLLIN, POLLOUT, select } from '../../src/select.ts';
import { detached, hostileValues } from '../support/hostile-values.ts';
import { Fds } from '../support/fds.ts';

type Untyped = (...args: unknown[]) => unknown;

// An error of another class is one that the value itself throws.
function runs(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof Error, String(error));
  }
}

function fileobj(fd: number, onFileno: () => void): { fileno: () => number } {
  return {
    fileno: () => {
      onFileno();
      return fd;
    },
  };
}

describe('select', () => {
  it('lives with any value in any place', () => {
    using fds = new Fds();
    const [, writeEnd] = fds.pipe();
    const call = select as Untyped;
    for (const [, make] of hostileValues) {
      runs(() => call(make(), [writeEnd], [], 0));
      runs(() => call([make()], [writeEnd], [], 0));
      runs(() => call([{ fileno: make }], [writeEnd], [], 0));
      runs(() => call([{ fileno: make() }], [writeEnd], [], 0));
      runs(() => call([], [writeEnd], [], 0, make()));
      runs(() => call([], [writeEnd], [], 0, { fdSetSize: make(), interruptible: make() }));
      // The writable end, so that waits for ever and for 2**31 seconds return immediately.
      runs(() => call([], [writeEnd], [], make()));
    }
    assert.deepEqual(select([], [writeEnd], [], 0), [[], [writeEnd], []]);
  });

  it('may be called again, and grow, inside a fileno()', () => {
    using fds = new Fds();
    const [, writeEnd] = fds.pipe();
    const high = fds.at(3000);
    let depth = 0;
    const nested: { fileno: () => number } = fileobj(writeEnd, () => {
      if (depth++ < 5)
        assert.deepEqual(select([], [nested, high], [], 0, { fdSetSize: 'unlimited' })[1], [nested, high]);
    });
    assert.deepEqual(select([], [nested], [], 0), [[], [nested], []]);
  });

  it('returns the right results after a fileno() that throws half-way', () => {
    using fds = new Fds();
    const [, writeEnd] = fds.pipe();
    const failing = fileobj(writeEnd, () => {
      throw new Error('half way');
    });
    assert.throws(() => select([writeEnd, writeEnd, failing], [], [], 0), /half way/);
    assert.deepEqual(select([], [writeEnd], [], 0), [[], [writeEnd], []]);
  });

  it('reads an array as its items’ fileno() changes it', () => {
    using fds = new Fds();
    const [, writeEnd] = fds.pipe();
    const shrinking: { fileno: () => number }[] = Array.from({ length: 10 }, () =>
      fileobj(writeEnd, () => shrinking.pop()),
    );
    assert.equal(select([], shrinking, [], 0)[1].length, 5);
    const growing: { fileno: () => number }[] = [fileobj(writeEnd, () => growing.push(growing[0]!))];
    assert.throws(() => select([], growing, [], 0), /too many file descriptors/);
  });

  it('finds its fd closed by a fileno() that follows', () => {
    using fds = new Fds();
    const [readEnd, writeEnd] = fds.pipe();
    const closing = fileobj(writeEnd, () => {
      fds.close(readEnd);
    });
    assert.throws(() => select([readEnd, closing], [], [], 0), { code: 'EBADF' });
  });

  it('accepts typed arrays of fds, and reads one that a fileno() detaches as empty', () => {
    using fds = new Fds();
    const [, writeEnd] = fds.pipe();
    const list = Int32Array.of(writeEnd);
    assert.deepEqual(select([], list, [], 0)[1], [writeEnd]);
    const detaching = fileobj(writeEnd, () => detached(list));
    runs(() => select([detaching], list, [], 0));
    assert.equal(list.length, 0);
  });
});

describe('Poll', () => {
  it('lives with any value in any place', () => {
    using fds = new Fds();
    const [, writeEnd] = fds.pipe();
    const object = poll();
    object.register(writeEnd, POLLOUT);
    const { register, modify, unregister } = object as unknown as Record<string, Untyped>;
    for (const [, make] of hostileValues) {
      runs(() => register!.call(object, make()));
      runs(() => register!.call(object, { fileno: make }, POLLIN));
      runs(() => register!.call(object, writeEnd, make()));
      runs(() => modify!.call(object, make(), make()));
      runs(() => unregister!.call(object, make()));
      runs(() => register!.call(make(), writeEnd, POLLIN));
      object.register(writeEnd, POLLOUT);
      runs(() => object.poll(make() as number));
      runs(() => object.poll(0, make() as object));
    }
    assert.deepEqual(
      object.poll(0).filter(([fd]) => fd === writeEnd),
      [[writeEnd, POLLOUT]],
    );
  });

  it('may be changed by a fileno() in the middle of a change', () => {
    using fds = new Fds();
    const [readEnd, writeEnd] = fds.pipe();
    const object = poll();
    object.register(
      fileobj(writeEnd, () => {
        for (let fd = 5000; fd < 5200; fd++) object.register(fd);
        assert.equal(object.poll(0).length, 200);
        for (let fd = 5000; fd < 5200; fd++) object.unregister(fd);
        object.register(readEnd, POLLIN);
      }),
      POLLOUT,
    );
    assert.deepEqual(object.poll(0), [[writeEnd, POLLOUT]]);
    const twice = fileobj(readEnd, () => {
      object.unregister(readEnd);
    });
    assert.throws(
      () => {
        object.unregister(twice);
      },
      { name: 'KeyError' },
    );
  });
});

describe('Epoll', () => {
  it('lives with any value in any place', () => {
    using fds = new Fds();
    using object = epoll();
    const [, writeEnd] = fds.pipe();
    object.register(writeEnd, POLLOUT);
    const { register, modify, unregister } = object as unknown as Record<string, Untyped>;
    for (const [label, make] of hostileValues) {
      // The test runner uses the fds 0 and 1: an epoll must not change what they report.
      if (['-0', 'true', 'false', '0n', '1n'].includes(label)) continue;
      runs(() => register!.call(object, make()));
      runs(() => register!.call(object, { fileno: make }));
      runs(() => modify!.call(object, writeEnd, make()));
      runs(() => unregister!.call(object, make()));
      runs(() => register!.call(make(), writeEnd));
      runs(() => {
        (epoll as unknown as Untyped)(make(), make());
      });
      object.modify(writeEnd, POLLOUT);
      runs(() => object.poll(make() as number));
      runs(() => object.poll(0, make() as number));
      runs(() => object.poll(0, 1, make() as object));
    }
    assert.deepEqual(object.poll(0), [[writeEnd, POLLOUT]]);
  });

  it('may be closed by a fileno() in the middle of a change', () => {
    using fds = new Fds();
    const object = epoll();
    const [, writeEnd] = fds.pipe();
    const closing = fileobj(writeEnd, () => {
      object.close();
    });
    assert.throws(() => {
      object.register(closing);
    }, /closed epoll object/);
  });

  it('reports events after its buffer has grown', () => {
    using fds = new Fds();
    using object = epoll();
    const [, writeEnd] = fds.pipe();
    object.register(writeEnd, POLLOUT);
    for (const most of [1, 5000, 1]) assert.deepEqual(object.poll(0, most), [[writeEnd, POLLOUT]]);
  });

  it('throws when there is no memory for its events', () => {
    using object = epoll();
    assert.throws(() => object.poll(0, 178_956_971), { code: 'EINVAL' });
  });
});
