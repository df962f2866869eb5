import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { offeredRows, rowsOf } from '../../../../src/watch/page/model/rows.ts';
import { turnSentence } from '../../../../src/watch/page/model/sentences.ts';
import type { TurnLine } from '../../../../src/watch/page/model/trace-line.ts';
import { beforeTexts, endText, timesText, waitMarks } from '../../../../src/watch/page/model/wait-marks.ts';
import { crowdTrace, RAW_TURNS, rawTrace, timelineOf } from '../../../support/watch-raw-trace.ts';
import { sampleTimeline } from '../../../support/watch-trace.ts';

const timeline = timelineOf(rawTrace());

describe('waitMarks', () => {
  it("has Node's own turns at their times", () => {
    const [mark, ...others] = waitMarks(timeline.at(RAW_TURNS.wakes));
    assert.deepEqual(others, []);
    assert.deepEqual(mark!.atMs, [250, 730.5]);
    assert.equal(mark!.text, "Node's own loop (fd 13) had work 2 times, and the wait went on.");
    assert.equal(timesText(mark!), '250 ms, 731 ms');
  });

  it('has signals and buttons at theirs, in the order of time, and says how many wakes are not drawn', () => {
    const marks = waitMarks(timeline.at(RAW_TURNS.hangUps));
    assert.deepEqual(
      marks.map(({ kind, atMs }) => [kind, ...atMs]),
      [['signal', 40], ['node', 40.2, 400]], // prettier-ignore
    );
    assert.match(marks[0]!.text, /^The signal SIGUSR2 came/);
    assert.match(marks[1]!.text, /had work 20 times, and the wait went on; the first 2 are drawn\.$/);
    assert.deepEqual(waitMarks(timeline.at(RAW_TURNS.accept)).map(({ kind }) => kind), ['action']); // prettier-ignore
  });

  it('shows, in the middle of a wait, what has been until then', () => {
    const marks = waitMarks(timeline.at(RAW_TURNS.hangUps), 100);
    assert.deepEqual(marks.map(({ atMs }) => atMs), [[40], [40.2]]); // prettier-ignore
    assert.deepEqual(waitMarks(timeline.at(RAW_TURNS.wakes), 100), []);
  });

  it('says so where the times of the wakes are not recorded', () => {
    const [mark] = waitMarks(timeline.at(RAW_TURNS.derived));
    assert.deepEqual(mark!.atMs, []);
    assert.equal(mark!.text, "Node's own loop (fd 13) had work once, and the wait went on; when is not recorded.");
    assert.deepEqual(waitMarks(timeline.at(RAW_TURNS.derived), 5), []);
  });
});

describe('endText', () => {
  const endOf = (told: Partial<TurnLine>): string => {
    const turn = {
      type: 'turn',
      turn: 1,
      ms: 0,
      call: 'poll',
      timeoutMs: 1000,
      waitedMs: 1,
      cause: 'timeout',
    } as const;
    return endText(timelineOf([{ tripollTrace: 1 }, { ...turn, ...told }]).at(0));
  };

  it('says what ended a wait', () => {
    assert.equal(endOf({}), 'ended by the timeout');
    assert.equal(endOf({ timeoutMs: 0 }), 'a look without waiting');
    assert.equal(endOf({ cause: 'woken' }), 'ended by the program itself');
    assert.equal(endOf({ cause: 'ready' }), 'nothing was found');
    assert.equal(endOf({ ready: [[4, 1]] }), 'woken by fd 4: readable');
    assert.equal(endOf({ ready: [[4, 1], [5, 2]] }), 'woken by 2 fds'); // prettier-ignore
  });

  it('says of a hang-up or an error that it was one', () => {
    assert.match(
      endText(timeline.at(RAW_TURNS.halfClose)),
      /^woken by fd 21: readable, because 6 bytes wait, and behind/,
    );
    assert.equal(endText(timeline.at(RAW_TURNS.hangUps)), 'woken by 2 fds; hang-up or error at fd 21 and fd 22');
  });
});

