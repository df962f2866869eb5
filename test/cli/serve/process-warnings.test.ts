import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { logWarnings } from '../../../src/cli/serve/process-warnings.ts';
import { until } from '../../support/child.ts';

describe('logWarnings', () => {
  it("sends a warning to the log, and takes it away from Node's own listener", async () => {
    const lines: string[] = [];
    logWarnings((level, event, sentence) => lines.push(`${level} ${event} ${sentence}`));
    process.emitWarning('something is odd', 'OddWarning');
    await until(() => lines.length > 0);
    assert.deepEqual(lines, ['warn warning OddWarning: something is odd']);
    assert.equal(process.listenerCount('warning'), 1);
  });
});
