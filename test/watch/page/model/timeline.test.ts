import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Timeline } from '../../../../src/watch/page/model/timeline.ts';
import { parseLine } from '../../../../src/watch/page/model/trace-line.ts';
import type { TraceLine, TurnLine } from '../../../../src/trace/format.ts';
import { turnLine } from '../../../support/trace-lines.ts';
import { sampleTimeline, sampleTrace } from '../../../support/watch-trace.ts';

function turnAt(turn: number, interest: [number, number][] = []): TurnLine {
  return turnLine({ turn, ms: turn * 10, timeoutMs: 5, waitedMs: 5, interest });
}

describe('parseLine', () => {
  it('reads the header and lines of every known type', () => {
    for (const line of sampleTrace()) assert.deepEqual(parseLine(JSON.stringify(line)), line);
  });

  it('refuses another version in one sentence', () => {
    assert.throws(() => parseLine('{"tripollTrace":2}'), {
      name: 'RangeError',
      message: 'This trace has version 2; this page reads version 1.',
    });
  });

  it('ignores an unknown type, and an incomplete line', () => {
    assert.equal(parseLine('{"type":"weather","ms":1}'), undefined);
    assert.equal(parseLine('{"type":"turn","turn":3,"ms":1'), undefined);
    assert.equal(parseLine('7'), undefined);
  });
});

