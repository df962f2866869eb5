import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { OSError } from '../../src/system/errors.ts';
import { toFd } from '../../src/system/fileobj.ts';
import { epoll, EPOLLIN, poll, POLLIN, select } from '../../src/select.ts';

const NOT_A_FILE_OBJECT = { name: 'TypeError', message: 'argument must be an int, or have a fileno() method.' };
const NON_INTEGER = { name: 'TypeError', message: 'fileno() returned a non-integer' };
const TOO_LARGE = { name: 'RangeError', message: 'Python int too large to convert to C int' };

function negative(fd: number): object {
  return { name: 'RangeError', message: `file descriptor cannot be a negative integer (${fd})` };
}

function notCallable(type: string): object {
  return { name: 'TypeError', message: `'${type}' object is not callable` };
}

function returning(value: unknown): object {
  return { fileno: () => value };
}

// [name, value, error]: the errors of "Elements" in section 1.2 of the specification, in their closest JavaScript
// forms.
const refused: [what: string, value: unknown, error: object][] = [
  ['null (None)', null, NOT_A_FILE_OBJECT],
  ['undefined (None)', undefined, NOT_A_FILE_OBJECT],
  ['a string', 'a', NOT_A_FILE_OBJECT],
  ['a string of digits', '3', NOT_A_FILE_OBJECT],
  ['a number with a fraction (float)', 1.5, NOT_A_FILE_OBJECT],
  ['NaN (float)', NaN, NOT_A_FILE_OBJECT],
  ['Infinity (float)', Infinity, NOT_A_FILE_OBJECT],
  ['a Buffer (bytes)', Buffer.from('a'), NOT_A_FILE_OBJECT],
  ['an array (list)', [0], NOT_A_FILE_OBJECT],
  ['a plain object (object())', {}, NOT_A_FILE_OBJECT],
  ['an object with only valueOf (only __index__)', { valueOf: () => 0 }, NOT_A_FILE_OBJECT],
  ['a Number object (only __index__)', Object(0), NOT_A_FILE_OBJECT],
  ['a symbol, which Python has not', Symbol('0'), NOT_A_FILE_OBJECT],
  ['true (deviation: bool as fd)', true, NOT_A_FILE_OBJECT],
  ['false (deviation: bool as fd)', false, NOT_A_FILE_OBJECT],
  ["fileno() that returns '0' (str)", returning('0'), NON_INTEGER],
  ['fileno() that returns null (None)', returning(null), NON_INTEGER],
  ['fileno() that returns undefined (None)', returning(undefined), NON_INTEGER],
  ['fileno() that returns 1.5 (float)', returning(1.5), NON_INTEGER],
  ['fileno() that returns NaN (float)', returning(NaN), NON_INTEGER],
  ['fileno() that returns an object with valueOf (__index__)', returning({ valueOf: () => 0 }), NON_INTEGER],
  ['fileno() that returns true (deviation: bool as fd)', returning(true), NON_INTEGER],
  ['fileno() that returns a promise', returning(Promise.resolve(0)), NON_INTEGER],
  ['a fileno that is a number', { fileno: 3 }, notCallable('int')],
  ['a fileno that is null', { fileno: null }, notCallable('NoneType')],
  ['a fileno that is a string', { fileno: '3' }, notCallable('str')],
  ['a fileno that is undefined (AttributeError)', { fileno: undefined }, NOT_A_FILE_OBJECT],
  ['-1', -1, negative(-1)],
  ['-2**31', -(2 ** 31), negative(-(2 ** 31))],
  ['-1n', -1n, negative(-1)],
  ['2n**1000n', 2n ** 1000n, TOO_LARGE],
  ['fileno() that returns -(2n**1000n)', returning(-(2n ** 1000n)), TOO_LARGE],
  ['fileno() that returns -1: a closed socket', returning(-1), negative(-1)],
  ['fileno() that returns -5', returning(-5), negative(-5)],
  ['2**31', 2 ** 31, TOO_LARGE],
  ['2**32 + 1, which is 1 in 32 bits', 2 ** 32 + 1, TOO_LARGE],
  ['2**53 - 1', Number.MAX_SAFE_INTEGER, TOO_LARGE],
  ['-2**31 - 1', -(2 ** 31) - 1, TOO_LARGE],
  ['fileno() that returns 2**31', returning(2 ** 31), TOO_LARGE],
];

