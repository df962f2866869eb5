import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { dist } from '../support/child.ts';

const folder = mkdtempSync(join(tmpdir(), 'tripoll-compile-cache-'));
after(() => {
  rmSync(folder, { recursive: true });
});

function version(env: Record<string, string | undefined>): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [`${dist}src/cli/main.js`, '--version'], {
    env: { ...process.env, NODE_COMPILE_CACHE: undefined, NODE_DISABLE_COMPILE_CACHE: undefined, ...env },
    encoding: 'utf8',
    timeout: 10_000,
  });
  return { status, stderr };
}

const newHome = (name: string): string => {
  const home = join(folder, name);
  mkdirSync(home);
  return home;
};
const success = { status: 0, stderr: '' };
const hasCache = 'enableCompileCache' in process.getBuiltinModule('node:module');

describe('the compile cache of the command', { skip: hasCache ? false : 'needs Node 22.1' }, () => {
  it('is in the home directory', () => {
    const HOME = newHome('home');
    assert.deepEqual(version({ HOME, XDG_CACHE_HOME: undefined }), success);
    assert.ok(existsSync(join(HOME, '.cache/tripoll')));
  });

  it('is in XDG_CACHE_HOME if that is an absolute path', () => {
    const HOME = newHome('home-without-cache');
    const XDG_CACHE_HOME = newHome('xdg');
    assert.deepEqual(version({ HOME, XDG_CACHE_HOME }), success);
    assert.ok(existsSync(join(XDG_CACHE_HOME, 'tripoll')));
    assert.ok(!existsSync(join(HOME, '.cache')));
  });

  it('is not used with NODE_DISABLE_COMPILE_CACHE', () => {
    const HOME = newHome('disabled');
    assert.deepEqual(version({ HOME, XDG_CACHE_HOME: undefined, NODE_DISABLE_COMPILE_CACHE: '1' }), success);
    assert.ok(!existsSync(join(HOME, '.cache')));
  });
});

describe('tripoll', () => {
  for (const [what, HOME] of [
    ['does not exist', '/proc/self/nonexistent'],
    ['cannot be written', '/proc'],
    ['is a file', process.execPath],
    ['is a relative path', 'home'],
    ['is unknown', undefined],
  ] as const) {
    it(`starts without a word when the home directory ${what}`, () => {
      assert.deepEqual(version({ HOME, XDG_CACHE_HOME: undefined }), success);
    });
  }
});
