import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { offeredRows, rowsOf } from '../../../../src/watch/page/model/rows.ts';
import { turnSentence } from '../../../../src/watch/page/model/sentences.ts';
import type { TurnLine } from '../../../../src/trace/format.ts';
import { beforeTexts, endText, markTimes, waitMarks } from '../../../../src/watch/page/model/wait-marks.ts';
import { bareHeader, timelineOf, turnLine } from '../../../support/trace-lines.ts';
import { crowdTrace, RAW_TURNS, rawTrace } from '../../../support/watch-raw-trace.ts';
import { sampleTimeline } from '../../../support/watch-trace.ts';

const timeline = timelineOf(rawTrace());

describe('waitMarks', () => {
  it("has the wakes of Node's own event loop at their times", () => {
    const [mark, ...others] = waitMarks(timeline.at(RAW_TURNS.wakes));
    assert.deepEqual(others, []);
    assert.deepEqual(mark!.atMs, [250, 730.5]);
    assert.equal(mark!.text, "Node's own event loop (fd 13) ran 2 times, and the wait continued.");
    assert.equal(markTimes(mark!), '250 ms, 731 ms');
  });

  it('has signals and buttons in the order of their times, and says how many times of wakes are recorded', () => {
    const marks = waitMarks(timeline.at(RAW_TURNS.hangUps));
    assert.deepEqual(
      marks.map(({ kind, atMs }) => [kind, ...atMs]),
      [['signal', 40], ['node', 40.2, 400]], // prettier-ignore
    );
    assert.match(marks[0]!.text, /^The signal SIGUSR2 arrived/);
    assert.match(marks[1]!.text, /ran 20 times, and the wait continued\. The trace has the times of the first 2\.$/);
    assert.deepEqual(waitMarks(timeline.at(RAW_TURNS.accept)).map(({ kind }) => kind), ['action']); // prettier-ignore
  });

  it('shows, in the middle of a wait, only what has happened so far', () => {
    const marks = waitMarks(timeline.at(RAW_TURNS.hangUps), 100);
    assert.deepEqual(marks.map(({ atMs }) => atMs), [[40], [40.2]]); // prettier-ignore
    assert.deepEqual(waitMarks(timeline.at(RAW_TURNS.wakes), 100), []);
  });

  it('says when the times of the wakes are not recorded', () => {
    const [mark] = waitMarks(timeline.at(RAW_TURNS.derived));
    assert.deepEqual(mark!.atMs, []);
    assert.equal(
      mark!.text,
      "Node's own event loop (fd 13) ran once, and the wait continued. The trace does not say when.",
    );
    assert.deepEqual(waitMarks(timeline.at(RAW_TURNS.derived), 5), []);
  });
});

describe('endText', () => {
  const endOf = (more: Partial<TurnLine>): string => endText(timelineOf([bareHeader, turnLine(more)]).at(0));

  it('says what ended a wait', () => {
    assert.equal(endOf({}), 'until the timeout');
    assert.equal(endOf({ timeoutMs: 0 }), 'for a check without waiting');
    assert.equal(endOf({ cause: 'woken' }), 'until the program itself ended the wait');
    assert.equal(endOf({ cause: 'ready' }), 'without a result');
    assert.equal(endOf({ ready: [[4, 1]] }), 'until fd 4 was readable');
    assert.equal(endOf({ ready: [[4, 1], [5, 2]] }), 'until 2 fds were ready'); // prettier-ignore
  });

  it('mentions hang-ups and errors', () => {
    assert.match(
      endText(timeline.at(RAW_TURNS.halfClose)),
      /^until fd 21 was readable because 6 bytes and then the end of input/,
    );
    assert.equal(
      endText(timeline.at(RAW_TURNS.hangUps)),
      'until 2 fds were ready; hang-up or error on fd 21 and fd 22',
    );
  });
});

describe('a paused loop', () => {
  it('is paused from one line to the next, and the next turn tells the pause', () => {
    const lines = rawTrace();
    const isHold = (line: object): boolean => 'held' in line;
    const [first] = [lines.findIndex(isHold)];
    assert.equal(timelineOf(lines.slice(0, first)).isPaused, false);
    assert.equal(timelineOf(lines.slice(0, first + 1)).isPaused, true);
    assert.equal(timeline.isPaused, false);
    assert.deepEqual(timeline.at(RAW_TURNS.hangUps).during.filter(isHold), []);
    const { before } = timeline.at(RAW_TURNS.paused);
    assert.deepEqual(before.filter(isHold), lines.filter(isHold));
    assert.deepEqual(beforeTexts(before), [
      'The program was paused for 7,000 ms: what clients sent then waited in the kernel.',
    ]);
    assert.deepEqual(beforeTexts(before.slice(0, 1)), [
      'The program was paused, and somebody asked for this one turn.',
    ]);
    const press = { type: 'action', ms: 5000, action: 'send', text: 'A client sends.' } as const;
    const gone = { type: 'close', ms: 2062.1, fd: 23, reason: 'eof' } as const;
    const pressed = timelineOf([...lines.slice(0, first + 1), press, gone, ...lines.slice(first + 1)]);
    assert.ok(!pressed.at(RAW_TURNS.hangUps).during.includes(press));
    assert.ok(pressed.at(RAW_TURNS.hangUps).during.includes(gone));
    assert.ok(pressed.at(RAW_TURNS.paused).before.includes(press));
    const again = timelineOf([...lines.slice(0, first + 1), lines[0]!]);
    assert.equal(again.isPaused, false);
  });
});

describe('a turn that a pause ends', () => {
  const woken = turnLine({ waitedMs: 80, cause: 'woken' });

  it('says so, instead of saying that the program ended it', () => {
    const held = timelineOf([bareHeader, woken, { type: 'hold', ms: 80.1, held: true }]);
    assert.equal(endText(held.at(0)), 'until whoever paused the program ended the wait');
    assert.match(turnSentence(held.at(0)), /for 80\.0 ms; whoever paused the program ended the wait\.$/);
    const free = timelineOf([bareHeader, woken]);
    assert.match(turnSentence(free.at(0)), /the program itself ended the wait\.$/);
  });
});

describe('rowsOf of many fds', () => {
  const crowd = timelineOf(crowdTrace(2000));

  it('folds idle fds, and has every fd', () => {
    const { rows, folded } = rowsOf(crowd.at(5), 16);
    const [speaker] = crowd.at(5).ready.keys();
    assert.deepEqual(rows.map(({ fd }) => fd), [13, 20, speaker]); // prettier-ignore
    assert.equal(new Set([...rows, ...folded].map(({ fd }) => fd)).size, 2002);
    assert.equal(rowsOf(crowd.at(1), 16).rows.length, 3);
  });

  it('does not reveal the result of a prediction by the queues at the end of the wait', () => {
    const state = timelineOf(rawTrace()).at(RAW_TURNS.paused);
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
