import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';

import { FileNotFoundError, KeyError } from '../../src/system/errors.ts';
import { type FileObject, Poll, poll, POLLIN, POLLNVAL, POLLOUT, POLLPRI } from '../../src/select.ts';
import { close, closedFd, dupAt, eventFd, Numbered } from '../support/fds.ts';

const ready = eventFd({ after }, 1);
const closed = closedFd({ after });
// A number that is neither open nor registered.
const unknown = 77;
const KEY_ERROR = { name: 'KeyError', message: String(unknown) };

function polling(...registrations: [fileobj: FileObject, eventmask?: number][]): Poll {
  const poller = poll();
  for (const registration of registrations) poller.register(...registration);
  return poller;
}

describe('the number of arguments of a poll object', () => {
  const rows: [call: string, run: () => unknown, message: string][] = [
    ['poll(1)', () => run(poll, 1), 'select.poll() takes no arguments (1 given)'],
    ['poll(undefined)', () => run(poll, undefined), 'select.poll() takes no arguments (1 given)'],
    ['register()', () => method('register'), 'register expected at least 1 argument, got 0'],
    ['register(1, 2, 3)', () => method('register', 1, 2, 3), 'register expected at most 2 arguments, got 3'],
    ['modify()', () => method('modify'), 'modify expected 2 arguments, got 0'],
    ['modify(1)', () => method('modify', 1), 'modify expected 2 arguments, got 1'],
    ['modify(1, 2, 3)', () => method('modify', 1, 2, 3), 'modify expected 2 arguments, got 3'],
    ['unregister()', () => method('unregister'), 'poll.unregister() takes exactly one argument (0 given)'],
    ['unregister(1, 2)', () => method('unregister', 1, 2), 'poll.unregister() takes exactly one argument (2 given)'],
    // Deviation: the second argument is for the options that Python does not have.
    ['poll(1, {}, 3)', () => method('poll', 1, {}, 3), 'poll expected at most 2 arguments, got 3'],
  ];
  function run(callee: unknown, ...args: unknown[]): unknown {
    return (callee as (...args: unknown[]) => unknown)(...args);
  }
  function method(name: keyof Poll, ...args: unknown[]): unknown {
    const poller = poll();
    return run((poller[name] as (...args: unknown[]) => unknown).bind(poller), ...args);
  }
  for (const [call, runCall, message] of rows) {
    it(`is checked: ${call}`, () => {
      assert.throws(runCall, { name: 'TypeError', message });
    });
  }

  it('counts no keywords: the nearest form, an object in place of the mask or the timeout, is of a wrong type', () => {
    assert.throws(() => method('register', ready, { eventmask: POLLIN }), { message: 'an integer is required' });
    assert.throws(() => method('poll', { timeout: 0 }), { message: 'timeout must be an integer or None' });
  });
});

describe('the type of poll objects', () => {
  it("cannot be called (TypeError: cannot create 'select.poll' instances)", () => {
    const message = "cannot create 'select.poll' instances";
    for (const maker of [undefined, Symbol('poll()'), 1]) {
      assert.throws(() => new Poll(maker as symbol), { name: 'TypeError', message });
    }
  });

  it('has no close, no fileno and nothing to dispose of', () => {
    const poller = poll();
    assert.ok(poller instanceof Poll);
    assert.deepEqual(
      ['close', 'fileno', Symbol.dispose].filter((name) => name in poller),
      [],
    );
  });
});