describe('Timeline', () => {
  it('keeps the watched events until they change', () => {
    const timeline = sampleTimeline(sampleTrace());
    assert.deepEqual([...timeline.at(0).interest], [[20, 1]]);
    assert.deepEqual([...timeline.at(1).interest], [[20, 1]]);
    assert.deepEqual([...timeline.at(2).interest], [[20, 1], [21, 5]]); // prettier-ignore
    assert.deepEqual([...timeline.at(8).interest], [[20, 1], [22, 4]]); // prettier-ignore
  });

  it('has an fd from the wait after its opening to the wait of the turn that closes it', () => {
    const timeline = sampleTimeline(sampleTrace());
    assert.equal(timeline.at(1).fds.has(21), false);
    assert.deepEqual(
      timeline.at(1).during.map(({ type }) => type),
      ['action', 'open'],
    );
    assert.equal(timeline.at(2).fds.get(21)?.name, '127.0.0.1:40404');
    assert.equal(timeline.at(7).fds.has(21), true);
    assert.equal(timeline.at(8).fds.has(21), false);
  });

  it('treats an fd number that is used again as another fd', () => {
    const timeline = sampleTimeline(sampleTrace());
    assert.equal(timeline.at(9).fds.get(21)?.name, '127.0.0.1:40408');
    assert.deepEqual(timeline.at(9).queues.get(21), undefined);
  });

  it('replaces the state of an fd as a whole', () => {
    const timeline = sampleTimeline(sampleTrace());
    assert.deepEqual(timeline.at(7).queues.get(22), { kernelIn: 0, kernelOut: 1_048_576, queued: 65_536 });
    assert.deepEqual(timeline.at(8).queues.get(22), { kernelIn: 70_000, kernelOut: 0, queued: 0, paused: true });
  });

  it('returns the same state forwards, backwards and by jumps, with any size of chunks', () => {
    const lines = sampleTrace();
    const whole = sampleTimeline(lines);
    const expected = Array.from({ length: whole.length }, (_, index) => whole.at(index));
    for (const chunkTurns of [1, 2, 3, 7]) {
      const timeline = sampleTimeline(lines, new Timeline({ chunkTurns, maxChunks: 99 }));
      const backwards = expected.map((_, index) => timeline.at(expected.length - 1 - index)).reverse();
      assert.deepEqual(backwards, expected);
      assert.deepEqual(timeline.at(5), expected[5]);
    }
  });

  it('drops the oldest turns beyond its limit, and keeps the state of the others', () => {
    const header = sampleTrace()[0]!;
    const turns = Array.from({ length: 25 }, (_, index) => turnAt(index + 1, index === 0 ? [[4, 1]] : []));
    const timeline = sampleTimeline([header, ...turns], new Timeline({ chunkTurns: 4, maxChunks: 3 }));
    assert.equal(timeline.length, 25);
    assert.equal(timeline.first, 16);
    assert.throws(() => timeline.at(15), { name: 'RangeError', message: 'There is no turn 15.' });
    for (let index = 16; index < 25; index++) {
      assert.equal(timeline.at(index).turn.turn, index + 1);
      assert.deepEqual([...timeline.at(index).interest], [[4, 1]]);
    }
  });

  it('starts again at a second header', () => {
    const lines = sampleTrace();
    const timeline = sampleTimeline([...lines.slice(0, 20), lines[0]!, turnAt(90, [[20, 1]])]);
    assert.equal(timeline.length, 1);
    assert.deepEqual([...timeline.at(0).interest], [[20, 1]]);
    assert.deepEqual([...timeline.at(0).fds.keys()], [20]);
  });

  it('counts the turns that are not recorded, and puts their events before the next turn', () => {
    const timeline = sampleTimeline(sampleTrace());
    assert.equal(timeline.skipped, 4);
    const held: TraceLine = { type: 'close', ms: 19, fd: 20, reason: 'eof' };
    const next = { ...turnAt(5), skipped: 3 };
    const small = sampleTimeline([sampleTrace()[0]!, turnAt(1, [[20, 1]]), held, next]);
    assert.deepEqual(small.at(0).during, []);
    assert.deepEqual(small.at(1).before, [held]);
    assert.equal(small.at(1).fds.has(20), false);
  });

  it('counts returned events as watched, even when they were added during the wait', () => {
    const line: TurnLine = { ...turnAt(1, [[20, 1]]), ready: [[20, 2]] };
    const timeline = sampleTimeline([sampleTrace()[0]!, line, turnAt(2, [[20, 3]]), turnAt(3)]);
    assert.deepEqual([...timeline.at(0).interest], [[20, 3]]);
    assert.deepEqual([...timeline.at(2).interest], [[20, 3]]);
    assert.deepEqual(timeline.at(1).ctl, [{ op: 'MOD', fd: 20, events: 3 }]);
  });

  it('computes the calls of epoll_ctl', () => {
    const timeline = sampleTimeline(sampleTrace());
    // The program adds Node's fd once, before the first wait.
    assert.deepEqual(timeline.at(0).ctl, [
      { op: 'ADD', fd: 20, events: 1 },
      { op: 'ADD', fd: 13, events: 1 },
    ]);
    assert.equal(timeline.at(0).work.epoll.ctl, 2);
    assert.deepEqual(timeline.at(6).ctl, [{ op: 'MOD', fd: 22, events: 7 }]);
    assert.deepEqual(timeline.at(8).ctl, [
      { op: 'DEL', fd: 21, events: 0 },
      { op: 'MOD', fd: 22, events: 4 },
    ]);
  });

  it('adds an fd to epoll again that was closed and opened between two waits', () => {
    const header = sampleTrace()[0]!;
    const again: TraceLine[] = [
      { type: 'close', ms: 16, fd: 4, reason: 'eof' },
      { type: 'open', ms: 17, fd: 4, what: 'client', name: 'b' },
    ];
    const timeline = sampleTimeline([header, turnAt(1, [[4, 1]]), ...again, turnAt(2)]);
    assert.deepEqual(timeline.at(1).ctl, [
      { op: 'DEL', fd: 4, events: 0 },
      { op: 'ADD', fd: 4, events: 1 },
    ]);
  });

  it('ends only with an end line', () => {
    const lines = sampleTrace();
    assert.equal(sampleTimeline(lines.slice(0, -1)).ended, false);
    assert.equal(sampleTimeline(lines).ended, true);
  });
});
