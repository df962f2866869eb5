import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';

import { root } from '../support/child.ts';
import { rowsOf } from '../support/markdown.ts';

const rowsOfPage = (page: string) => rowsOf(readFileSync(root + page, 'utf8'));

it('README has the benchmark figures of docs/performance.md', () => {
  const measured = rowsOfPage('docs/performance.md');
  const shown = rowsOfPage('README.md').filter(({ heading }) => heading === 'Benchmarks');
  assert.equal(shown.length, 3);
  for (const { cells } of shown) {
    const [workload = '', us, toC, toNode] = cells.map((cell) => cell.trim());
    const first = measured.findIndex((row) => row.cells[0]?.trim() === workload);
    // The rows of select, poll and epoll stand below each other.
    const [, , figure, ratioToC, , ratioToNode] = measured[first + 2]!.cells.map((cell) => cell.trim());
    assert.equal(us, `${figure ?? ''} µs`);
    assert.ok(ratioToC?.startsWith(`${toC ?? ''} (`) && ratioToNode?.startsWith(`${toNode ?? ''} (`), workload);
  }
});
