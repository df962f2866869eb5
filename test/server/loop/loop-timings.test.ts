import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import type { DurationHistogram } from '../../../src/server.ts';
import { TimingsRecorder } from '../../../src/server/loop/loop-timings.ts';
import { createConnection } from '../../../src/socket.ts';
import { Server } from '../../../src/server.ts';
import { backends, serving } from '../../support/clients.ts';

/** The number of durations that are longer than a bound. */
function longer({ boundsSeconds, counts }: DurationHistogram, seconds: number): number {
  const from = boundsSeconds.indexOf(seconds) + 1;
  return counts.slice(from).reduce((sum, count) => sum + count, 0);
}

function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

describe('loopTimings', () => {
  for (const backend of backends) {
    it(`measures a turn that takes long, and Node's own work that keeps the loop from its wait (${backend})`, async () => {
      const onMessage = (): void => {
        block(60);
      };
      await serving(backend, { onMessage }, async (subject) => {
        const { turns, lags } = subject.server.loopTimings();
        assert.equal(longer(turns, 0.05), 0);
        using client = subject.client('x');
        await subject.received(1);
        await setTimeout(20);
        assert.ok(longer(turns, 0.05) >= 1, String(turns.counts));
        assert.ok(turns.sumSeconds >= 0.06);
        const before = longer(lags, 0.1);
        block(120);
        await setTimeout(20);
        assert.ok(longer(lags, 0.1) > before, String(lags.counts));
        client.finish();
      });
    });
  }

  it('counts each duration in the class of the smallest bound that is not exceeded', () => {
    const recorder = new TimingsRecorder();
    for (const ms of [0, 0.1, 0.11, 5000, 5001]) recorder.turnEnded(10, 10 + ms);
    const { boundsSeconds, counts, sumSeconds } = recorder.turns;
    assert.equal(counts.length, boundsSeconds.length + 1);
    assert.deepEqual([counts[0], counts[1], counts.at(-2), counts.at(-1)], [2, 1, 1, 1]);
    assert.ok(Math.abs(sumSeconds - 10.00121) < 1e-9);
  });

  it('does not count a pause as a lag', () => {
    const recorder = new TimingsRecorder();
    recorder.turnEnded(0, 1);
    recorder.stopped();
    recorder.returned(10_000);
    assert.equal(longer(recorder.lags, 5), 0);
    recorder.turnEnded(10_000, 10_001);
    recorder.returned(10_003);
    assert.equal(longer(recorder.lags, 0.001), 1);
  });
});

describe('acceptQueue', () => {
  it('is the number of clients that wait to be accepted', () => {
    const server = new Server({ address: ['127.0.0.1', 0] });
    try {
      assert.equal(server.acceptQueue, 0);
      const address = server.address() as [string, number];
      const clients = [createConnection(address), createConnection(address)];
      assert.equal(server.acceptQueue, 2);
      for (const client of clients) client.close();
    } finally {
      server.close();
    }
    assert.equal(server.acceptQueue, undefined);
  });

  it('is undefined for a Unix socket', () => {
    const server = new Server({ address: `\0tripoll-${process.pid}-accept-queue` });
    assert.equal(server.acceptQueue, undefined);
    server.close();
  });
});
