import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { inspect } from 'node:util';

import { select, type Timeout } from '../../src/select.ts';
import { drain, idleFd, pipePair, readableFd } from '../support/fds.ts';
import { during, writeLater } from '../support/signals.ts';
import { timed } from '../support/timed.ts';

const EMPTY = [[], [], []];
// The bound is high, because the machine may be busy.
const LATE_MS = 5000;

describe('the timeout of select', () => {
  const idle = idleFd({ after });
  const ready = readableFd({ after });

  const forEver: [what: string, wait: (fd: number) => unknown][] = [
    ['left out', (fd) => select([fd], [], [])],
    ['undefined (None)', (fd) => select([fd], [], [], undefined)],
    ['null (None)', (fd) => select([fd], [], [], null)],
  ];
  for (const [what, wait] of forEver) {
    it(`is infinite when it is ${what}`, async (t) => {
      const [readEnd, writeEnd] = pipePair(t);
      const { result, ms } = await during(
        () => writeLater(writeEnd, 0.05),
        () => wait(readEnd),
      );
      assert.deepEqual(result, [[readEnd], [], []]);
      assert.ok(ms >= 50, `${ms}`);
      assert.equal(drain(readEnd), 1);
    });
  }

  for (const timeout of [0, -0, false, 0n]) {
    it(`does not wait when it is ${typeof timeout} ${Object.is(timeout, -0) ? '-0' : String(timeout)}`, () => {
      const { result, ms } = timed(() => {
        for (let i = 0; i < 100; i++) assert.deepEqual(select([idle], [], [], timeout as Timeout), EMPTY);
        return select([idle], [], [], timeout as Timeout);
      });
      assert.deepEqual(result, EMPTY);
      assert.ok(ms < 1000, `101 polls took ${ms} ms`);
    });
  }

  const lengths: [what: string, timeout: unknown, atLeastMs: number][] = [
    ['1e-300 s, which is no poll', 1e-300, 0.001],
    ['1e-9 s, rounded up to 1 us', 1e-9, 0.001],
    ['1e-7 s, rounded up to 1 us', 1e-7, 0.001],
    ['1e-6 s', 1e-6, 0.001],
    ['0.0305 s', 0.0305, 30.5],
    ['0.1 s', 0.1, 100],
  ];
  for (const [what, timeout, atLeastMs] of lengths) {
    it(`is ${what}`, () => {
      const { result, ms } = timed(() => select([idle], [], [], timeout as Timeout));
      assert.deepEqual(result, EMPTY);
      assert.ok(ms >= atLeastMs && ms < atLeastMs + LATE_MS, `${ms}`);
    });
  }

  it('is no delay when something is ready', () => {
    for (const timeout of [undefined, null, 3600]) {
      const { result, ms } = timed(() => select([idle, ready], [], [], timeout));
      assert.deepEqual(result, [[ready], [], []]);
      assert.ok(ms < LATE_MS);
    }
  });

  for (const timeout of [9223372036, 9.2e9, 9223372036n, 2147483648, 4294967296.5]) {
    it(`may be ${typeof timeout} ${timeout}`, () => {
      assert.deepEqual(select([ready], [], [], timeout as Timeout), [[ready], [], []]);
    });
  }

  const refused: [error: object, values: unknown[]][] = [
    [{ name: 'RangeError', message: 'timeout must be non-negative' }, [-1, -1e-6, -1e-300, -1n, -9223372036]],
    [{ name: 'RangeError', message: 'Invalid value NaN (not a number)' }, [NaN]],
    [
      { name: 'RangeError', message: 'timestamp out of range for platform time_t' },
      [Infinity, -Infinity, 1e300, -1e300],
    ],
    [
      { name: 'RangeError', message: 'timestamp too large to convert to C _PyTime_t' },
      // In Python 1e10 is a float, and the message is 'out of range'. Here it is a whole number like any other.
      [9223372037, -9223372037, 1e10, 9223372037n, 2n ** 70n],
    ],
    [
      { name: 'TypeError', message: 'timeout must be a float or None' },
      ['1', '', Buffer.from('1'), [], [1], {}, new Map(), { valueOf: () => 1 }, Object(1), Symbol('1j'), () => 1],
    ],
  ];
  for (const [error, values] of refused) {
    for (const value of values) {
      it(`may not be ${inspect(value)}`, () => {
        assert.throws(() => select([ready], [], [], value as Timeout), error);
      });
    }
  }
});
