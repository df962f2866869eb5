import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { EVENT_READ, EVENT_WRITE } from '../../../src/selectors.ts';
import { HARD_TIME_MS } from '../../../src/watch/demo/actions.ts';
import type { TurnLine } from '../../../src/trace/format.ts';
import { until } from '../../support/child.ts';
import { skipWithout } from '../../support/programs.ts';
import { errno, isReady, press, turnsOf, watched } from '../../support/watch.ts';

describe('the button of a client that stops reading', () => {
  it('fills the queues until the fd is not writable', async () => {
    await watched('select', async (subject) => {
      const began = performance.now();
      const turns = await press(subject, 'stop-reading', (_, lines) => lines.some(({ type }) => type === 'close'));
      assert.ok(performance.now() - began >= HARD_TIME_MS - 50);
      const asked = turns.findIndex(({ interest }) => interest.some(([, events]) => (events & EVENT_WRITE) !== 0));
      const [fd] = turns[asked]!.interest.find(([, events]) => (events & EVENT_WRITE) !== 0)!;
      const writable = turns.findIndex((turn) => isReady(turn, fd, EVENT_WRITE));
      assert.ok(turns[writable]!.ms - turns[asked]!.ms > HARD_TIME_MS / 2, 'it was writable at once');
      const full = turns.flatMap(({ state }) => state).find(([of, { queued = 0 }]) => of === fd && queued > 0)!;
      assert.ok(full[1].kernelOut! > 0 && full[1].paused);
      const sent = turns.flatMap((turn) => turn.did).filter(([call, of]) => call === 'send' && of === fd);
      assert.equal(
        sent.reduce((sum, [, , count]) => sum + count, 0),
        2 ** 20,
      );
    });
  });
});

// The soft limit on fds of this process.
function limit(): string {
  try {
    return /Max open files\s+(\S+)/.exec(readFileSync('/proc/self/limits', 'utf8'))![1]!;
  } catch {
    return 'none left to look';
  }
}

describe('the button that takes fds away', { skip: skipWithout('prlimit') }, () => {
  it('makes accept fail with EMFILE and the server stop watching the listener, and restores the limit', async () => {
    const before = limit();
    await watched('poll', async (subject) => {
      const turns = await press(subject, 'emfile', (all) =>
        all.some((turn) => turn.did.some(([call, , result]) => call === 'accept' && errno('EMFILE')(result))),
      );
      assert.equal(limit(), 'none left to look');
      const failed = turns.find((turn) => turn.did.some(([, , result]) => errno('EMFILE')(result)))!;
      const listener = failed.did[0]![1];
      assert.ok(isReady(failed, listener, EVENT_READ));
      const leaves = (all: readonly TurnLine[]): boolean =>
        all.some(
          ({ turn, interest }) =>
            turn > failed.turn && interest.some(([fd, events]) => fd === listener && events === 0),
        );
      for (let turns: TurnLine[] = []; !leaves(turns);) turns = turnsOf(await subject.lines());
      const again = await subject.act('emfile');
      assert.deepEqual(again, { ok: false, error: 'The limit is lowered already.' });
      await until(() => limit() === before);
      assert.ok(
        turnsOf(await subject.lines()).some(({ state }) =>
          state.some(([fd, { backlog }]) => fd === listener && backlog),
        ),
      );
      await until(() => subject.server.connections.size >= 3);
    });
    assert.equal(limit(), before);
  });

  it('restores the limit when the server ends before', async () => {
    const before = limit();
    await watched('select', async (subject) => {
      assert.equal((await subject.act('emfile')).ok, true);
      assert.notEqual(limit(), before);
    });
    assert.equal(limit(), before);
  });
});
