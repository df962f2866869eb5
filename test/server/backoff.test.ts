import assert from 'node:assert/strict';
import { it } from 'node:test';

import { Backoff } from '../../src/server/backoff.ts';

it('a Backoff doubles its pause up to a limit, may end it early, and starts again with the shortest', () => {
  const clock = { ms: 1000, nowMs: () => clock.ms };
  const backoff = new Backoff(clock, 100, 300);
  assert.equal(backoff.remainingMs, 0);
  backoff.start();
  clock.ms += 30;
  assert.equal(backoff.remainingMs, 70);
  backoff.end();
  assert.equal(backoff.remainingMs, 0);
  backoff.start();
  assert.equal(backoff.remainingMs, 200);
  clock.ms += 201;
  assert.equal(backoff.remainingMs, 0);
  backoff.start();
  assert.equal(backoff.remainingMs, 300);
  backoff.reset();
  backoff.start();
  assert.equal(backoff.remainingMs, 100);
});
