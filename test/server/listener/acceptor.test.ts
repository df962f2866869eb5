import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { toLimits } from '../../../src/server/limits.ts';
import { OSError } from '../../../src/system/errors.ts';
import { Acceptor } from '../../../src/server/listener/acceptor.ts';
import { listenOn } from '../../../src/server/listener/listen.ts';
import { EVENT_READ } from '../../../src/selectors.ts';
import { errnoOf } from '../../../src/sys.ts';

interface Scripted {
  acceptor: Acceptor;
  clock: { ms: number };
  watched: number[];
  exhausted: string[];
  close: () => void;
}

/** An acceptor on a real listener. Its loop only records the calls of `watch`, and throws the next of the scripted errors. */
function scripted(errors: unknown[]): Scripted {
  const clock = { ms: 1000 };
  const watched: number[] = [];
  const exhausted: string[] = [];
  const loop = {
    turns: 0,
    clock: { nowMs: () => clock.ms },
    watch: (_: unknown, events: number) => {
      if (errors.length > 0) throw errors.shift();
      watched.push(events);
    },
  };
  const acceptor = new Acceptor(listenOn(['127.0.0.1', 0], {}, toLimits({ backlog: 8 })), loop, 64, {
    room: () => 1,
    accepted: () => undefined,
    exhausted: (code) => exhausted.push(code),
  });
  return {
    ...{ acceptor, clock, watched, exhausted },
    close: () => {
      acceptor.close();
    },
  };
}

const refusal = (code: string): OSError => new OSError(code, { errno: errnoOf(code), syscall: 'epoll_ctl' });

describe('Acceptor, when epoll_ctl refuses to watch the listener,', { concurrency: true }, () => {
  for (const code of ['ENOMEM', 'ENOSPC', 'EPERM', 'ETIMEDOUT']) {
    it(`pauses, counts and reports the error, and then watches the listener again: ${code}`, (t) => {
      const { acceptor, clock, watched, exhausted, close } = scripted([refusal(code)]);
      t.after(close);
      acceptor.update();
      assert.deepEqual([acceptor.errors, exhausted, watched], [{ [code]: 1 }, [code], []]);
      assert.equal(acceptor.pauseSeconds, 0.1);
      acceptor.update();
      assert.deepEqual(watched, [0]);
      clock.ms += 100;
      assert.equal(acceptor.pauseSeconds, Infinity);
      acceptor.update();
      assert.deepEqual(watched, [0, EVENT_READ]);
    });
  }

  for (const code of ['EBADF', 'EINVAL', 'ENOTSOCK', 'EOPNOTSUPP']) {
    it(`throws an errno after which no call can succeed: ${code}`, (t) => {
      const { acceptor, exhausted, close } = scripted([refusal(code)]);
      t.after(close);
      assert.throws(
        () => {
          acceptor.update();
        },
        { errno: errnoOf(code), syscall: 'epoll_ctl' },
      );
      assert.deepEqual(exhausted, []);
    });
  }

  it('throws an error that is not an errno of the kernel', (t) => {
    const mistakes = [new TypeError('a mistake of the loop'), new OSError('an error without an errno')];
    const { acceptor, exhausted, close } = scripted([...mistakes]);
    t.after(close);
    for (const mistake of mistakes) {
      assert.throws(() => {
        acceptor.update();
      }, mistake);
    }
    assert.deepEqual([acceptor.errors, exhausted], [{}, []]);
  });
});