// Every call that accepts a file object, and the function that converts file objects for all of them.
const takers: [name: string, take: (fileobj: never) => unknown][] = [
  ['toFd', (fileobj) => toFd(fileobj)],
  ['select, rlist', (fileobj) => select([fileobj], [], [], 0)],
  ['select, wlist', (fileobj) => select([], [fileobj], [], 0)],
  ['select, xlist', (fileobj) => select([], [], [fileobj], 0)],
  [
    'select, unlimited',
    (fileobj) => {
      select([fileobj], [], [], 0, { fdSetSize: 'unlimited' });
    },
  ],
  [
    'Poll.register',
    (fileobj) => {
      poll().register(fileobj);
    },
  ],
  [
    'Poll.modify',
    (fileobj) => {
      poll().modify(fileobj, POLLIN);
    },
  ],
  [
    'Poll.unregister',
    (fileobj) => {
      poll().unregister(fileobj);
    },
  ],
  [
    'Epoll.register',
    (fileobj) => {
      using ep = epoll();
      ep.register(fileobj);
    },
  ],
  [
    'Epoll.modify',
    (fileobj) => {
      using ep = epoll();
      ep.modify(fileobj, EPOLLIN);
    },
  ],
  [
    'Epoll.unregister',
    (fileobj) => {
      using ep = epoll();
      ep.unregister(fileobj);
    },
  ],
];

for (const [taker, take] of takers) {
  describe(`a file object for ${taker}`, () => {
    for (const [what, value, error] of refused) {
      it(`is not ${what}`, () => {
        assert.throws(() => take(value as never), error);
      });
    }

    const thrown: [what: string, value: unknown][] = [
      ['an error (KeyError)', new Error('key')],
      ['an OSError without errno (io.UnsupportedOperation: fileno, of StringIO)', new OSError('fileno')],
      ['a RangeError (closed file)', new RangeError('I/O operation on closed file')],
      ['a value that is no error', 'thrown as it is'],
    ];
    for (const [what, value] of thrown) {
      it(`passes on ${what} that fileno() throws unchanged`, () => {
        const fileobj = {
          fileno(): number {
            throw value;
          },
        };
        assert.throws(
          () => take(fileobj as never),
          (error) => error === value,
        );
      });

      it(`passes on ${what} that a getter of fileno throws, unchanged`, () => {
        const fileobj = {
          get fileno(): never {
            throw value;
          },
        };
        assert.throws(
          () => take(fileobj as never),
          (error) => error === value,
        );
      });
    }
  });
}

describe('toFd', () => {
  class File {
    readonly #fd = 7;
    fileno(): number {
      return this.#fd;
    }
  }
  const accepted: [what: string, value: unknown, fd: number][] = [
    ['0', 0, 0],
    ['an fd above FD_SETSIZE', 5000, 5000],
    ['2**31 - 1', 2 ** 31 - 1, 2 ** 31 - 1],
    ['an object with fileno(), called with the object as this', new File(), 7],
    ['an object that inherits fileno()', Object.create({ fileno: () => 8 }), 8],
    ['an object without prototype', Object.assign(Object.create(null) as object, { fileno: () => 9 }), 9],
    ['a function with fileno()', Object.assign(() => 0, { fileno: () => 10 }), 10],
    ['a Proxy of an object with fileno()', new Proxy({ fileno: () => 11 }, {}), 11],
    ['an array with fileno()', Object.assign([1], { fileno: () => 12 }), 12],
  ];
  for (const [what, value, fd] of accepted) {
    it(`accepts ${what}`, () => {
      assert.equal(toFd(value), fd);
    });
  }

  it('calls fileno() once, without arguments', () => {
    const calls: unknown[][] = [];
    toFd({ fileno: (...args: unknown[]) => calls.push(args) });
    assert.deepEqual(calls, [[]]);
  });
});
