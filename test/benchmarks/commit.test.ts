import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { Commit } from '../../benchmarks/harness/commit.ts';
import { skipWithout } from '../support/programs.ts';

const IDENTITY = ['-c', 'user.name=n', '-c', 'user.email=n@example.org', '-c', 'commit.gpgsign=false'];

// A repository with one commit of some files. `write` changes a file, and `commit` commits all changes.
function repository(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'tripoll-commit-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, ...IDENTITY, ...args], { encoding: 'utf8', stdio: 'pipe' });
  const write = (path: string, text: string): void => {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const commit = (): void => {
    git('add', '.');
    git('commit', '-m', 'a commit');
  };
  git('init');
  for (const path of ['src/a.ts', 'docs/a.md', 'benchmarks/README.md', 'benchmarks/out/a.json']) write(path, 'before');
  commit();
  return { folder, write, commit, head: () => git('rev-parse', '--short=12', 'HEAD').trim() };
}

describe('the commit of the measured code', { skip: skipWithout('git') }, () => {
  it('is dirty when measured code has changed, and only then', (t) => {
    const { folder, write, head } = repository(t);
    const others = [
      'docs/a.md',
      'docs/new.md',
      'benchmarks/README.md',
      'benchmarks/out/a.json',
      'benchmarks/out/new.json',
    ];
    for (const path of others) write(path, 'after');
    assert.deepEqual(new Commit(folder).fact(), { commit: head() });
    write('src/a.ts', 'after');
    assert.deepEqual(new Commit(folder).fact(), { commit: `${head()}-dirty` });
  });

  for (const path of ['benchmarks/drivers/new.c', 'src/new.ts']) {
    it(`is dirty with ${path}, which git does not track`, (t) => {
      const { folder, write, head } = repository(t);
      write('.gitignore', '*.log\n');
      write('src/a.log', 'ignored');
      assert.deepEqual(new Commit(folder).fact(), { commit: head() });
      write(path, 'new');
      assert.deepEqual(new Commit(folder).fact(), { commit: `${head()}-dirty` });
    });
  }

  it('is the one at the start, even when somebody commits during the run', (t) => {
    const { folder, write, commit, head } = repository(t);
    const [measured, first] = [new Commit(folder), head()];
    write('docs/a.md', 'after');
    commit();
    assert.notEqual(head(), first);
    assert.deepEqual(measured.fact(), { commit: first });
    write('src/a.ts', 'after');
    commit();
    assert.deepEqual(measured.fact(), { commit: `${first}-dirty` });
  });

  it('is unknown outside a repository', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tripoll-commit-'));
    try {
      assert.deepEqual(new Commit(folder).fact(), {});
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
