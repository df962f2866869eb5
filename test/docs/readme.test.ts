import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';

import { root } from '../support/child.ts';
import { rowsOf } from '../support/markdown.ts';

const rowsOfPage = (page: string) => rowsOf(readFileSync(root + page, 'utf8'));

// The name in README, and that in the table of all workloads, in which the rows of select, poll and epoll stand below each other.
const SATURATED: Readonly<Record<string, string>> = {
  'echo, as fast as it goes': 'echo, 64 clients',
  'connect-send-close': 'connect-send-close',
  'lines as Buffers, 64 KiB waiting': 'lines as Buffers, 64 KiB waiting',
};

it('README has the benchmark figures of docs/performance.md', () => {
  const measured = rowsOfPage('docs/performance.md').map(({ cells }) => cells.map((cell) => cell.trim()));
  const shown = rowsOfPage('README.md').filter(({ heading }) => heading === 'Benchmarks');
  assert.equal(shown.length, 7);
  for (const { cells } of shown) {
    const [workload = '', us, ...ratios] = cells.map((cell) => cell.trim());
    const rate = /^echo, ([\d,]+) a second$/.exec(workload)?.[1];
    if (rate !== undefined) {
      const row = measured.find(([first, figure]) => first === rate && figure === us);
      assert.deepEqual(row?.slice(2), ratios, workload);
      continue;
    }
    const first = measured.findIndex(([name]) => name === SATURATED[workload]);
    const [, call, figure, ratioToC = '', , ratioToNode = ''] = measured[first + 2]!;
    assert.deepEqual([call, figure], ['epoll', us], workload);
    assert.deepEqual(ratios.map(twoDecimals), [ratioToC, ratioToNode].map(twoDecimals), workload);
  }
});

/** The ratio of a cell without its interval: '0.670× (0.494–0.706)' is '0.67'. */
function twoDecimals(cell: string): string {
  return parseFloat(cell).toFixed(2);
}
