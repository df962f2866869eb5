import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Player, SPEEDS } from '../../../../src/watch/page/model/player.ts';
import { scoreOf, scoreText, verdictOf } from '../../../../src/watch/page/model/prediction.ts';
import { offeredRows, rowsOf } from '../../../../src/watch/page/model/rows.ts';
import { Session, showsResult } from '../../../../src/watch/page/model/session.ts';
import { Timeline } from '../../../../src/watch/page/model/timeline.ts';
import { bareHeader, timelineOf, turnLine } from '../../../support/trace-lines.ts';
import { sampleTimeline, sampleTrace } from '../../../support/watch-trace.ts';

const READ = 1;
const WRITE = 2;
const EXCEPTIONAL = 4;

function shown(session: Session): { index: number; returned: boolean } {
  const view = session.view()!;
  return { index: view.state.index, returned: showsResult(view) };
}

describe('Session', () => {
  it('steps and goes back, and stays within the trace', () => {
    const session = new Session(sampleTimeline());
    session.back();
    assert.deepEqual(shown(session), { index: 0, returned: true });
    session.step();
    session.step();
    assert.deepEqual(shown(session), { index: 2, returned: true });
    session.back();
    assert.deepEqual(shown(session), { index: 1, returned: true });
    session.moveTo(99);
    session.step();
    assert.deepEqual(shown(session), { index: 15, returned: true });
  });

  it('shows the same after any way to a turn', () => {
    const session = new Session(sampleTimeline());
    session.moveTo(6);
    const before = session.view();
    for (const index of [15, 0, 3]) session.moveTo(index);
    session.moveTo(6);
    assert.deepEqual(session.view(), before);
  });

  it('has nothing to show before the first turn', () => {
    assert.equal(new Session(new Timeline()).view(), undefined);
  });

  it('runs: shows the wait, then the result, then the next turn, and stays at the end', () => {
    const session = new Session(sampleTimeline());
    session.speed = { label: '', turnMs: 1000 };
    session.toggleRun();
    session.advance(300);
    assert.deepEqual(shown(session), { index: 0, returned: false });
    assert.equal(session.view()!.progress, 0.5);
    session.advance(400);
    assert.deepEqual(shown(session), { index: 0, returned: true });
    session.advance(400);
    assert.deepEqual(shown(session), { index: 1, returned: false });
    session.advance(60_000);
    assert.deepEqual(shown(session), { index: 15, returned: true });
    assert.equal(session.mode, 'paused');
    session.toggleRun();
    assert.deepEqual(shown(session).index, 0);
    session.toggleRun();
    assert.equal(session.mode, 'paused');
    assert.equal(shown(session).returned, true);
  });

  it('steps from a paused run to the end of the wait', () => {
    const session = new Session(sampleTimeline());
    session.toggleRun();
    session.advance(10);
    assert.equal(shown(session).returned, false);
    session.step();
    assert.deepEqual(shown(session), { index: 0, returned: true });
    assert.equal(session.mode, 'paused');
  });

  it('follows a trace that grows', () => {
    const timeline = timelineOf([bareHeader]);
    const session = new Session(timeline);
    session.mode = 'live';
    const grow = (turn: number): void => {
      timeline.add(turnLine({ turn, ms: turn }));
      session.timelineGrew();
    };
    grow(1);
    grow(2);
    assert.equal(session.index, 1);
    session.back();
    grow(3);
    assert.equal(session.index, 0);
    session.follow();
    assert.equal(session.index, 2);
    assert.equal(session.mode, 'live');
  });
});