describe('Poll.register', () => {
  it('is IN | PRI | OUT by default', (t) => {
    const fd = eventFd(t, 1);
    assert.deepEqual(polling([fd]).poll(0), [[fd, POLLIN | POLLOUT]]);
    assert.deepEqual(polling([fd]).poll(0), polling([fd, POLLIN | POLLPRI | POLLOUT]).poll(0));
  });

  it('replaces the mask of an fd that is registered, and keeps its place', (t) => {
    const other = eventFd(t, 1);
    const poller = polling([ready, POLLIN], [other, POLLIN], [ready, POLLOUT]);
    assert.deepEqual(poller.poll(0), [
      [ready, POLLOUT],
      [other, POLLIN],
    ]);
  });

  it('treats an object and its number as the same', () => {
    const poller = polling([new Numbered(ready), POLLIN], [ready, POLLOUT], [new Numbered(ready), POLLIN]);
    assert.deepEqual(poller.poll(0), [[ready, POLLIN]]);
  });

  it('accepts a closed fd, and reports POLLNVAL immediately each time', () => {
    const poller = polling([closed, POLLIN]);
    for (const timeout of [0, 60_000, null]) assert.deepEqual(poller.poll(timeout), [[closed, POLLNVAL]]);
  });

  it('accepts a closed fd of any size', () => {
    const fds = [closed, 1024, 100_000_000, 2 ** 31 - 1];
    const poller = polling(...fds.map((fd): [number] => [fd]));
    assert.deepEqual(
      poller.poll(null),
      fds.map((fd) => [fd, POLLNVAL]),
    );
  });

  it('accepts fds of 1024 and more', (t) => {
    const fd = dupAt(t, ready, 5000);
    if (fd === undefined) {
      t.skip('needs a limit of more than 5000 fds');
      return;
    }
    assert.deepEqual(polling([fd, POLLIN]).poll(0), [[fd, POLLIN]]);
  });

  it('may poll the same object within fileno()', () => {
    const poller = polling([ready, POLLIN]);
    const results: unknown[] = [];
    poller.register({
      fileno: () => {
        results.push(poller.poll(0));
        return closed;
      },
    });
    assert.deepEqual(results, [[[ready, POLLIN]]]);
    assert.deepEqual(poller.poll(0), [
      [ready, POLLIN],
      [closed, POLLNVAL],
    ]);
  });

  it('changes nothing when it throws', () => {
    const poller = polling([ready, POLLIN]);
    assert.throws(() => {
      poller.register(ready, -1);
    });
    assert.throws(() => {
      poller.register(-1);
    });
    assert.deepEqual(poller.poll(0), [[ready, POLLIN]]);
  });
});

describe('Poll.modify', () => {
  it('replaces the mask and keeps the place', (t) => {
    const other = eventFd(t, 1);
    const poller = polling([ready, POLLIN], [other, POLLIN]);
    poller.modify(new Numbered(ready), POLLOUT);
    assert.deepEqual(poller.poll(0), [
      [ready, POLLOUT],
      [other, POLLIN],
    ]);
  });

  it('throws FileNotFoundError for an fd that is unknown', () => {
    const poller = polling([ready, POLLIN]);
    assert.throws(
      () => {
        poller.modify(unknown, POLLIN);
      },
      (error) =>
        error instanceof FileNotFoundError &&
        error.code === 'ENOENT' &&
        error.errno === -2 &&
        error.strerror === 'No such file or directory' &&
        error.message === `ENOENT: no such file or directory, modify fd ${unknown}`,
    );
    assert.deepEqual(poller.poll(0), [[ready, POLLIN]]);
  });

  it('checks the mask before it looks for the fd', () => {
    assert.throws(
      () => {
        poll().modify(unknown, 'x' as never);
      },
      { name: 'TypeError', message: 'an integer is required' },
    );
  });
});

describe('Poll.unregister', () => {
  it('removes an fd, also by an object of the same number', () => {
    const poller = polling([ready, POLLIN], [closed, POLLIN]);
    poller.unregister(closed);
    assert.deepEqual(poller.poll(0), [[ready, POLLIN]]);
    poller.unregister(new Numbered(ready));
    assert.deepEqual(poller.poll(0), []);
  });

  it('throws KeyError, whose message is the fd, for one that is unknown, was never there or is gone', () => {
    const poller = polling([unknown]);
    poller.unregister(unknown);
    for (const fileobj of [unknown, new Numbered(unknown)]) {
      assert.throws(() => {
        poller.unregister(fileobj);
      }, KEY_ERROR);
      assert.throws(() => {
        poll().unregister(fileobj);
      }, KeyError);
    }
  });

  it('throws for an object that was closed meanwhile, and works by its number', (t) => {
    const fd = dupAt(t, ready, 100)!;
    const socket = { fileno: () => number };
    let number = fd;
    const poller = polling([socket, POLLIN]);
    close(fd);
    number = -1;
    assert.throws(
      () => {
        poller.unregister(socket);
      },
      { name: 'RangeError', message: 'file descriptor cannot be a negative integer (-1)' },
    );
    assert.deepEqual(poller.poll(0), [[fd, POLLNVAL]]);
    poller.unregister(fd);
    assert.deepEqual(poller.poll(0), []);
  });
});
