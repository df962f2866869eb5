import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { compile } from '../../benchmarks/harness/cc.ts';
import { findDrivers, type Program } from '../../benchmarks/harness/drivers.ts';
import { compileLoad } from '../../benchmarks/harness/load.ts';
import { compileWaits, countWaits } from '../../benchmarks/harness/waits.ts';
import { load, workload } from '../../benchmarks/harness/workload.ts';
import { dist, root } from '../support/child.ts';
import { skipWithout } from '../support/programs.ts';

const CONNECTIONS = 8;
const cache = mkdtempSync(join(tmpdir(), 'tripoll-waits-'));
after(() => {
  rmSync(cache, { recursive: true });
});

const skip = skipWithout('cc');
const benchmarks = join(root, 'benchmarks');
const cell = workload('echo', 'A message.', [
  { name: 'echo', role: 'echo', parameters: {}, load: load('echo', { connections: CONNECTIONS }) },
]).cells[0]!;

// Drivers in all languages and with all system calls.
const CHOSEN =
  /^(c-.*|tripoll-(select|epoll)|tripoll-poll-blocking|sys-epoll|node-net|python-(selectors|asyncio|uvloop))$/;

describe('countWaits', { skip }, () => {
  const counted = async (program: Program, library: string) => {
    const command = compileLoad(join(benchmarks, 'load'), cache);
    return countWaits(cell, program, library, { load: [command], cpus: {}, window: { warmup: 0.05, seconds: 0.1 } });
  };
  const programs = findDrivers(join(benchmarks, 'drivers'), join(dist, 'benchmarks/drivers'), cache).then((found) =>
    found.programs.filter(({ driver: { name, missing } }) => missing === undefined && CHOSEN.test(name)),
  );

  it('counts one ready fd for each message, in all programming languages', async () => {
    const library = compileWaits(join(benchmarks, 'waits'), cache);
    assert.ok((await programs).length >= 8, `${(await programs).length} drivers`);
    for (const program of await programs) {
      const { messages, waits, found } = await counted(program, library);
      const what = `${found} fds in ${waits} waits for ${messages} messages of ${program.driver.name}`;
      assert.ok(waits > 0 && found >= messages * 0.9 - CONNECTIONS && found <= messages * 1.2 + CONNECTIONS, what);
      assert.ok(found <= waits * (CONNECTIONS + 1), what);
    }
  });

  it('fails when the library does not see the waits', async () => {
    const source = join(cache, 'blind.c');
    writeFileSync(source, 'int nothing;');
    const library = compile('blind', [source], cache, ['-shared', '-fPIC']);
    const [program] = await programs;
    await assert.rejects(counted(program!, library), { message: /^the waits of this server cannot be counted/ });
  });
});
