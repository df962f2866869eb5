import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { InterruptedError } from '../../src/system/errors.ts';
import { deadlineAfter, epollTimeoutMs, pollTimeoutMs, selectTimeoutUs, waitAgain } from '../../src/system/timeout.ts';

type Converter = (timeout: never) => number;

const EINTR = -4;
const NAN = { name: 'RangeError', message: 'Invalid value NaN (not a number)' };
const OUT_OF_RANGE = { name: 'RangeError', message: 'timestamp out of range for platform time_t' };
const TIMESTAMP_TOO_LARGE = { name: 'RangeError', message: 'timestamp too large to convert to C _PyTime_t' };
const TIMEOUT_TOO_LARGE = { name: 'RangeError', message: 'timeout is too large' };
const NEGATIVE = { name: 'RangeError', message: 'timeout must be non-negative' };

function accepts(convert: Converter, unit: string, rows: [timeout: unknown, converted: number][]): void {
  for (const [timeout, converted] of rows) {
    const text = Object.is(timeout, -0) ? '-0' : String(timeout);
    it(`makes ${converted} ${unit} of ${typeof timeout} ${text}`, () => {
      // deepEqual distinguishes -0 and 0; a timeout does not.
      assert.equal(convert(timeout as never) + 0, converted);
    });
  }
}

function refuses(convert: Converter, error: object, timeouts: unknown[]): void {
  for (const timeout of timeouts) {
    it(`refuses ${typeof timeout} ${String(timeout)}`, () => {
      assert.throws(() => convert(timeout as never), error);
    });
  }
}

function refusesWrongTypes(convert: Converter, message: string): void {
  const wrong: [what: string, value: unknown][] = [
    ['a string (str)', '1'],
    ["the empty string, which Number('') would make 0", ''],
    ['a Buffer (bytes)', Buffer.from('1')],
    ['an array (list, tuple)', []],
    ['an array of a number, which Number() would take', [1]],
    ['an object (dict)', {}],
    ['an object with only valueOf (Decimal, Fraction, only __float__)', { valueOf: () => 1 }],
    ['a Number object', Object(1)],
    ['a Date', new Date(0)],
    ['a symbol (complex)', Symbol('1j')],
    ['a function', () => 1],
  ];
  for (const [what, value] of wrong) {
    it(`refuses ${what}`, () => {
      assert.throws(() => convert(value as never), { name: 'TypeError', message });
    });
  }
}

describe('the timeout of select, in microseconds', () => {
  accepts(selectTimeoutUs, 'us', [
    [undefined, -1],
    [null, -1],
    [0, 0],
    [-0, 0],
    [false, 0],
    [true, 1e6],
    [0n, 0],
    [2n, 2e6],
    [1, 1e6],
    [1e-9, 1],
    [1e-7, 1],
    [1e-6, 1],
    [1e-300, 1],
    [1.000001, 1_000_001],
    [1.0000011, 1_000_002],
    [0.1, 100_000],
    [0.3, 300_000],
    [9223372036, 9223372036e6],
    [9.2e9, 9.2e15],
    [9223372036n, 9223372036e6],
  ]);
  refuses(selectTimeoutUs, NEGATIVE, [-1, -0.5, -1e-6, -1e-300, -1n, -9223372036]);
  refuses(selectTimeoutUs, NAN, [NaN]);
  // 1e10 and 9223372037 are safe integers, so they count as Python's int; larger numbers count as its float.
  refuses(selectTimeoutUs, OUT_OF_RANGE, [Infinity, -Infinity, 1e300, -1e300, 2 ** 64, 9223372036.9]);
  refuses(selectTimeoutUs, TIMESTAMP_TOO_LARGE, [
    9223372037,
    -9223372037,
    1e10,
    9223372037n,
    -9223372037n,
    2n ** 64n,
    10n ** 400n,
  ]);
  refusesWrongTypes(selectTimeoutUs, 'timeout must be a float or None');
});

