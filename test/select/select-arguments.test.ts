import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';

import { type FileObject, select } from '../../src/select.ts';
import { idleFd, Numbered, readableFd } from '../support/fds.ts';

type Arguments = Parameters<typeof select<FileObject, FileObject, FileObject>>;

const NOT_A_SEQUENCE = { name: 'TypeError', message: 'arguments 1-3 must be sequences' };
const NOT_A_FILE_OBJECT = { name: 'TypeError', message: 'argument must be an int, or have a fileno() method.' };
const BAD_TIMEOUT = { name: 'TypeError', message: 'timeout must be a float or None' };

function call(...args: unknown[]): unknown {
  return select(...(args as Arguments));
}

// Row 'accepted iterables': each makes an iterable of one fd.
const accepted: [what: string, make: (fd: number) => unknown][] = [
  ['an array (list)', (fd) => [fd]],
  ['a frozen array (tuple)', (fd) => Object.freeze([fd])],
  ['a subclass of Array', (fd) => class List extends Array {}.of(fd)],
  ['a Proxy of an array', (fd) => new Proxy([fd], {})],
  ['a Set (set)', (fd) => new Set([fd])],
  ['a frozen Set (frozenset)', (fd) => Object.freeze(new Set([fd]))],
  ['the keys of a Map (dict)', (fd) => new Map([[fd, 'data']]).keys()],
  ['the values of a Map (dict view)', (fd) => new Map([['data', fd]]).values()],
  ['an iterator', (fd) => [fd].values()],
  ['an object with Symbol.iterator', (fd) => ({ [Symbol.iterator]: () => [fd].values() })],
  ['a generator (range)', range],
  ['a Uint8Array, each byte an fd (bytearray)', (fd) => Uint8Array.of(fd)],
  ['a Buffer, each byte an fd (bytes)', (fd) => Buffer.of(fd)],
  ['an Int32Array', (fd) => Int32Array.of(fd)],
  ['a Float64Array', (fd) => Float64Array.of(fd)],
];

function* range(start: number): Generator<number> {
  yield start;
}

async function* laterRange(start: number): AsyncIterable<number> {
  yield await Promise.resolve(start);
}

describe('the number of arguments of select', () => {
  const rows: [args: unknown[], message: string][] = [
    [[], 'select expected at least 3 arguments, got 0'],
    [[[]], 'select expected at least 3 arguments, got 1'],
    [[[], []], 'select expected at least 3 arguments, got 2'],
    // Deviation: the fifth argument is for the options that Python does not have.
    [[[], [], [], 0, {}, 0], 'select expected at most 5 arguments, got 6'],
    [[[], [], [], 0, {}, 0, 0], 'select expected at most 5 arguments, got 7'],
  ];
  for (const [args, message] of rows) {
    it(`may not be ${args.length}`, () => {
      assert.throws(() => call(...args), { name: 'TypeError', message });
    });
  }

  it('may not be 3 with a keyword, whose nearest form, an object, is a bad timeout', () => {
    assert.throws(() => call([], [], [], { timeout: 0 }), BAD_TIMEOUT);
  });
});

describe('a list of select', () => {
  const fd = readableFd({ after });

  for (const [what, make] of accepted) {
    it(`is ${what}`, () => {
      assert.deepEqual(call(make(fd), [], [], 0), [[fd], [], []]);
    });
  }

  it("is the empty string ('')", () => {
    assert.deepEqual(call('', '', '', 0), [[], [], []]);
  });

  it("is no string of text ('a')", () => {
    assert.throws(() => call('a', [], [], 0), NOT_A_FILE_OBJECT);
  });

  it('is no Map itself, whose items are pairs and not keys', () => {
    assert.throws(() => call(new Map([[fd, 'data']]), [], [], 0), NOT_A_FILE_OBJECT);
  });

  it('has no holes', () => {
    const holed = [fd];
    holed.length = 2;
    assert.throws(() => call(holed, [], [], 0), NOT_A_FILE_OBJECT);
  });

  const notIterable: [what: string, value: unknown][] = [
    ['a number', 1],
    ['null', null],
    ['undefined', undefined],
    ['true', true],
    ['a bigint', 1n],
    ['a symbol', Symbol('list')],
    ['a plain object', {}],
    ['an array-like object without iterator (Python: old-style __getitem__)', { length: 1, 0: fd }],
    ['an object whose Symbol.iterator is no function', { [Symbol.iterator]: 1 }],
    ['an async generator', laterRange(0)],
    ['a generator function that was not called', range],
    ['a WeakSet', new WeakSet()],
    ['a file object instead of a list of them', new Numbered(fd)],
  ];
  for (const [what, value] of notIterable) {
    it(`is not ${what}, in any of the three places`, () => {
      assert.throws(() => call(value, [], [], 0), NOT_A_SEQUENCE);
      assert.throws(() => call([], value, [], 0), NOT_A_SEQUENCE);
      assert.throws(() => call([], [], value, 0), NOT_A_SEQUENCE);
    });
  }

  it('passes on the error of a generator unchanged', () => {
    const thrown = new Error('from the generator');
    function* failing(): Iterable<number> {
      yield fd;
      throw thrown;
    }
    for (const lists of [
      [failing(), [], []],
      [[], failing(), []],
      [[], [], failing()],
    ]) {
      assert.throws(
        () => call(...lists, 0),
        (error) => error === thrown,
      );
    }
  });

  it('is copied completely before its items are read, when it is a generator', () => {
    let ended = false;
    function* items(): Iterable<unknown> {
      yield 'no file object';
      ended = true;
    }
    assert.throws(() => call(items(), [], [], 0), NOT_A_FILE_OBJECT);
    assert.equal(ended, true);
  });

  it('is read by index when it is an array, whatever its iterator returns', () => {
    const list = [fd];
    list[Symbol.iterator] = () => assert.fail('asked for an iterator');
    assert.deepEqual(call(list, [], [], 0), [[fd], [], []]);
  });
});

