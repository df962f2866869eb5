import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { Idle } from '../support/loop-idle.ts';
import { skipWithout } from '../support/programs.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../support/loop-idle.js', import.meta.url));
const select = JSON.stringify(new URL('../../src/select.js', import.meta.url).href);
const BLOCKING = 'trace=?poll,?ppoll,?select,?pselect6';

async function idle(thread: string): Promise<Idle> {
  const { stdout } = await run(process.execPath, [program, thread], { timeout: 20_000 });
  return JSON.parse(stdout) as Idle;
}

// The waits of the main thread, one in each line. The first line is of the main thread, whose id is the process id.
async function tracedWaits(script: string): Promise<string[]> {
  const path = join(tmpdir(), `tripoll-trace-${process.pid}-${performance.now()}`);
  const args = ['-f', '-o', path, '-e', BLOCKING, process.execPath, '--input-type=module', '-e', script];
  await run('strace', args, { timeout: 20_000 });
  const lines = (await readFile(path, 'utf8')).split('\n');
  await rm(path);
  const pid = lines[0]!.split(' ')[0]!;
  return lines.filter((line) => line.startsWith(`${pid} `) && /(poll|select6?)\(/.test(line));
}

// The tests run at the same time, because each of them only sleeps.
describe('a thread that waits for nothing', { concurrency: true }, () => {
  for (const thread of ['main', 'worker']) {
    it(`costs next to nothing, on a ${thread} thread, beside handles that are unref'd`, async () => {
      const { results, ms, cpuMs } = await idle(thread);
      assert.equal(results, 3);
      assert.ok(ms >= 3000 && ms < 6000, `${ms}`);
      // On a quiet machine it is 2 ms, plus once 35 ms for V8's garbage collection. A loop that spins takes 3,000 ms.
      assert.ok(cpuMs < 100, `${cpuMs} ms of CPU time in 3 s`);
    });
  }

  const skip = skipWithout('strace');

  it('makes one system call a wait', { skip }, async () => {
    const calls = await tracedWaits(`import { selectAsync } from ${select};
      setTimeout(() => undefined, 1e6).unref();
      for (let i = 0; i < 3; i++) await selectAsync([], [], [], 1);`);
    const waits = calls.filter((line) => line.includes('select'));
    assert.ok(waits.length >= 3 && waits.length <= 6, waits.join('\n'));
  });

  it('makes one system call for many waits', { skip }, async () => {
    const calls = await tracedWaits(`import { selectAsync, poll, epoll } from ${select};
      const all = [];
      for (let i = 0; i < 20; i++) {
        const ep = epoll();
        const poller = poll();
        poller.register(ep);
        all.push(selectAsync([ep], [], [], 1 + i / 1e6), poller.pollAsync(1000), ep.pollAsync(1));
      }
      await Promise.all(all);`);
    // Without sharing there would be 60 calls. Rounding up costs a few turns at the end.
    assert.ok(calls.length >= 1 && calls.length <= 20, calls.join('\n'));
  });
});