describe('the timeout of Poll.poll, in milliseconds', () => {
  accepts(pollTimeoutMs, 'ms', [
    [undefined, -1],
    [null, -1],
    [0, 0],
    [-0, 0],
    [false, 0],
    [true, 1],
    [5n, 5],
    [0.1, 1],
    [1e-300, 1],
    [30.5, 31],
    [31, 31],
    [-1, -1],
    [-0.1, -1],
    [-1e-100, -1],
    [-1000, -1],
    [-(2 ** 31), -1],
    [2 ** 31 - 1, 2 ** 31 - 1],
  ]);
  refuses(pollTimeoutMs, NAN, [NaN]);
  refuses(pollTimeoutMs, OUT_OF_RANGE, [Infinity, -Infinity, 1e300, -1e300]);
  refuses(pollTimeoutMs, TIMEOUT_TOO_LARGE, [2 ** 31, 2 ** 31 - 0.5, 2 ** 32, -(2 ** 31) - 1, 1e12, 2n ** 31n]);
  refuses(pollTimeoutMs, TIMESTAMP_TOO_LARGE, [1e13, -1e13, 2n ** 63n, 2n ** 64n]);
  refusesWrongTypes(pollTimeoutMs, 'timeout must be an integer or None');
});

describe('the timeout of Epoll.poll, in milliseconds', () => {
  accepts(epollTimeoutMs, 'ms', [
    [undefined, -1],
    [null, -1],
    [0, 0],
    [-0, 0],
    [false, 0],
    [true, 1000],
    [2n, 2000],
    [1e-300, 1],
    [0.0001, 1],
    [0.0011, 2],
    [0.3, 300],
    [-1, -1],
    [-0.0001, -1],
    [-1e-100, -1],
    [2147483, 2147483000],
    [2147483.647, 2 ** 31 - 1],
  ]);
  refuses(epollTimeoutMs, NAN, [NaN]);
  refuses(epollTimeoutMs, OUT_OF_RANGE, [Infinity, -Infinity, 1e300, -1e300]);
  refuses(epollTimeoutMs, TIMEOUT_TOO_LARGE, [2147483.648, 2147484, 1e9, -2147483.649]);
  refuses(epollTimeoutMs, TIMESTAMP_TOO_LARGE, [1e10, -1e10, 2n ** 64n]);
  refusesWrongTypes(epollTimeoutMs, 'timeout must be an integer or None');
});

describe('deadlineAfter', () => {
  it('is never for a negative timeout', () => {
    assert.equal(deadlineAfter(-1), Infinity);
  });

  it('is over for 0', () => {
    assert.ok(deadlineAfter(0) <= performance.now());
  });

  it('lies the timeout ahead', () => {
    const before = performance.now();
    const deadlineMs = deadlineAfter(250.5);
    assert.ok(deadlineMs >= before + 250.5);
    assert.ok(deadlineMs <= performance.now() + 250.5);
  });
});

describe('waitAgain', () => {
  it('goes on until something other than EINTR comes', () => {
    const results = [EINTR, EINTR, 2];
    const result = waitAgain('select', deadlineAfter(60_000), false, () => results.shift()!);
    assert.equal(result, 2);
    assert.deepEqual(results, []);
  });

  it('passes the remaining time to each wait', () => {
    const remaining: number[] = [];
    const deadlineMs = deadlineAfter(60_000);
    waitAgain('select', deadlineMs, false, (remainingMs) => {
      assert.ok(remainingMs <= deadlineMs - performance.now() + 1000);
      return remaining.push(remainingMs) < 3 ? EINTR : 0;
    });
    assert.ok(remaining[0]! <= 60_000 && remaining[0]! > 50_000);
    assert.ok(remaining[1]! < remaining[0]! && remaining[2]! < remaining[1]!);
  });

  it('waits for ever when there is no deadline', () => {
    const remaining: number[] = [];
    waitAgain('poll', deadlineAfter(-1), false, (remainingMs) => (remaining.push(remainingMs) < 3 ? EINTR : 1));
    assert.deepEqual(remaining, [-1, -1, -1]);
  });

  it('is empty-handed after the deadline, without a further look (the deadline check comes before the retry)', () => {
    assert.equal(
      waitAgain('poll', performance.now() - 1, false, () => 1),
      0,
    );
  });

  it('hands on another error', () => {
    assert.equal(
      waitAgain('select', deadlineAfter(-1), false, () => -9),
      -9,
    );
  });

  it('throws InterruptedError immediately when the wait is interruptible', () => {
    const wait = (): number => assert.fail('no further wait');
    assert.throws(
      () => waitAgain('epoll_wait', deadlineAfter(60_000), true, wait),
      (error) =>
        error instanceof InterruptedError &&
        error.code === 'EINTR' &&
        error.errno === EINTR &&
        error.syscall === 'epoll_wait' &&
        error.message === 'EINTR: interrupted system call, epoll_wait',
    );
  });
});