describe('a loop that is held', () => {
  it('is held from one line to the next, and tells so before the turn that follows', () => {
    const lines = rawTrace();
    const isHold = (line: object): boolean => 'held' in line;
    const [first] = [lines.findIndex(isHold)];
    assert.equal(timelineOf(lines.slice(0, first)).isHeld, false);
    assert.equal(timelineOf(lines.slice(0, first + 1)).isHeld, true);
    assert.equal(timeline.isHeld, false);
    assert.deepEqual(timeline.at(RAW_TURNS.hangUps).during.filter(isHold), []);
    const { before } = timeline.at(RAW_TURNS.held);
    assert.deepEqual(before.filter(isHold), lines.filter(isHold));
    assert.deepEqual(beforeTexts(before), [
      'The program was stopped for 7,000 ms: what came then waited in the kernel.',
    ]);
    assert.deepEqual(beforeTexts(before.slice(0, 1)), ['The program was stopped, and then asked for this turn.']);
    const press = { type: 'action', ms: 5000, action: 'send', text: 'A client sends.' } as const;
    const gone = { type: 'close', ms: 2062.1, fd: 23, reason: 'eof' } as const;
    const pressed = timelineOf([...lines.slice(0, first + 1), press, gone, ...lines.slice(first + 1)]);
    assert.ok(!pressed.at(RAW_TURNS.hangUps).during.includes(press));
    assert.ok(pressed.at(RAW_TURNS.hangUps).during.includes(gone));
    assert.ok(pressed.at(RAW_TURNS.held).before.includes(press));
    const again = timelineOf([...lines.slice(0, first + 1), lines[0]!]);
    assert.equal(again.isHeld, false);
  });
});

describe('a turn that Hold ends', () => {
  const woken = { type: 'turn', turn: 1, ms: 0, call: 'poll', timeoutMs: 1000, waitedMs: 80, cause: 'woken' } as const;

  it('says so, and not that the program did it', () => {
    const held = timelineOf([{ tripollTrace: 1 }, woken, { type: 'hold', ms: 80.1, held: true }]);
    assert.equal(endText(held.at(0)), 'ended by whoever held the program');
    assert.match(turnSentence(held.at(0)), /for 80\.0 ms; whoever held the program ended the wait\.$/);
    const free = timelineOf([{ tripollTrace: 1 }, woken]);
    assert.match(turnSentence(free.at(0)), /the program itself ended the wait\.$/);
  });
});

describe('rowsOf of many fds', () => {
  const crowd = timelineOf(crowdTrace(2000));

  it('folds what does nothing, and has every fd', () => {
    const { rows, rest } = rowsOf(crowd.at(5), 16);
    const [speaker] = crowd.at(5).ready.keys();
    assert.deepEqual(rows.map(({ fd }) => fd), [13, 20, speaker]); // prettier-ignore
    assert.equal(new Set([...rows, ...rest].map(({ fd }) => fd)).size, 2002);
    assert.equal(rowsOf(crowd.at(1), 16).rows.length, 3);
  });

  it('does not tell a learner, by what waits in the kernel at the end of the wait, what will come back', () => {
    const state = timelineOf(rawTrace()).at(RAW_TURNS.held);
    const sample = sampleTimeline().at(5);
    for (const each of [state, sample]) {
      const quiet = { ...each, ready: new Map(), queues: new Map() };
      assert.deepEqual(offeredRows(each).rows.map(({ fd }) => fd), offeredRows(quiet).rows.map(({ fd }) => fd)); // prettier-ignore
    }
    const base = crowd.at(9);
    const told = { ...base, queues: new Map([...base.queues, [1999, { kernelIn: 5, tcp: 'CLOSE-WAIT' }]]) };
    assert.ok(rowsOf(told, 16).rows.some(({ fd }) => fd === 1999));
    assert.ok(!rowsOf(told, 16, false).rows.some(({ fd }) => fd === 1999));
    assert.ok(!offeredRows(told).rows.some(({ fd }) => fd === 1999));
  });
});
