import { describe, it } from 'node:test';

import { endAtOnce } from '../support/waiting-workers.ts';
import { leavesNothingBehind } from '../support/workers.ts';

describe('200 workers that are terminated in the middle of a wait', { timeout: 110_000 }, () => {
  it('leave no fd and no port behind', async () => {
    await leavesNothingBehind(200);
  });

  it('end at once, and leave no fd and no thread behind', async () => {
    await endAtOnce(200);
  });
});
