import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { limitDefaults } from '../../src/server.ts';
import { root } from '../support/child.ts';
import { codeOf, rowsOf } from '../support/markdown.ts';

describe('docs/server.md', () => {
  const rows = rowsOf(readFileSync(`${root}docs/server.md`, 'utf8'));

  it('lists each limit with its default', () => {
    const listed = rows
      .filter(({ heading }) => heading === 'Limits')
      .map(({ cells }) => [codeOf(cells[0])[0], Number(cells[1])]);
    const defaults = Object.entries(limitDefaults).map(([name, [value]]) => [name, value]);
    assert.deepEqual(listed, defaults);
  });
});
