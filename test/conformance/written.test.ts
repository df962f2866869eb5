import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { rowsOf } from '../support/markdown.ts';
import { skipWithout } from '../support/programs.ts';
import { expectedOf, isDiffering, type Outcome } from './outcome.ts';
import { PythonProcess } from './python-process.ts';
import { type Scenario, stepsOf } from './scenario.ts';
import { tables } from './scenarios.ts';
import { occupyLowFds } from './tripoll/fd-range.ts';
import { run } from './tripoll/runner.ts';
import { comparable } from './versions.ts';

const DEVIATIONS = new URL('../../../docs/deviations.md', import.meta.url);
const withoutPython = skipWithout('python3');
const withoutMkfifo = skipWithout('mkfifo');
let python: PythonProcess;

// The process starts first, so that its pipes do not take the fds that the scenarios use.
before(async () => {
  if (withoutPython === false) python = await PythonProcess.start();
  occupyLowFds();
});

after(() => {
  if (withoutPython === false) python[Symbol.dispose]();
});

describe('the scenarios', () => {
  const all = tables.flatMap(({ scenarios }) => scenarios);

  it('run on this Python', { skip: withoutPython }, (t) => {
    t.diagnostic(`Python ${python.version}, ${all.length} scenarios`);
    assert.match(python.version, /^3\.(9|\d\d)\./);
  });

  it('have a name of their own in each table', () => {
    for (const { scenarios } of tables) {
      const names = scenarios.map(({ name }) => name);
      assert.deepEqual(names, [...new Set(names)]);
    }
  });

  it('name a row of docs/deviations.md if the two sides differ, and only then', () => {
    const deviations = rowsOf(readFileSync(DEVIATIONS, 'utf8')).map(({ cells: [where = ''] }) => where.trim());
    assert.ok(deviations.length > 50);
    for (const { name, deviates, checks } of all) {
      assert.ok(
        deviates === undefined || deviations.includes(deviates),
        `${name}: docs/deviations.md has no row ${deviates}`,
      );
      const differing = checks.flatMap(([, expected]) => (isDiffering(expected) ? [expected] : []));
      assert.equal(differing.length > 0, deviates !== undefined, name);
      for (const each of differing) assert.notDeepEqual(each.python, each.tripoll, name);
    }
  });
});

for (const { title, scenarios } of tables) {
  describe(title, () => {
    for (const scenario of scenarios) {
      const skip = needsMkfifo(scenario) && withoutMkfifo;
      it(`${scenario.name}: tripoll`, { skip }, () => {
        compare(scenario, 'tripoll', run(stepsOf(scenario)));
      });
      it(`${scenario.name}: Python`, { skip: skip || withoutPython }, async (t) => {
        const { since = 0 } = scenario;
        if (Number(python.version.split('.')[1]) < since) t.skip(`needs Python 3.${since}`);
        else compare(scenario, 'python', await python.run(stepsOf(scenario)));
      });
    }
  });
}

function compare({ steps = [], checks }: Scenario, side: 'python' | 'tripoll', outcomes: Outcome[]): void {
  const failed = outcomes.slice(0, steps.length).filter((outcome) => JSON.stringify(outcome).startsWith('{"error"'));
  assert.deepEqual(failed, [], 'a step before the checks fails');
  const actual = outcomes.slice(steps.length);
  const expected = checks.map(([, each]) => expectedOf(side, each));
  if (side === 'tripoll') assert.deepEqual(actual, expected);
  else assert.deepEqual(comparable(python.version, actual), comparable(python.version, expected));
}

function needsMkfifo(scenario: Scenario): boolean {
  return stepsOf(scenario).some(([operation]) => operation === 'mkfifo');
}
