import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { root } from '../support/child.ts';
import { rowsOf } from '../support/markdown.ts';
import { skipWithout } from '../support/programs.ts';
import { type Case, cases, VERSION } from './cases.ts';

interface Original {
  version: [major: number, minor: number, micro: number];
  /** `null` without Python's package `test`. */
  names: string[] | null;
}

const classes = Object.entries<Record<string, Case>>(cases);

function namesOfOurs(): string[] {
  return classes.flatMap(([className, entries]) => Object.keys(entries).map((name) => `${className}.${name}`));
}

function namesOfOriginal(): Original {
  const modules = new Set(classes.map(([className]) => className.split('.')[0]!));
  const { status, stdout, stderr } = spawnSync('python3', [`${root}test/cpython/names.py`, ...modules], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Original;
}

describe("the list of CPython's cases", () => {
  it(`has each case of CPython ${VERSION}, and no other`, { skip: skipWithout('python3') }, (t) => {
    const { version, names } = namesOfOriginal();
    if (names === null) {
      t.skip("needs python3's own tests (Debian: libpython3-testsuite)");
      return;
    }
    const ours = namesOfOurs();
    const differences = [
      ...names.filter((name) => !ours.includes(name)).map((name) => `not in our list: ${name}`),
      ...ours.filter((name) => !names.includes(name)).map((name) => `not in CPython's: ${name}`),
    ];
    if (version.join('.') === VERSION) {
      assert.deepEqual(differences, []);
      return;
    }
    for (const difference of differences) t.diagnostic(difference);
    t.skip(`needs CPython ${VERSION}; this is ${version.join('.')}`);
  });

  it('names deviations that are rows of docs/deviations.md', () => {
    const rows = rowsOf(readFileSync(`${root}docs/deviations.md`, 'utf8'));
    const firstCells = new Set(rows.map(({ cells: [where = ''] }) => where.trim()));
    const deviations = classes
      .flatMap(([, entries]) => Object.values(entries))
      .flatMap((entry) => (typeof entry !== 'string' && 'deviation' in entry ? [entry.deviation] : []));
    assert.ok(deviations.length > 0);
    assert.deepEqual(
      deviations.filter((deviation) => !firstCells.has(deviation)),
      [],
    );
  });
});
