import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { root } from '../support/child.ts';

describe('docs/serve.md', () => {
  it('has tables that match the settings', () => {
    const { status, stderr } = spawnSync(process.execPath, [`${root}scripts/serve-docs.mjs`, '--check'], {
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    assert.equal(status, 0);
  });
});
