import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { inspect } from 'node:util';

import { FileExistsError, FileNotFoundError, OSError, PermissionError } from '../../src/system/errors.ts';
import { type Epoll, epoll, EPOLLIN, EPOLLOUT, type FileObject } from '../../src/select.ts';
import { closedFd, dupAt, eventFd, Numbered } from '../support/fds.ts';

type Method = 'register' | 'modify' | 'unregister';

const ready = eventFd({ after }, 1);
const other = eventFd({ after }, 1);
const closed = closedFd({ after });

function epolling(...registrations: [fileobj: FileObject, eventmask: number][]): Epoll {
  const ep = epoll();
  for (const registration of registrations) ep.register(...registration);
  return ep;
}

function call(ep: Epoll, method: Method, ...args: unknown[]): unknown {
  return (ep[method] as (...args: unknown[]) => unknown).apply(ep, args);
}

function assertThrows(run: () => unknown, type: typeof OSError, code: string, message: string): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof OSError);
    assert.equal(error.constructor, type);
    assert.equal(error.code, code);
    assert.equal(error.syscall, 'epoll_ctl');
    assert.equal(error.message, message);
    return true;
  });
}

describe('the number of arguments of an epoll object', () => {
  const rows: [method: Method | 'poll', args: unknown[], message: string][] = [
    ['register', [], "register() missing required argument 'fd' (pos 1)"],
    ['register', [1, 2, 3], 'register() takes at most 2 arguments (3 given)'],
    ['modify', [], "modify() missing required argument 'fd' (pos 1)"],
    ['modify', [1], "modify() missing required argument 'eventmask' (pos 2)"],
    ['modify', [1, 2, 3], 'modify() takes at most 2 arguments (3 given)'],
    ['unregister', [], "unregister() missing required argument 'fd' (pos 1)"],
    ['unregister', [1, 2], 'unregister() takes at most 1 argument (2 given)'],
    // Deviation: the third argument is for the options that Python does not have.
    ['poll', [0, 1, {}, 4], 'poll() takes at most 3 arguments (4 given)'],
  ];
  for (const [method, args, message] of rows) {
    it(`is checked: ${method}(${args.map((arg) => inspect(arg)).join(', ')})`, () => {
      using ep = epoll();
      assert.throws(() => call(ep, method as Method, ...args), { name: 'TypeError', message });
    });
  }
});

describe('Epoll.register', () => {
  it('is IN | PRI | OUT by default', () => {
    using ep = epoll();
    ep.register(ready);
    assert.deepEqual(ep.poll(0), [[ready, EPOLLIN | EPOLLOUT]]);
  });

  it('accepts an object; the result has its number', () => {
    using ep = epolling([new Numbered(ready), EPOLLIN]);
    assert.deepEqual(ep.poll(0), [[ready, EPOLLIN]]);
  });

  it('accepts fds of 1024 and more', (t) => {
    const fd = dupAt(t, ready, 5000);
    if (fd === undefined) {
      t.skip('needs a limit of more than 5000 fds');
      return;
    }
    using ep = epolling([fd, EPOLLIN]);
    assert.deepEqual(ep.poll(0), [[fd, EPOLLIN]]);
  });

  it('throws FileExistsError for an fd that is registered, by number or by object', () => {
    using ep = epolling([ready, EPOLLIN]);
    const message = `EEXIST: file exists, epoll_ctl add fd ${ready}`;
    for (const again of [ready, new Numbered(ready)]) {
      assertThrows(() => call(ep, 'register', again, EPOLLOUT), FileExistsError, 'EEXIST', message);
    }
    assert.deepEqual(ep.poll(0), [[ready, EPOLLIN]]);
  });

  it('treats a duplicate of an fd as a new entry', (t) => {
    const copy = dupAt(t, ready, 100)!;
    using ep = epolling([ready, EPOLLIN], [copy, EPOLLOUT]);
    assert.deepEqual(
      ep.poll(0).sort(),
      [
        [ready, EPOLLIN],
        [copy, EPOLLOUT],
      ].sort(),
    );
  });

  it('throws EINVAL for the epoll itself', () => {
    using ep = epoll();
    const message = `EINVAL: invalid argument, epoll_ctl add fd ${ep.fileno()}`;
    assertThrows(() => call(ep, 'register', ep), OSError, 'EINVAL', message);
  });

  it('throws ELOOP for two epolls that contain each other', () => {
    using outer = epoll();
    using inner = epoll();
    outer.register(inner, EPOLLIN);
    const message = `ELOOP: too many levels of symbolic links, epoll_ctl add fd ${outer.fileno()}`;
    assertThrows(() => call(inner, 'register', outer, EPOLLIN), OSError, 'ELOOP', message);
  });

  const files: [what: string, path: string][] = [
    ['a regular file', import.meta.filename],
    ['a directory', import.meta.dirname],
    ['/dev/null', '/dev/null'],
    ['/dev/zero', '/dev/zero'],
  ];
  for (const [what, path] of files) {
    it(`throws PermissionError for ${what}`, (t) => {
      const fd = openSync(path, 'r');
      t.after(() => {
        closeSync(fd);
      });
      using ep = epoll();
      const message = `EPERM: operation not permitted, epoll_ctl add fd ${fd}`;
      assertThrows(() => call(ep, 'register', fd), PermissionError, 'EPERM', message);
    });
  }
});

describe('an epoll object and an fd', () => {
  for (const [method, verb] of [
    ['modify', 'mod'],
    ['unregister', 'del'],
  ] as const) {
    const args = method === 'modify' ? [EPOLLIN] : [];

    it(`that is unknown: ${method} throws FileNotFoundError, by number or by object`, () => {
      using ep = epolling([other, EPOLLIN]);
      const message = `ENOENT: no such file or directory, epoll_ctl ${verb} fd ${ready}`;
      for (const fileobj of [ready, new Numbered(ready)]) {
        assertThrows(() => call(ep, method, fileobj, ...args), FileNotFoundError, 'ENOENT', message);
      }
    });
  }

  for (const [method, verb] of [
    ['register', 'add'],
    ['modify', 'mod'],
    ['unregister', 'del'],
  ] as const) {
    const args = method === 'unregister' ? [] : [EPOLLIN];

    it(`that is closed: ${method} throws EBADF`, () => {
      using ep = epoll();
      const message = `EBADF: bad file descriptor, epoll_ctl ${verb} fd ${closed}`;
      assertThrows(() => call(ep, method, closed, ...args), OSError, 'EBADF', message);
    });

    it(`that is -1: ${method} throws ValueError (RangeError)`, () => {
      using ep = epoll();
      const message = 'file descriptor cannot be a negative integer (-1)';
      assert.throws(() => call(ep, method, -1, ...args), { name: 'RangeError', message });
      assert.throws(() => call(ep, method, new Numbered(-1), ...args), { name: 'RangeError', message });
    });
  }

  it('that is registered: modify replaces the mask, unregister removes it, and it can come back', () => {
    using ep = epolling([ready, EPOLLIN]);
    ep.modify(new Numbered(ready), EPOLLOUT);
    assert.deepEqual(ep.poll(0), [[ready, EPOLLOUT]]);
    ep.unregister(new Numbered(ready));
    assert.deepEqual(ep.poll(0), []);
    ep.register(ready, EPOLLIN);
    assert.deepEqual(ep.poll(0), [[ready, EPOLLIN]]);
  });
});
