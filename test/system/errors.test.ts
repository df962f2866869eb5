import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getSystemErrorName } from 'node:util';

import * as errors from '../../src/system/errors.ts';
import { native } from '../../src/system/native.ts';
import { error as selectError } from '../../src/select.ts';

// CPython's errnomap, Objects/exceptions.c: these 18 errnos have a class of their own; any other is an OSError.
const ownClasses = new Map<string, typeof errors.OSError>([
  ['EAGAIN', errors.BlockingIOError],
  ['EALREADY', errors.BlockingIOError],
  ['EINPROGRESS', errors.BlockingIOError],
  ['EPIPE', errors.BrokenPipeError],
  ['ESHUTDOWN', errors.BrokenPipeError],
  ['ECHILD', errors.ChildProcessError],
  ['ECONNABORTED', errors.ConnectionAbortedError],
  ['ECONNREFUSED', errors.ConnectionRefusedError],
  ['ECONNRESET', errors.ConnectionResetError],
  ['EEXIST', errors.FileExistsError],
  ['ENOENT', errors.FileNotFoundError],
  ['EISDIR', errors.IsADirectoryError],
  ['ENOTDIR', errors.NotADirectoryError],
  ['EINTR', errors.InterruptedError],
  ['EACCES', errors.PermissionError],
  ['EPERM', errors.PermissionError],
  ['ESRCH', errors.ProcessLookupError],
  ['ETIMEDOUT', errors.TimeoutError],
]);

// When a number has two names, CPython's errno.errorcode has the latter.
const usualName: Record<string, string> = { EWOULDBLOCK: 'EAGAIN', EDEADLK: 'EDEADLOCK', EOPNOTSUPP: 'ENOTSUP' };

describe('osError', () => {
  it('has a class of its own for 18 errnos, all of which the headers have', () => {
    const known = [...ownClasses.keys()].filter((code) => code in native.errnos);
    assert.equal(known.length, 18);
  });

  it('has the whole errno table', () => {
    assert.ok(Object.keys(native.errnos).length >= 130);
  });

  for (const [code, errno] of Object.entries(native.errnos)) {
    const usual = usualName[code] ?? code;
    const type = ownClasses.get(usual) ?? errors.OSError;
    it(`makes a ${type.name} of ${code}`, () => {
      const error = errors.osError(-errno, 'call');
      assert.equal(error.constructor, type);
      assert.equal(error.name, type.name);
      assert.ok(error instanceof errors.OSError);
      assert.equal(error.errno, -errno);
      assert.equal(error.code, usual);
      assert.equal(error.syscall, 'call');
      assert.equal(error.strerror, native.strerror(errno));
    });
  }

  it('makes a plain OSError of an unknown errno', () => {
    const error = errors.osError(-9999, 'call');
    assert.equal(error.constructor, errors.OSError);
    assert.equal(error.errno, -9999);
    assert.equal(error.code, 'Unknown system error -9999');
    assert.equal(error.strerror, 'Unknown error 9999');
  });

  const messages: [code: string, detail: string, message: string][] = [
    ['EBADF', '', 'EBADF: bad file descriptor, call'],
    ['EPERM', 'add fd 7', 'EPERM: operation not permitted, call add fd 7'],
    // A text that starts with an abbreviation or a name keeps its capital letters.
    ['ESRMNT', '', 'ESRMNT: srmount error, call'],
    ['EIO', '', 'EIO: input/output error, call'],
    ['ENOTNAM', '', 'ENOTNAM: not a XENIX named type file, call'],
  ];
  for (const [code, detail, message] of messages) {
    it(`says '${message}'`, () => {
      assert.equal(errors.osError(errors.errnoOf(code), 'call', detail).message, message);
    });
  }

  it("keeps Python's wording in strerror", () => {
    assert.equal(errors.osError(-9, 'select').strerror, 'Bad file descriptor');
  });

  it('has the fields of a system error of Node, in its own properties', () => {
    const error = errors.osError(-9, 'select');
    assert.deepEqual(Object.keys(error), ['errno', 'code', 'syscall']);
    assert.equal(String(error), 'OSError: EBADF: bad file descriptor, select');
    assert.match(error.stack ?? '', /^OSError: EBADF: bad file descriptor, select\n/);
  });
});

describe('OSError', () => {
  it('is exported by tripoll/select as error (select.error is OSError)', () => {
    assert.equal(selectError, errors.OSError);
  });

  it('has no errno, code, syscall and strerror when no system call has failed (None in Python)', () => {
    const error = new errors.OSError('invalid flags');
    assert.equal(error.errno, undefined);
    assert.equal(error.code, undefined);
    assert.equal(error.syscall, undefined);
    assert.equal(error.strerror, undefined);
    assert.equal(String(error), 'OSError: invalid flags');
  });

  const parents: [child: new (...args: never[]) => Error, parent: new (...args: never[]) => Error][] = [
    [errors.OSError, Error],
    ...[...new Set(ownClasses.values())]
      .filter((type) => !/^Connection|^BrokenPipe/.test(type.name))
      .map((type): [typeof errors.OSError, typeof errors.OSError] => [type, errors.OSError]),
    [errors.ConnectionError, errors.OSError],
    [errors.BrokenPipeError, errors.ConnectionError],
    [errors.ConnectionAbortedError, errors.ConnectionError],
    [errors.ConnectionRefusedError, errors.ConnectionError],
    [errors.ConnectionResetError, errors.ConnectionError],
    [errors.gaierror, errors.OSError],
    [errors.herror, errors.OSError],
    [errors.KeyError, Error],
  ];
  for (const [child, parent] of parents) {
    it(`is the family of ${child.name}, a direct child of ${parent.name}`, () => {
      assert.equal(Object.getPrototypeOf(child), parent);
      assert.equal((child.prototype as Error).name, child.name);
      assert.equal(Object.hasOwn(child.prototype as object, 'name'), true);
    });
  }
});

describe('gaierror', () => {
  it('has the negative EAI_ code as errno and its text as message', () => {
    const error = new errors.gaierror(-2);
    assert.equal(error.errno, -2);
    assert.equal(error.message, native.gaiStrerror(-2));
    assert.equal(error.name, 'gaierror');
    assert.equal(error.code, undefined);
  });
});

describe('herror', () => {
  it('has the h_errno code as errno and its text as message', () => {
    const error = new errors.herror(1);
    assert.equal(error.errno, 1);
    assert.equal(error.message, native.hStrerror(1));
    assert.equal(error.name, 'herror');
  });
});

describe('KeyError', () => {
  it('is no OSError, and its message is the key', () => {
    const error = new errors.KeyError('7');
    assert.equal(error instanceof errors.OSError, false);
    assert.equal(String(error), 'KeyError: 7');
  });
});

describe('errorCode and errnoOf', () => {
  it('are inverse for the whole table, but for the second names of a number', () => {
    for (const [code, errno] of Object.entries(native.errnos)) {
      assert.equal(errors.errnoOf(code), -errno);
      assert.equal(errors.errorCode(-errno), usualName[code] ?? code);
    }
  });

  it('agree with Node about every errno that Node has', () => {
    for (const errno of Object.values(native.errnos)) {
      const ofNode = getSystemErrorName(-errno);
      if (!ofNode.startsWith('Unknown system error')) assert.equal(errors.errorCode(-errno), ofNode);
    }
  });

  it('refuse a name that is no errno', () => {
    assert.throws(() => errors.errnoOf('ENOSUCH'), { name: 'RangeError', message: 'ENOSUCH is not an errno' });
    assert.throws(() => errors.errnoOf('toString'), RangeError);
  });
});
