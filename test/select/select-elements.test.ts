import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';

import { OSError } from '../../src/system/errors.ts';
import { type FileObject, select } from '../../src/select.ts';
import { close, closedFd, dupAt, eventFd, idleFd, Numbered, readableFd } from '../support/fds.ts';
import { runInChild } from '../support/programs.ts';

const OUT_OF_RANGE = { name: 'RangeError', message: 'filedescriptor out of range in select()' };
const TOO_MANY = { name: 'RangeError', message: 'too many file descriptors in select()' };
const UNLIMITED = { fdSetSize: 'unlimited' } as const;

function isEbadf(error: unknown): boolean {
  return (
    error instanceof OSError &&
    error.constructor === OSError &&
    error.code === 'EBADF' &&
    error.errno === -9 &&
    error.syscall === 'select' &&
    error.strerror === 'Bad file descriptor' &&
    error.message.startsWith('EBADF: bad file descriptor, select')
  );
}

// Passes `list` in each of the three places, and `rest` in the two others.
function inEachPlace<F extends FileObject>(list: F[], rest: F[] = []): [F[], F[], F[]][] {
  return [
    [list, rest, rest],
    [rest, list, rest],
    [rest, rest, list],
  ];
}

describe('an element of select', () => {
  it('is an fd', (t) => {
    const fd = readableFd(t);
    assert.deepEqual(select([fd], [], [], 0), [[fd], [], []]);
  });

  it('is a bigint, which itself is returned', (t) => {
    const fd = BigInt(readableFd(t)) as never;
    assert.deepEqual(select([fd], [], [], 0), [[fd], [], []]);
    const file = new Numbered(fd);
    assert.deepEqual(select([file], [], [], 0), [[file], [], []]);
  });

  it('is an object with fileno(), which itself is returned', (t) => {
    const file = new Numbered(readableFd(t));
    const [readable] = select([file], [], [], 0);
    assert.equal(readable[0], file);
  });

  it('has its fileno() called exactly once per occurrence per list', (t) => {
    const file = new Numbered(eventFd(t, 1));
    select([file], [], [], 0);
    assert.equal(file.calls, 1);
    select([file, file, file], [file, file], [file], 0);
    assert.equal(file.calls, 1 + 6);
  });

  it('has its fileno() called once, even when nothing is ready at the end of the wait', (t) => {
    const file = new Numbered(idleFd(t));
    select([file], [], [file], 0.01);
    assert.equal(file.calls, 2);
  });

  it('is a function with fileno()', (t) => {
    const fd = readableFd(t);
    const file = Object.assign(() => 'called', { fileno: () => fd });
    assert.equal(select([file], [], [], 0)[0][0], file);
  });
});

describe('an fd that is closed, in select', () => {
  const closed = closedFd({ after });
  const ready = eventFd({ after }, 1);
  const timeouts = [0, 0.01, null];

  for (const timeout of timeouts) {
    it(`is EBADF in any list, timeout ${timeout}`, () => {
      for (const lists of inEachPlace([closed])) assert.throws(() => select(...lists, timeout), isEbadf);
    });

    it(`is EBADF in any list with a ready one beside it, timeout ${timeout}`, () => {
      for (const lists of inEachPlace([ready, closed], [ready])) {
        assert.throws(() => select(...lists, timeout), isEbadf);
      }
    });
  }

  it('is EBADF for an object with fileno(), too', () => {
    assert.throws(() => select([new Numbered(closed)], [], [], 0), isEbadf);
  });

  it('is EBADF after the fd was open in an earlier call', (t) => {
    const fd = dupAt(t, ready, closed + 1)!;
    assert.deepEqual(select([fd], [], [], 0)[0], [fd]);
    close(fd);
    assert.throws(() => select([fd], [], [], null), isEbadf);
  });

  it('does not affect the next call', () => {
    assert.throws(() => select([ready, closed], [ready], [], 0), isEbadf);
    assert.deepEqual(select([ready], [], [], 0), [[ready], [], []]);
  });
});

