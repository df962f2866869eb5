import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { root } from '../support/child.ts';
import { codeOf, rowsOf } from '../support/markdown.ts';

describe('docs/modules.md', () => {
  const rows = rowsOf(readFileSync(`${root}docs/modules.md`, 'utf8'));
  const packageJson = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { exports: Record<string, string> };

  it('lists each module of the package', () => {
    const listed = rows.map(({ cells: [module] }) => codeOf(module)[0]?.replace('tripoll', '.'));
    const exported = Object.keys(packageJson.exports).filter((path) => path !== './package.json');
    assert.deepEqual(listed.sort(), exported.sort());
  });

  for (const { cells } of rows) {
    const [module = ''] = codeOf(cells[0]);
    it(`names things that ${module} exports`, async () => {
      const exports = (await import(module)) as object;
      assert.deepEqual(
        codeOf(cells[1]).filter((name) => !(name in exports)),
        [],
      );
    });
  }
});
