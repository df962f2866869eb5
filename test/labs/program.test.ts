import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { describe, it, type TestContext } from 'node:test';

import { Program } from '../../labs/kit/program.ts';
import { until } from '../support/child.ts';
import { Folder } from '../support/serve.ts';

const LONG_MS = 15_000;

function started(t: TestContext, text: string): Program {
  const folder = new Folder();
  writeFileSync(folder.file('my.mjs'), text);
  const program = new Program(folder.file('my.mjs'));
  t.after(() => {
    program[Symbol.dispose]();
    folder[Symbol.dispose]();
  });
  return program;
}

// A program that starts a child process with the same output, prints the child's process id, and goes on with `then`.
function parent(options: string, then: string): string {
  return `import { spawn } from 'node:child_process';
    const child = spawn('sleep', ['30'], { stdio: 'inherit', ${options} });
    console.log('child', child.pid);
    ${then}`;
}

async function childOf(program: Program): Promise<number> {
  return Number(await until(() => /^child (\d+)$/m.exec(program.stdout)?.[1]));
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the program of a lesson', () => {
  it('is ended together with the processes that it has started', async (t) => {
    const program = started(t, parent('', 'setInterval(() => {}, 1000)'));
    const child = await childOf(program);
    program.kill('SIGKILL');
    assert.deepEqual(await program.waitForEnd(LONG_MS), { code: null, signal: 'SIGKILL' });
    await until(() => !isThere(child));
  });

  it('has ended when its process ends, even if another process still has its output open', async (t) => {
    const program = started(t, parent('detached: true', 'process.exitCode = 3; child.unref()'));
    const child = await childOf(program);
    t.after(() => process.kill(child, 'SIGKILL'));
    assert.deepEqual(await program.waitForEnd(LONG_MS), { code: 3, signal: null });
    assert.ok(isThere(child));
  });

  it('is read to its end, and the last MiB of its output is kept', async (t) => {
    const flood = `console.log('listening 7');
      for (let i = 0; i < 48; i++) for (const out of [console.log, console.error]) out('x'.repeat(65_536));
      console.log('end');
      console.error('last word')`;
    const program = started(t, flood);
    assert.equal(await program.port(), 7);
    assert.deepEqual(await program.waitForEnd(LONG_MS), { code: 0, signal: null });
    assert.deepEqual([program.stdout.length, program.stderr.length], [2 ** 20, 2 ** 20]);
    assert.ok(program.stdout.endsWith('x\nend\n'));
    assert.ok(program.stderr.endsWith('x\nlast word\n'));
  });
});
