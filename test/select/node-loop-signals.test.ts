import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { endOfProcess, type Program } from '../support/loop-ends.ts';
import { median } from '../support/loop-threads.ts';

interface Handled {
  latenessMs: number[];
  waitedMs: number;
}

// Runs a program as a process; its last line is the report.
async function reportOf(program: Program): Promise<Handled> {
  const { code, stdout, error } = await endOfProcess(program);
  assert.equal(code, 0, error);
  return JSON.parse(stdout) as Handled;
}

function assertPrompt(latenessMs: number[], count: number): void {
  assert.equal(latenessMs.length, count);
  assert.ok(Math.min(...latenessMs) < 20, latenessMs.join());
  assert.ok(median(latenessMs) < 100, latenessMs.join());
  assert.ok(Math.max(...latenessMs) < 1000, latenessMs.join());
}

describe('a signal handler during a selectAsync, on the main thread', () => {
  it('runs at once: SIGINT, SIGTERM, SIGUSR2, SIGHUP', async () => {
    const { latenessMs } = await reportOf(async ({ select: { selectAsync } }) => {
      const controller = new AbortController();
      const waiting = selectAsync([], [], [], 60, { signal: controller.signal }).catch(() => undefined);
      const latenessMs: number[] = [];
      for (let i = 0; i < 5; i++) {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR2', 'SIGHUP'] as const) {
          // The thread must sleep in its wait when the signal comes.
          await new Promise((resolve) => setTimeout(resolve, 3));
          const start = performance.now();
          const handled = new Promise((resolve) => process.once(signal, resolve));
          process.kill(process.pid, signal);
          await handled;
          latenessMs.push(performance.now() - start);
        }
      }
      controller.abort();
      await waiting;
      console.log(JSON.stringify({ latenessMs, waitedMs: 0 }));
    });
    assertPrompt(latenessMs, 20);
  });

  it('runs at once when another process sends it, without timers or timeout', async () => {
    const { latenessMs } = await reportOf(async ({ select: { selectAsync } }) => {
      const { spawn } = await import('node:child_process');
      const controller = new AbortController();
      const latenessMs: number[] = [];
      const script = `sleep 0.2; for i in 1 2 3; do date +%s%N; kill -USR2 ${process.pid}; sleep 0.05; done`;
      let sent: string[] = [];
      const received: number[] = [];
      process.on('SIGUSR2', () => {
        if (received.push(Date.now()) === 3) controller.abort();
      });
      const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.on('data', (data: Buffer) => (sent = sent.concat(data.toString().trim().split('\n'))));
      await selectAsync([], [], [], null, { signal: controller.signal }).catch(() => undefined);
      await new Promise((resolve) => child.on('close', resolve));
      for (const [index, at] of received.entries()) latenessMs.push(at - Number(sent[index]) / 1e6);
      console.log(JSON.stringify({ latenessMs, waitedMs: 0 }));
    });
    assertPrompt(latenessMs, 3);
  });

  it('runs again and again in a storm, and the wait lasts its full time (EINTR)', async () => {
    const { latenessMs: betweenMs, waitedMs } = await reportOf(async ({ select: { selectAsync, poll } }) => {
      const { spawn } = await import('node:child_process');
      const times: number[] = [];
      const storm = new Promise<void>((resolve) => {
        process.on('SIGUSR2', () => {
          times.push(performance.now());
          resolve();
        });
      });
      const child = spawn('sh', ['-c', `while kill -USR2 ${process.pid}; do sleep 0.01; done`], { stdio: 'ignore' });
      await storm;
      let waitedMs = Infinity;
      const before = times.length;
      for (const wait of [() => selectAsync([], [], [], 0.3), () => poll().pollAsync(300)]) {
        const start = performance.now();
        await wait();
        waitedMs = Math.min(waitedMs, performance.now() - start);
      }
      const during = times.slice(before);
      child.kill('SIGKILL');
      await new Promise((resolve) => child.on('exit', resolve));
      const latenessMs = during.slice(1).map((time, index) => time - during[index]!);
      console.log(JSON.stringify({ latenessMs, waitedMs }));
    });
    assert.ok(waitedMs >= 300 && waitedMs < 2000, `${waitedMs}`);
    assert.ok(betweenMs.length >= 5, `${betweenMs.length} handled in 0.6 s`);
    assert.ok(Math.max(...betweenMs) < 1000, betweenMs.join());
  });

  it('by default ends the process when there is no handler', async () => {
    const { code, error } = await endOfProcess(({ select: { selectAsync } }) => {
      setTimeout(() => process.kill(process.pid, 'SIGTERM'), 20);
      return selectAsync([], [], [], 60);
    });
    assert.deepEqual([code, error], [null, '']);
  });

  it('may end the wait by a signal of the other kind', async () => {
    const { stdout } = await endOfProcess(async ({ select: { selectAsync } }) => {
      const controller = new AbortController();
      process.once('SIGINT', (signal) => {
        controller.abort(signal);
      });
      setTimeout(() => process.kill(process.pid, 'SIGINT'), 20);
      console.log(
        await selectAsync([], [], [], null, { signal: controller.signal }).catch((reason: unknown) => reason),
      );
    });
    assert.equal(stdout, 'SIGINT\n');
  });
});

describe('standard input during a selectAsync', () => {
  it('is read to its end', async () => {
    const { code, stdout, error } = await endOfProcess(
      async ({ select: { selectAsync } }) => {
        const controller = new AbortController();
        const waiting = selectAsync([], [], [], 60, { signal: controller.signal }).catch(() => 'aborted');
        let text = '';
        for await (const chunk of process.stdin) text += String(chunk);
        controller.abort();
        console.log(text, await waiting);
      },
      {},
      'line 1\nline 2',
    );
    assert.deepEqual([code, stdout, error], [0, 'line 1\nline 2 aborted\n', '']);
  });
});

describe("Node's io_uring (UV_USE_IO_URING=1)", () => {
  it('serves fs during a selectAsync', async () => {
    const { code, stdout, error } = await endOfProcess(
      async ({ select: { selectAsync } }) => {
        const { readFile, stat } = await import('node:fs/promises');
        const controller = new AbortController();
        const waiting = selectAsync([], [], [], 60, { signal: controller.signal }).catch(() => 'aborted');
        for (let i = 0; i < 50; i++) {
          await stat(process.execPath);
          await readFile('/proc/self/status');
        }
        await Promise.all(Array.from({ length: 50 }, () => readFile('/proc/self/status')));
        controller.abort();
        console.log(await waiting);
      },
      { UV_USE_IO_URING: '1' },
    );
    assert.deepEqual([code, stdout, error], [0, 'aborted\n', '']);
  });
});
