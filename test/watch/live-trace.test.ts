import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { TurnLine } from '../../src/trace/format.ts';
import { parseHeader, parseLine } from '../../src/trace/parser.ts';
import { TraceState } from '../../src/trace/trace-state.ts';
import { LiveTrace } from '../../src/watch/live-trace.ts';
import { header, turn } from '../support/short-trace.ts';
import { collect } from '../support/watch.ts';

describe('LiveTrace', () => {
  const signal = new AbortController().signal;
  const write = (live: LiveTrace, written: readonly object[]): void => {
    for (const line of written) live.write(JSON.stringify(line));
  };

  it('keeps the newest lines, and the state after the others', async () => {
    const live = new LiveTrace(2000);
    const state = new TraceState(header.fds);
    const written = Array.from({ length: 100 }, (_, index) =>
      turn(index + 1, { interest: [[100 + index, 1 + (index % 7)]] }),
    );
    write(live, [header, ...written]);
    for (const line of written) state.apply(line);
    const [first, ...rest] = await collect(live.lines(-1, false, signal));
    assert.deepEqual(parseHeader(first!.text), header);
    assert.ok(rest.length > 3 && rest.length < 20, `${rest.length} lines`);
    const late = new TraceState(header.fds);
    for (const { text } of rest) late.apply(parseLine(text)!);
    assert.deepEqual([late.interest, late.turns], [state.interest, 100]);
  });

  it('continues after a line that is kept, and starts again after a line that is not', async () => {
    const live = new LiveTrace(2000);
    write(live, [header, turn(1), turn(2)]);
    const ids = async (after: number) => (await collect(live.lines(after, false, signal))).map(({ id }) => id);
    assert.deepEqual(await ids(1), [2]);
    assert.deepEqual(await ids(2), []);
    assert.deepEqual(await ids(77), [0, 1, 2]);
    for (let number = 3; number < 100; number++) write(live, [turn(number)]);
    const [again, first] = await collect(live.lines(2, false, signal));
    assert.equal(parseHeader(again!.text).tripollTrace, 1);
    const { turn: number, skipped } = JSON.parse(first!.text) as TurnLine;
    assert.equal(skipped, number - 1);
  });

  it('moves a reader that is too slow to the oldest line that is kept', async () => {
    const live = new LiveTrace(2000);
    write(live, [header, turn(1), turn(2)]);
    const reader = live.lines(-1, true, signal);
    await reader.next();
    await reader.next();
    for (let number = 3; number < 100; number++) write(live, [turn(number)]);
    const again = await reader.next();
    assert.equal(parseHeader(again.value!.text).tripollTrace, 1);
    const { turn: number, skipped } = JSON.parse((await reader.next()).value!.text) as TurnLine;
    assert.equal(skipped, number - 1);
    await reader.return();
  });

  it('wakes readers that follow it, and ends with the server', async () => {
    const live = new LiveTrace();
    const following = collect(live.lines(-1, true, signal));
    write(live, [header]);
    await new Promise(setImmediate);
    write(live, [turn(1)]);
    live.close();
    assert.equal((await following).length, 2);
  });
});
