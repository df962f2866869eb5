import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { native } from '../../src/system/native.ts';
import { recipes } from '../support/hostile-recipes.ts';
import type { Findings } from '../support/hostile-sweep.ts';
import { hostileValues } from '../support/hostile-values.ts';

const RUNS = 2000;

const folder = mkdtempSync(join(tmpdir(), 'tripoll-'));
after(() => {
  rmSync(folder, { recursive: true });
});

function run(...args: string[]): Findings {
  const log = join(folder, 'call');
  const program = fileURLToPath(new URL('../support/hostile-sweep.js', import.meta.url));
  const child = spawnSync(process.execPath, [program, log, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const call = readFileSync(log, 'utf8').trim();
  const end = `${args.join(' ')}: ended by ${child.signal ?? `exit code ${child.status}`} in ${call}\n${child.stderr}`;
  assert.equal(child.status, 0, end);
  return JSON.parse(child.stdout) as Findings;
}

describe('the native functions', () => {
  it('all have a recipe for the sweep', () => {
    const functions = Object.entries(native).filter(([, value]) => typeof value === 'function');
    assert.deepEqual(functions.map(([name]) => name).sort(), Object.keys(recipes).sort());
  });

  it('return or throw an argument error for each hostile value at each position', () => {
    const findings = run('values');
    assert.deepEqual(findings.faults, []);
    const positions = Object.values(recipes).flatMap(({ kinds }) => kinds).length;
    assert.equal(findings.calls + findings.skipped, positions * hostileValues.length);
    assert.ok(findings.skipped < 200, `${findings.skipped} skipped`);
    assert.ok(findings.returned > 500 && findings.threw > findings.returned, JSON.stringify(findings));
  });

  it('return or throw an argument error for random values', () => {
    const seed = Math.trunc(Math.random() * 2 ** 31);
    const findings = run('random', String(seed), String(RUNS));
    assert.deepEqual(findings.faults, [], `seed ${seed}`);
    assert.equal(findings.calls + findings.skipped, RUNS);
  });
});
