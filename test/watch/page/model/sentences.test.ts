import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { maskText } from '../../../../src/watch/page/model/event-bits.ts';
import { rowsOf } from '../../../../src/watch/page/model/rows.ts';
import { actionText, eventText, turnSentence, waitingSentence } from '../../../../src/watch/page/model/sentences.ts';
import { errorName, listText, msText } from '../../../../src/watch/page/model/texts.ts';
import { errorCode, errnoOf } from '../../../../src/system/errors.ts';
import { sampleTimeline } from '../../../support/watch-trace.ts';

const timeline = sampleTimeline();

describe('turnSentence', () => {
  for (const [index, sentence] of [
    [0, 'Turn 1: select watched 1 fd for 1,000 ms; no fd was ready before the timeout.'],
    [
      1,
      'Turn 2: select watched 1 fd for 412 ms, until fd 20 (listener 127.0.0.1:9001) was readable; then it accepted a client of listener 20 as fd 21 and called accept on fd 20, which failed with EAGAIN (nothing more for now).',
    ],
    [
      3,
      "Turn 4: select watched 2 fds for 655 ms, while Node's own event loop ran 2 times and the signal SIGUSR1 arrived, until fd 21 (client 127.0.0.1:40404) was exceptional; then it received 1 byte from fd 21.",
    ],
    [
      5,
      'Turn 6: select watched 3 fds for 0.02 ms, until fd 21 and fd 22 were readable; then it received 512 bytes from fd 21, received 4,096 bytes from fd 22 and sent 1,024 bytes to fd 22.',
    ],
    [
      7,
      'Turn 8: select watched 3 fds for 12.5 ms, until fd 22 was writable and fd 21 was readable; then it sent 65,536 bytes to fd 22, received 0 bytes from fd 21 (end of input: the peer sends nothing more) and closed fd 21.',
    ],
    [9, 'Turn 10: select watched 3 fds for 0.50 ms; the program itself ended the wait.'],
    [
      13,
      'Turn 18 (4 turns before it were not recorded): select watched 2 fds for 3.00 ms, until fd 20 (listener 127.0.0.1:9001) was readable; then it made 100 accept calls.',
    ],
  ] as const) {
    it(`tells turn ${index + 1}`, () => {
      assert.equal(turnSentence(timeline.at(index)), sentence);
    });
  }

  it('is one sentence for every turn', () => {
    for (let index = 0; index < timeline.length; index++) {
      assert.match(turnSentence(timeline.at(index)), /^Turn \d+.*[^.]\.$/);
    }
  });

  it('does not tell the result before the wait has ended', () => {
    assert.equal(
      waitingSentence(timeline.at(3), true),
      'Turn 4: select watches 2 fds for at most 1,000 ms; what will it return?',
    );
  });
});

describe('the words of the page', () => {
  it('uses the same names of errors as errors.ts', () => {
    for (const code of ['EAGAIN', 'EMFILE', 'ECONNRESET', 'EPIPE', 'EBADF', 'ETIMEDOUT', 'ECONNABORTED', 'ENOTCONN']) {
      assert.equal(errorName(errnoOf(code)), code);
    }
    for (let errno = 1; errno < 134; errno++) {
      const name = errorName(-errno);
      if (!name.startsWith('errno ')) assert.equal(name, errorCode(-errno));
    }
  });

  it('tells the result of an unknown call', () => {
    assert.equal(actionText('splice', 7, 3), 'called splice on fd 7, which returned 3');
    assert.equal(actionText('toString', 7, 3), 'called toString on fd 7, which returned 3');
    assert.equal(actionText('recv', 7, -5), 'called recv on fd 7, which failed with errno 5');
  });

  it('tells events', () => {
    assert.equal(
      eventText({ type: 'close', ms: 1, fd: 7, reason: 'eof' }),
      'fd 7 is closed: the peer has ended its output.',
    );
    assert.equal(eventText({ type: 'close', ms: 1, fd: 7, reason: 'new-word' }), 'fd 7 is closed: new-word.');
    assert.equal(eventText({ type: 'signal', ms: 1, name: 'SIGHUP' }), 'The process receives the signal SIGHUP.');
  });

  it('writes masks, lists and times', () => {
    assert.equal(maskText('POLL', 5), 'POLLIN|POLLPRI');
    assert.equal(maskText('EPOLL', 0), '0');
    assert.equal(listText(['a', 'b', 'c']), 'a, b and c');
    assert.deepEqual([0, 0.016, 12.34, 1234.5].map(msText), ['0 ms', '0.02 ms', '12.3 ms', '1,235 ms']);
  });
});

describe('rowsOf', () => {
  it("has a row for each fd, Node's own loop among them", () => {
    const { rows, folded } = rowsOf(timeline.at(2), 9);
    assert.deepEqual(
      rows.map(({ fd, what, interest, ready }) => [fd, what, interest, ready]),
      [
        [13, "Node's own event loop", 1, 0],
        [20, 'listener', 1, 0],
        [21, 'client', 5, 1],
      ],
    );
    assert.deepEqual(folded, []);
  });

  it('says the condition of an fd', () => {
    const conditions = (index: number): unknown[] => rowsOf(timeline.at(index), 9).rows.map((row) => row.condition);
    assert.deepEqual(conditions(7), ['always watched', 'listening', 'closes: eof', 'open']);
    assert.deepEqual(conditions(8), ['always watched', 'listening', 'reading paused']);
    assert.deepEqual(conditions(12).slice(0, 2), ['always watched', 'not watched']);
  });

  it('shows those of many fds that have something to see, and folds the others', () => {
    const { rows, folded } = rowsOf(timeline.at(14), 5);
    const fdsOf = (some: readonly { fd: number }[]): number[] => some.map(({ fd }) => fd);
    // A hundred have connected at once: none of them is more interesting than the others.
    assert.deepEqual(fdsOf(rows), [13, 20, 21]);
    assert.deepEqual(
      fdsOf(folded),
      Array.from({ length: 100 }, (_, index) => index + 30),
    );
    const quiet = rowsOf(timeline.at(15), 16);
    assert.deepEqual([fdsOf(quiet.rows), quiet.folded.length], [[13, 20], 101]); // prettier-ignore
  });
});
