import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { runInChild, skipWithout } from '../support/programs.ts';

// Node handles the default action of SIGINT itself only while JavaScript can run. While we block, the kernel does.
describe('SIGINT while select blocks in a process of its own', () => {
  it('ends the process when there is no handler, also without timeout (Python: KeyboardInterrupt)', () => {
    assert.throws(
      () =>
        runInChild(async ({ select: { select } }) => {
          const { spawn } = await import('node:child_process');
          spawn('sh', ['-c', `sleep 0.1; kill -INT ${process.pid}`]);
          return select([], [], []);
        }),
      /the child ended with SIGINT/,
    );
  });

  it('throws InterruptedError when there is a handler and the wait is interruptible', () => {
    const outcome = runInChild(async ({ select: { select } }) => {
      const { spawn } = await import('node:child_process');
      let handled = 0;
      process.on('SIGINT', () => handled++);
      spawn('sh', ['-c', `sleep 0.1; kill -INT ${process.pid}; exec sleep 0.2`]);
      let name = 'nothing thrown';
      try {
        select([], [], [], null, { interruptible: true });
      } catch (error) {
        name = (error as Error).name;
      }
      const before = handled;
      while (handled === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      return [name, before, handled];
    });
    assert.deepEqual(outcome, ['InterruptedError', 0, 1]);
  });

  it('throws the error of its handler out of the event loop, not out of select (handler raises)', () => {
    const outcome = runInChild(async ({ select: { select } }) => {
      const { spawn } = await import('node:child_process');
      let uncaught = '';
      process.on('uncaughtException', (error) => (uncaught = error.message));
      process.on('SIGINT', () => {
        throw new Error('from the handler');
      });
      spawn('sh', ['-c', `sleep 0.1; kill -INT ${process.pid}`]);
      const start = performance.now();
      const result = select([], [], [], 0.3);
      const ms = performance.now() - start;
      const before = uncaught;
      while (uncaught === '') await new Promise((resolve) => setTimeout(resolve, 2));
      return [result, ms >= 300, before, uncaught];
    });
    assert.deepEqual(outcome, [[[], [], []], true, '', 'from the handler']);
  });
});

describe('EINTR that strace injects into select', { skip: skipWithout('strace') }, () => {
  const calls = '?select,?pselect6,?pselect6_time64';
  const prefix = [
    'strace',
    '-f',
    '-o',
    '/dev/null',
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${calls}:error=EINTR:when=1..3`,
  ];

  it('is retried three times, and the timeout is kept', () => {
    const outcome = runInChild(
      ({ select: { select } }) => {
        const start = performance.now();
        const result = select([], [], [], 0.3);
        return [result, performance.now() - start >= 300];
      },
      { prefix },
    );
    assert.deepEqual(outcome, [[[], [], []], true]);
  });

  it('is retried when an fd is ready', () => {
    const outcome = runInChild(
      ({ select: { select }, sys }) => {
        const fd = sys.eventfd(1, 0);
        return [fd, select([fd], [], [])];
      },
      { prefix },
    );
    assert.deepEqual(outcome, [outcome[0], [[outcome[0]], [], []]]);
  });

  it('is thrown each of the three times when the wait is interruptible', () => {
    const outcome = runInChild(
      ({ select: { select } }) =>
        [1, 2, 3, 4].map(() => {
          try {
            return select([], [], [], 0, { interruptible: true });
          } catch (error) {
            return (error as NodeJS.ErrnoException).code;
          }
        }),
      { prefix },
    );
    assert.deepEqual(outcome, ['EINTR', 'EINTR', 'EINTR', [[], [], []]]);
  });
});

describe('select, poll and epoll', () => {
  it('keep no object alive after a call that returned, nor after one that threw', () => {
    const alive = runInChild(
      async ({ select: { epoll, poll, select }, sys }) => {
        const fd = sys.eventfd(1, 0);
        const poller = poll();
        const ep = epoll();
        const refs: Record<string, WeakRef<object>> = {};
        function file(name: string): { fileno(): number } {
          const object = { fileno: () => fd };
          refs[name] = new WeakRef(object);
          return object;
        }
        const list = (name: string): { fileno(): number }[] => [file(`${name} 0`), file(`${name} 1`)];

        select(list('returned, rlist'), list('returned, wlist'), list('returned, xlist'), 0);
        select(list('unlimited'), [], [], 0, { fdSetSize: 'unlimited' });
        for (const bad of [-1, 'x' as never, 900]) {
          try {
            select([...list(`threw for ${bad}`), bad], [], [], 0);
          } catch {
            continue;
          }
        }
        poller.register(file('poll'));
        poller.poll(0);
        ep.register(file('epoll'));
        ep.poll(0);

        await new Promise((resolve) => setTimeout(resolve, 10));
        (globalThis as unknown as { gc(): void }).gc();
        const names = Object.keys(refs);
        return { names: names.length, alive: names.filter((name) => refs[name]!.deref() !== undefined) };
      },
      { flags: ['--expose-gc'] },
    );
    assert.deepEqual(alive, { names: 16, alive: [] });
  });
});
