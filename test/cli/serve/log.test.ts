import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { limitClientLines, type Log, type LogClock } from '../../../src/cli/serve/log.ts';

/** A clock whose timers run when the test moves it. */
class TimerClock implements LogClock {
  #ms = 0;
  #timers: { atMs: number; call: () => void }[] = [];

  nowMs(): number {
    return this.#ms;
  }

  after(delayMs: number, call: () => void): void {
    this.#timers.push({ atMs: this.#ms + delayMs, call });
  }

  move(ms: number): void {
    this.#ms += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#ms);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#ms);
    for (const { call } of due) call();
  }
}

function limitedLog(linesPerSecond: number) {
  const lines: Parameters<Log>[] = [];
  const clock = new TimerClock();
  const log = limitClientLines((...line) => lines.push(line), linesPerSecond, clock);
  return { lines, clock, log, sentences: () => lines.map(([, , sentence]) => sentence) };
}

describe('limitClientLines', () => {
  it('leaves out lines about clients above the limit, and says each second how many of which kinds', () => {
    const { lines, clock, log } = limitedLog(10);
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < 500; i++) {
        log('info', 'connection.open', `${i} connected`);
        log('info', 'connection.close', `${i} reset`, { reason: i < 100 ? 'eof' : 'reset' });
      }
      assert.equal(lines.length, (second + 1) * 10 + second);
      clock.move(1000);
      const [level, event, sentence, fields] = lines.at(-1)!;
      assert.deepEqual([level, event], ['info', 'left-out']);
      assert.equal(sentence, '990 lines about clients left out: 495 connected, 95 eof, 400 reset');
      assert.deepEqual(fields, { count: 990, kinds: { connected: 495, eof: 95, reset: 400 } });
    }
    clock.move(10_000);
    assert.equal(lines.length, 33);
  });

  it('never leaves out a line about the process', () => {
    const { log, sentences } = limitedLog(1);
    log('info', 'connection.open', 'one connected');
    for (const event of ['output', 'accept.exhausted', 'overload', 'systemd', 'drain', 'reopened']) {
      log('info', 'connection.open', 'another connected');
      log('error', event, event);
    }
    const kept = ['one connected', 'output', 'accept.exhausted', 'overload', 'systemd', 'drain', 'reopened'];
    assert.deepEqual(sentences(), kept);
  });

  it('logs every line when they come slowly, and the left-out ones once when the next second has begun', () => {
    const { clock, log, sentences } = limitedLog(2);
    for (let i = 0; i < 5; i++) {
      log('info', 'urgent', `byte ${i}`);
      clock.move(600);
    }
    assert.deepEqual(sentences(), ['byte 0', 'byte 1', 'byte 2', 'byte 3', 'byte 4']);
    clock.move(1000);
    for (let i = 0; i < 3; i++) log('info', 'urgent', `more ${i}`);
    clock.move(1000);
    assert.deepEqual(sentences().slice(5), ['more 0', 'more 1', '1 line about clients left out: 1 urgent byte']);
  });

  it('leaves out no warning and no error because of a flood of ordinary lines', () => {
    const { log, sentences } = limitedLog(1);
    for (let i = 0; i < 5; i++) log('info', 'connection.open', 'connected');
    log('warn', 'connection.close', 'malformed', { reason: 'malformed' });
    log('error', 'handler', 'a message was lost');
    assert.deepEqual(sentences(), ['connected', 'malformed', 'a message was lost']);
  });

  it('gives the count the most important level of the lines, and writes it before the end', () => {
    const { lines, log, sentences } = limitedLog(1);
    for (let i = 0; i < 2; i++) {
      log('info', 'connection.open', 'connected');
      log('warn', 'connection.close', 'malformed', { reason: 'malformed' });
    }
    log('info', 'ended', 'ended');
    const count = '2 lines about clients left out: 1 connected, 1 malformed';
    assert.deepEqual(sentences(), ['connected', 'malformed', count, 'ended']);
    assert.equal(lines[2]![0], 'warn');
  });
});
