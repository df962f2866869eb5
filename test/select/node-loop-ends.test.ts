import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { endOfProcess, endOfWorker, type Program } from '../support/loop-ends.ts';

interface Expected {
  code: number;
  stdout?: string;
  error?: RegExp;
  atLeastMs?: number;
}

const PROMPT_MS = 3000;

const ends: Record<string, [program: Program, expected: Expected]> = {
  'at once with process.exit() in the middle of a wait': [
    ({ select: { selectAsync } }) => {
      setTimeout(() => process.exit(7), 50);
      return selectAsync([], [], [], 60);
    },
    { code: 7, atLeastMs: 50 },
  ],
  'at once with process.exit() after another wait': [
    async ({ select: { selectAsync } }) => {
      void selectAsync([], [], [], 60);
      await selectAsync([], [], [], 0.01);
      process.exit(8);
    },
    { code: 8 },
  ],
  'at once with process.exit() before the loop has run': [
    ({ select: { selectAsync } }) => {
      void selectAsync([], [], []);
      process.exit(9);
    },
    { code: 9 },
  ],
  'by itself when no wait is left': [
    async ({ select: { selectAsync, poll, epoll } }) => {
      await selectAsync([], [], [], 0.02);
      await poll().pollAsync(20);
      const ep = epoll();
      await ep.pollAsync(0.02);
      ep.close();
      console.log('done');
    },
    { code: 0, stdout: 'done\n' },
  ],
  'by itself, not before a wait that nobody awaits': [
    ({ select: { selectAsync } }) => {
      void selectAsync([], [], [], 0.2).then(() => {
        console.log('over');
      });
    },
    { code: 0, stdout: 'over\n', atLeastMs: 200 },
  ],
  'by itself when the only wait is aborted': [
    ({ select: { selectAsync } }) => {
      selectAsync([], [], [], null, { signal: AbortSignal.timeout(50) }).catch((error: unknown) => {
        console.log((error as Error).name);
      });
      // AbortSignal.timeout does not keep a loop alive, but our wait does.
    },
    { code: 0, stdout: 'TimeoutError\n', atLeastMs: 50 },
  ],
  'by itself after a wait that an exit handler of the loop began': [
    ({ select: { selectAsync } }) => {
      process.once('beforeExit', () => {
        void selectAsync([], [], [], 0.05).then(() => {
          console.log('after beforeExit');
        });
      });
    },
    { code: 0, stdout: 'after beforeExit\n', atLeastMs: 50 },
  ],
  'with what a timer throws': [
    ({ select: { selectAsync } }) => {
      setTimeout(() => {
        throw new Error('from a timer');
      }, 20);
      return selectAsync([], [], [], 60);
    },
    { code: 1, error: /from a timer/ },
  ],
  'with what is thrown after an await': [
    async ({ select: { selectAsync } }) => {
      void selectAsync([], [], [], 60);
      await selectAsync([], [], [], 0.01);
      throw new Error('after an await');
    },
    { code: 1, error: /after an await/ },
  ],
  'with what process.nextTick throws after an await': [
    async ({ select: { selectAsync } }) => {
      await selectAsync([], [], [], 0.01);
      process.nextTick(() => {
        throw new Error('from nextTick');
      });
      await selectAsync([], [], [], 60);
    },
    { code: 1, error: /from nextTick/ },
  ],
  'with what a microtask throws after an await': [
    async ({ select: { selectAsync } }) => {
      await selectAsync([], [], [], 0.01);
      queueMicrotask(() => {
        throw new Error('from a microtask');
      });
      await selectAsync([], [], [], 60);
    },
    { code: 1, error: /from a microtask/ },
  ],
  'with a rejection that nobody handles': [
    async ({ select: { selectAsync } }) => {
      void selectAsync([987], [], []);
      await selectAsync([], [], [], 60);
    },
    { code: 1, error: /EBADF: bad file descriptor, select/ },
  ],
  'by itself where uncaughtException is handled: no wait is lost': [
    async ({ select: { selectAsync } }) => {
      process.on('uncaughtException', (error) => {
        console.log(error.message);
      });
      setTimeout(() => {
        throw new Error('from a timer');
      }, 10);
      await selectAsync([], [], [], 0.1);
      process.nextTick(() => {
        throw new Error('from nextTick');
      });
      await selectAsync([], [], [], 0.1);
      queueMicrotask(() => {
        throw new Error('from a microtask');
      });
      await selectAsync([], [], [], 0.1);
      console.log('over');
    },
    { code: 0, stdout: 'from a timer\nfrom nextTick\nfrom a microtask\nover\n' },
  ],
  'by itself after waits begun in every queue': [
    async ({ select: { selectAsync } }) => {
      const wait = (): Promise<unknown> => selectAsync([], [], [], 0.01);
      await new Promise((resolve) => setTimeout(() => void wait().then(resolve), 1));
      await new Promise((resolve) => setImmediate(() => void wait().then(resolve)));
      await new Promise<unknown>((resolve) => {
        process.nextTick(() => void wait().then(resolve));
      });
      await new Promise<unknown>((resolve) => {
        queueMicrotask(() => void wait().then(resolve));
      });
      await wait().then(wait).then(wait);
      console.log('done');
    },
    { code: 0, stdout: 'done\n' },
  ],
  'by itself after waits begun within one another': [
    async ({ select: { selectAsync } }) => {
      async function nested(depth: number): Promise<number> {
        await selectAsync([], [], [], 0.001);
        return depth === 0 ? 0 : 1 + (await nested(depth - 1));
      }
      console.log((await Promise.all([nested(20), nested(10)])).join());
    },
    { code: 0, stdout: '20,10\n' },
  ],
  'by itself after a blocking select within a wait': [
    async ({ select: { select, selectAsync } }) => {
      const waiting = selectAsync([], [], [], 0.05);
      setTimeout(() => select([], [], [], 0.1), 10);
      console.log(JSON.stringify(await waiting));
    },
    { code: 0, stdout: '[[],[],[]]\n' },
  ],
};

const threads = { 'a process': endOfProcess, 'a worker thread': endOfWorker };

for (const [what, end] of Object.entries(threads)) {
  describe(`${what} that waits ends`, { concurrency: 2 }, () => {
    for (const [how, [program, expected]] of Object.entries(ends)) {
      it(how, async () => {
        const { code, stdout, error, ms } = await end(program);
        assert.equal(code, expected.code, error);
        assert.equal(stdout, expected.stdout ?? '');
        assert.match(error, expected.error ?? /^$/);
        assert.ok(ms >= (expected.atLeastMs ?? 0) && ms < PROMPT_MS, `${ms}`);
      });
    }
  });
}