// In a new process, because the fd table of this process has grown, and select has stored its size.
describe("a closed fd beyond the process's fd table, in select (deviation: EBADF)", () => {
  it('is EBADF at once, in any list, with a ready one beside it, whatever the timeout', () => {
    const outcomes = runInChild(async ({ select: { select }, sys }) => {
      const { readFileSync } = await import('node:fs');
      const tableSize = (): number => Number(/^FDSize:\s*(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
      const ready = sys.eventfd(1, 0);
      const beyond = 900;
      const outcomes: unknown[] = [tableSize() <= beyond];
      for (const timeout of [0, 0.2, 3600, null]) {
        for (const list of [[beyond], [ready, beyond]]) {
          for (const place of [0, 1, 2]) {
            const lists = [0, 1, 2].map((other) => (other === place ? list : [ready]));
            const start = performance.now();
            try {
              outcomes.push(select(lists[0]!, lists[1]!, lists[2]!, timeout));
            } catch (error) {
              outcomes.push((error as NodeJS.ErrnoException).code);
            }
            if (performance.now() - start > 150) outcomes.push('late');
          }
        }
      }
      outcomes.push(tableSize() <= beyond);
      return outcomes;
    });
    assert.deepEqual(outcomes, [true, ...Array.from({ length: 24 }, () => 'EBADF'), true]);
  });

  it('is EBADF without limit up to 2**31 - 1', () => {
    const outcomes = runInChild(({ select: { select } }) =>
      [1024, 5000, 1_000_000, 2 ** 24, 2 ** 30, 2 ** 31 - 1].map((fd) => {
        try {
          return select([], [], [fd], null, { fdSetSize: 'unlimited' });
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
      }),
    );
    assert.deepEqual(
      outcomes,
      outcomes.map(() => 'EBADF'),
    );
    assert.equal(outcomes.length, 6);
  });

  it('throws the same error as within the table', () => {
    assert.throws(() => select([2 ** 31 - 1], [], [], null, UNLIMITED), isEbadf);
  });
});

describe('an fd around 1024, in select', () => {
  const ready = eventFd({ after }, 1);

  it('is waited for when it is 1023', (t) => {
    const fd = dupAt(t, ready, 1023);
    if (fd === undefined) {
      t.skip('needs a limit of 1024 fds or more');
      return;
    }
    assert.equal(fd, 1023);
    assert.deepEqual(select([fd], [fd], [fd], 0), [[fd], [fd], []]);
  });

  for (const minimum of [1024, 1025, 5000]) {
    it(`is out of range from ${minimum} on when it is open`, (t) => {
      const fd = dupAt(t, ready, minimum);
      if (fd === undefined) {
        t.skip(`needs a limit of more than ${minimum} fds`);
        return;
      }
      for (const lists of inEachPlace([fd])) {
        assert.throws(() => select(...lists, 0), OUT_OF_RANGE);
        assert.throws(() => select(...lists, 0, { fdSetSize: 1024 }), OUT_OF_RANGE);
      }
      assert.throws(() => select([new Numbered(fd)], [], [], 0), OUT_OF_RANGE);
    });

    it(`is waited for from ${minimum} on when fdSetSize is unlimited (deviation)`, (t) => {
      const fd = dupAt(t, ready, minimum);
      const idle = dupAt(t, idleFd(t), minimum);
      if (fd === undefined || idle === undefined) {
        t.skip(`needs a limit of more than ${minimum + 1} fds`);
        return;
      }
      assert.deepEqual(select([fd, idle, ready], [fd], [fd], 0, UNLIMITED), [[fd, ready], [fd], []]);
      assert.deepEqual(select([idle], [], [], 0.01, UNLIMITED), [[], [], []]);
      close(fd);
      for (const lists of inEachPlace([fd, ready])) assert.throws(() => select(...lists, null, UNLIMITED), isEbadf);
    });
  }

  for (const fd of [1024, 5000, 2 ** 31 - 1]) {
    it(`is out of range when it is ${fd} and closed`, () => {
      for (const lists of inEachPlace([fd])) assert.throws(() => select(...lists, 0), OUT_OF_RANGE);
    });
  }
});

describe('the number of elements in a list of select', () => {
  const ready = eventFd({ after }, 1);
  const most = Array.from({ length: 1024 }, () => ready);

  it('may be 1024, in each list on its own, duplicates counted', () => {
    assert.deepEqual(select(most, most, most, 0), [most, most, []]);
  });

  it('may not be 1025, in any list', () => {
    for (const lists of inEachPlace([...most, ready])) assert.throws(() => select(...lists, 0), TOO_MANY);
    assert.throws(() => select([], new Set(Array.from({ length: 1025 }, () => new Numbered(ready))), [], 0), TOO_MANY);
  });

  it('comes after errors of items that are met earlier, the 1025th included', () => {
    assert.throws(() => select([...most.slice(1), -1, ready, ready], [], [], 0), /negative integer/);
    assert.throws(() => select([...most, -1], [], [], 0), /negative integer/);
    assert.throws(() => select([...most, 1024], [], [], 0), OUT_OF_RANGE);
    assert.throws(() => select([...most, ready, -1], [], [], 0), TOO_MANY);
  });

  it('has no bound when fdSetSize is unlimited (deviation)', () => {
    const many = Array.from({ length: 5000 }, () => ready);
    assert.deepEqual(select(many, [], [], 0, UNLIMITED), [many, [], []]);
  });
});