describe('Predict', () => {
  it('asks about the next turn, and hides its result until the prediction is checked', () => {
    const session = new Session(sampleTimeline());
    session.moveTo(4);
    session.togglePredict();
    assert.deepEqual(shown(session), { index: 5, returned: false });
    session.tick(21, READ, true);
    session.tick(22, WRITE, true);
    session.tick(20, READ, true);
    session.tick(20, READ, false);
    session.step();
    assert.deepEqual(shown(session), { index: 5, returned: true });
    assert.deepEqual(session.score, { right: 1, wrong: 1, missed: 1 });
    assert.equal(session.verdict, 'This turn: 1 right, 1 wrong, 1 missed.');
    session.step();
    assert.deepEqual(shown(session), { index: 6, returned: false });
    session.tick(22, WRITE, true);
    session.check();
    session.check();
    assert.deepEqual(session.score, { right: 2, wrong: 1, missed: 1 });
  });

  it('asks about the first turn when the reader is there, and stops when the reader runs or goes back', () => {
    const session = new Session(sampleTimeline());
    session.togglePredict();
    assert.deepEqual(shown(session), { index: 0, returned: false });
    session.check();
    assert.equal(session.verdict, 'Right: nothing was returned.');
    session.step();
    session.back();
    assert.deepEqual(shown(session), { index: 0, returned: true });
    session.togglePredict();
    assert.equal(session.isPredicting, false);
  });

  it('asks about a single turn of the program as soon as it is recorded', () => {
    const lines = sampleTrace();
    const at = lines.findLastIndex((line) => 'turn' in line);
    const timeline = sampleTimeline(lines.slice(0, at));
    const session = new Session(timeline);
    session.togglePredict();
    session.check();
    session.awaitTurn();
    assert.deepEqual([session.isPredicting, session.isAwaiting, session.isAsking], [true, true, false]);
    timeline.add(lines[at] as Parameters<Timeline['add']>[0]);
    session.timelineGrew();
    assert.deepEqual(shown(session), { index: timeline.length - 1, returned: false });
    assert.deepEqual([session.isAwaiting, session.isAsking], [false, true]);
    session.togglePredict();
    session.awaitTurn();
    assert.equal(session.mode, 'live');
  });

  it('offers fds without regard to the result, and scores only those', () => {
    const interest = Array.from({ length: 40 }, (_, index) => [index + 3, READ] as const);
    const timeline = timelineOf([bareHeader, turnLine({ interest, ready: [[40, READ]] })]);
    const fdsOf = (rows: readonly { fd: number }[]): number[] => rows.map(({ fd }) => fd);
    const { rows, more } = offeredRows(timeline.at(0));
    assert.deepEqual(fdsOf(rows), interest.slice(0, 16).map(([fd]) => fd)); // prettier-ignore
    assert.equal(more, 24);
    assert.ok(fdsOf(rowsOf(timeline.at(0), 16).rows).includes(40));
    assert.ok(!fdsOf(rowsOf(timeline.at(0), 16, false).rows).includes(40));
    const session = new Session(timeline);
    session.togglePredict();
    session.check();
    assert.deepEqual(session.score, { right: 1, wrong: 0, missed: 0 });
  });

  it('judges each fd in each set', () => {
    const ticks = new Map([[4, READ | WRITE], [5, EXCEPTIONAL]]); // prettier-ignore
    const ready = new Map([[4, READ | EXCEPTIONAL], [6, READ]]); // prettier-ignore
    assert.deepEqual(scoreOf(ticks, ready), { right: 1, wrong: 2, missed: 2 });
    assert.deepEqual(scoreOf(new Map(), new Map()), { right: 1, wrong: 0, missed: 0 });
    assert.equal(scoreText({ right: 2, wrong: 0, missed: 0 }, 2), 'All right: 2 of 2.');
    assert.deepEqual(
      [verdictOf(true, true), verdictOf(true, false), verdictOf(false, true), verdictOf(false, false)],
      ['right', 'wrong', 'missed', 'none'],
    );
  });
});

describe('Player', () => {
  const timeline = sampleTimeline();

  it('runs in the time of the trace', () => {
    const player = new Player();
    const real = SPEEDS.find(({ factor }) => factor === 1)!;
    assert.deepEqual(player.advance(timeline, 500, real), { index: 0, progress: 0.5 });
    assert.deepEqual(player.advance(timeline, 500.1, real), { index: 0, progress: 1 });
    assert.equal(player.advance(timeline, 0.2, real).index, 1);
    assert.equal(player.advance(timeline, 412.4, real).index, 1);
    assert.equal(player.advance(timeline, 1, real).index, 2);
  });

  it('runs slower and faster', () => {
    const at = (factor: number): number => new Player().advance(timeline, 1000, { label: '', factor }).progress;
    assert.equal(at(0.1), 0.1);
    assert.equal(new Player().advance(timeline, 1000, { label: '', factor: 1000 }).index, 15);
  });

  it('shows the result of a wait without a limit that took no time', () => {
    const endless = timelineOf([bareHeader, turnLine({ timeoutMs: -1, waitedMs: 0, cause: 'ready' })]);
    assert.deepEqual(new Player().advance(endless, 1e9, SPEEDS[5]!), { index: 0, progress: 1 });
  });
});
