import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { skipWithout } from '../support/programs.ts';
import { run } from './runner.ts';
import type { Result, Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

// The tests run in dist/, where tsc puts no Python.
const RUNNER = fileURLToPath(new URL('../../../test/conformance/runner.py', import.meta.url));
const withoutMkfifo = skipWithout('mkfifo');

describe('readiness on tripoll', () => {
  for (const scenario of scenarios) {
    it(`is as in the table: ${scenario.name}`, { skip: reasonToSkip(scenario) }, () => {
      const result = run(scenario);
      const { select, poll, mask0, epoll, epollMask0 } = result;
      assert.deepEqual({ select, poll, mask0, epoll, epollMask0 }, ready(scenario));
      assert.deepEqual(errorsOf(result), scenario.fails ?? []);
      assert.deepEqual(
        result.after,
        (scenario.after ?? []).map(([, outcome]) => outcome),
      );
    });
  }
});

describe('readiness on tripoll and in Python', { skip: skipWithout('python3') }, () => {
  let results: Result[] = [];

  before(() => {
    results = runInPython(scenarios);
  });

  it('is compared scenario by scenario', (t) => {
    t.diagnostic(python('--version').trim());
    assert.equal(results.length, scenarios.length);
  });

  scenarios.forEach((scenario, index) => {
    it(`is the same: ${scenario.name}`, { skip: reasonToSkip(scenario) }, () => {
      assert.deepEqual(run(scenario), results[index]);
    });
  });
});

function reasonToSkip({ steps }: Scenario): string | false {
  return steps.some(([operation]) => operation === 'mkfifo') && withoutMkfifo;
}

function ready({ expected: { select, poll, mask0, epoll } }: Scenario): Omit<Result, 'steps' | 'after'> {
  return epoll === 'same'
    ? { select, poll, mask0, epoll: poll, epollMask0: mask0 }
    : { select, poll, mask0, epoll, epollMask0: epoll };
}

function errorsOf({ steps }: Result): string[] {
  return steps.flatMap((outcome) => (typeof outcome === 'object' && outcome !== null ? [outcome.error] : []));
}

function runInPython(scenarios: Scenario[]): Result[] {
  const lines = python(RUNNER, JSON.stringify(scenarios)).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Result);
}

function python(argument: string, input = ''): string {
  return execFileSync('python3', [argument], { input, encoding: 'utf8', timeout: 30_000 });
}
