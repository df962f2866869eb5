import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { OSError } from '../../../src/system/errors.ts';
import { Acceptor } from '../../../src/server/listener/acceptor.ts';
import { listenOn } from '../../../src/server/listener/listen.ts';
import { EVENT_READ } from '../../../src/selectors.ts';
import { errnoOf } from '../../../src/sys.ts';

/** An acceptor on a real listener. Its loop only records what is watched, and throws the next of the scripted errors. */
function scripted(errors: unknown[]): {
  acceptor: Acceptor;
  watched: number[];
  exhausted: string[];
  close: () => void;
} {
  const watched: number[] = [];
  const exhausted: string[] = [];
  const loop = {
    turns: 0,
    watch: (_: unknown, events: number) => {
      if (errors.length > 0) throw errors.shift();
      watched.push(events);
    },
  };
  const acceptor = new Acceptor(listenOn(['127.0.0.1', 0], 8), loop, 64, {
    room: () => 1,
    take: () => undefined,
    exhausted: (code) => exhausted.push(code),
  });
  return {
    ...{ acceptor, watched, exhausted },
    close: () => {
      acceptor.close();
    },
  };
}

const refusal = (code: string): OSError => new OSError(code, { errno: errnoOf(code), syscall: 'epoll_ctl' });

describe('Acceptor, when epoll_ctl refuses to watch the listener', { concurrency: true }, () => {
  for (const code of ['ENOMEM', 'ENOSPC']) {
    it(`${code}: it rests, counts and reports the error, and then watches the listener again`, async (t) => {
      const { acceptor, watched, exhausted, close } = scripted([refusal(code)]);
      t.after(close);
      acceptor.update();
      assert.deepEqual([acceptor.errors, exhausted, watched], [{ [code]: 1 }, [code], []]);
      assert.ok(acceptor.restSeconds > 0 && acceptor.restSeconds <= 0.1, `${acceptor.restSeconds} s`);
      acceptor.update();
      assert.deepEqual(watched, [0]);
      await setTimeout(110);
      assert.equal(acceptor.restSeconds, Infinity);
      acceptor.update();
      assert.deepEqual(watched, [0, EVENT_READ]);
    });
  }

  it('throws an error that no pause mends: EBADF', (t) => {
    const { acceptor, exhausted, close } = scripted([refusal('EBADF')]);
    t.after(close);
    assert.throws(
      () => {
        acceptor.update();
      },
      { code: 'EBADF', syscall: 'epoll_ctl' },
    );
    assert.deepEqual(exhausted, []);
  });

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
