import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';

import { limitDefaults } from '../../src/server.ts';
import { root } from '../support/child.ts';
import { codeOf, rowsOf } from '../support/markdown.ts';

it('docs/server.md lists each limit with its default', () => {
  const listed = rowsOf(readFileSync(`${root}docs/server.md`, 'utf8'))
    .filter(({ heading }) => heading === 'Limits')
    .map(({ cells }) => [codeOf(cells[0])[0], cells[1]!.trim()]);
  const defaults = Object.entries(limitDefaults).map(([name, [value]]) => [
    name,
    // This one depends on the machine.
    name === 'maxTotalBytes' ? 'a quarter of the memory' : String(value),
  ]);
  assert.deepEqual(listed, defaults);
});