describe('the order of checks of select', () => {
  const good = idleFd({ after });
  const looked: string[] = [];
  function named(name: string, fd: number): object {
    return {
      fileno: () => {
        looked.push(name);
        return fd;
      },
    };
  }

  const rows: [what: string, args: unknown[], error: object][] = [
    ['the count beats the timeout', [1, 2], { message: 'select expected at least 3 arguments, got 2' }],
    ['the timeout beats bad lists: select(1, 2, 3, -1)', [1, 2, 3, -1], { message: 'timeout must be non-negative' }],
    ['the type of the timeout beats bad lists', [1, 2, 3, 'x'], BAD_TIMEOUT],
    ['a NaN timeout beats bad lists', [1, 2, 3, NaN], { message: 'Invalid value NaN (not a number)' }],
    [
      'the range of the timeout beats bad lists',
      [1, 2, 3, Infinity],
      { message: 'timestamp out of range for platform time_t' },
    ],
    ['rlist beats wlist', [['x'], [-1], 3, 0], NOT_A_FILE_OBJECT],
    ['a bad item of rlist beats a wlist that is none', [[-1], 2, 3, 0], { name: 'RangeError' }],
    ['wlist beats xlist', [[], [-1], ['x'], 0], { name: 'RangeError' }],
    ['an earlier item beats a later one', [[good, -1, 'x'], [], [], 0], { name: 'RangeError' }],
    ['the items beat the system call', [[], [], [2 ** 20, 'x'], 0], { message: /^filedescriptor out of range/ }],
  ];
  for (const [what, args, error] of rows) {
    it(`is that ${what}`, () => {
      assert.throws(() => call(...args), error);
    });
  }

  it('is that a bad timeout asks no fileno()', () => {
    looked.length = 0;
    assert.throws(() => call([named('r', good)], [], [], -1), RangeError);
    assert.deepEqual(looked, []);
  });

  it('is rlist, wlist, xlist, item by item', () => {
    looked.length = 0;
    call([named('r1', good), named('r2', good)], [named('w1', good)], [named('x1', good), named('x2', good)], 0);
    assert.deepEqual(looked, ['r1', 'r2', 'w1', 'x1', 'x2']);
  });

  it('is that nothing is asked after the first bad item', () => {
    looked.length = 0;
    assert.throws(() => call([named('r1', good), named('r2', -1), named('r3', good)], [named('w1', good)], [], 0));
    assert.deepEqual(looked, ['r1', 'r2']);
  });
});

describe('the options of select (deviation: a fifth argument)', () => {
  it('may be omitted, undefined or empty', () => {
    for (const options of [undefined, {}, { fdSetSize: undefined }, { fdSetSize: 1024 }, { interruptible: false }]) {
      assert.deepEqual(call([], [], [], 0, options), [[], [], []]);
    }
  });

  it('refuse another fdSetSize than 1024 and unlimited', () => {
    for (const fdSetSize of [0, 1023, 2048, '1024', NaN, Infinity]) {
      assert.throws(() => call([], [], [], 0, { fdSetSize }), {
        name: 'RangeError',
        message: "fdSetSize must be 1024 or 'unlimited'",
      });
    }
  });
});
