import { describe, it } from 'node:test';

import { leavesNothingBehind } from '../support/workers.ts';

describe('200 workers that are terminated in the middle of a wait', () => {
  it('leave no fd and no port behind', { timeout: 110_000 }, async () => {
    await leavesNothingBehind(200);
  });
});
