import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { TurnLine } from '../../src/trace/format.ts';
import { TracePrinter } from '../../src/trace/trace-printer.ts';
import { headerLine } from '../support/trace-lines.ts';
import { header, lines, turn } from '../support/short-trace.ts';

describe('TracePrinter', () => {
  it('prints what strace would print, with the time, and completes what a turn line leaves out', () => {
    const text = new TracePrinter(header);
    assert.match(text.head(), /^--- fd 20 is the listener 127.0.0.1:9001 ---$/m);
    const all = lines.map((line) => text.next(line));
    assert.equal(all[0], '    0.010 select(21, [20], [], [], 1.000) = 1 (in [20]) 0.009 s\n  accept(20) = 21');
    assert.equal(
      all[2],
      '    0.020 select(22, [20 21], [], [21], 1.000) = 1 (exc [21]) 0.009 s, Node woke 2×\n  recv(21) = -1 EAGAIN',
    );
    assert.match(all[4]!, /^ +0\.025 --- the loop is paused ---$|^ +0\.026 --- the loop is paused ---$/);
    assert.match(all[6]!, /4 turns are not in the trace, 5 × recv ---\n.*\[20 21\], \[21\], \[21\]/);
    assert.match(all[8]!, /select\(21, \[20\], \[\], \[\], 1.000\) = 0 \(woken\)/);
  });

  it('prints the recorded bits of poll and epoll, and makes them from the events of an old trace', () => {
    const text = (call: 'poll' | 'epoll', ready: TurnLine['ready']): string => {
      const line = turn(1, { call, cause: 'ready', interest: [[21, 7]], ready });
      return new TracePrinter(header).next(line);
    };
    assert.match(
      text('poll', [[21, 3, 0x19]]),
      /poll\(\[\{fd=21, events=POLLIN\|POLLPRI\|POLLOUT\}\], 1, 1000\) = 1 \(\[\{fd=21, revents=POLLIN\|POLLERR\|POLLHUP\}\]\)/,
    );
    assert.match(text('epoll', [[21, 1, 0x2001]]), /epoll_wait\(.* = 1 \(\[\{fd=21, events=EPOLLIN\|EPOLLRDHUP\}\]\)/);
    assert.match(text('poll', [[21, 1, 0x20]]), /revents=POLLNVAL\}/);
    assert.match(text('epoll', [[21, 1, 0x80000040]]), /events=0x80000040\}/);
    assert.match(text('poll', [[21, 6]]), /revents=POLLPRI\|POLLOUT\}/);
  });

  it('escapes control characters of the file', () => {
    const text = new TracePrinter(headerLine({ kernel: '\u001b[2J' }));
    const hostile = [
      text.head(),
      text.next({ type: 'signal', ms: 1, name: 'a\n0.001 select()' }),
      text.next(turn(1, { did: [['\u0007', 1, 1]], skipped: 1, skippedDid: { '\u009b': 1 } })),
    ];
    for (const shown of hostile) assert.doesNotMatch(shown, /(?!\n)\p{Cc}/u);
    assert.equal(hostile[1]!.split('\n').length, 1);
  });
});
