import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { errorName, listText, maskText, msText } from '../../../../src/watch/page/model/event-kinds.ts';
import { rowsOf } from '../../../../src/watch/page/model/rows.ts';
import { askedSentence, deedText, happeningText, turnSentence } from '../../../../src/watch/page/model/sentences.ts';
import { errorCode, errnoOf } from '../../../../src/system/errors.ts';
import { sampleTimeline } from '../../../support/watch-trace.ts';

const timeline = sampleTimeline();

describe('turnSentence', () => {
  for (const [index, sentence] of [
    [0, 'Turn 1: select watched 1 fd for 1,000 ms; nothing came and the time was up.'],
    [
      1,
      'Turn 2: select watched 1 fd for 412 ms, until fd 20 (listener 127.0.0.1:9001) was readable; then it accepted fd 21 from listener 20 and tried accept on fd 20 and got EAGAIN (nothing more for now).',
    ],
    [
      3,
      "Turn 4: select watched 2 fds for 655 ms, while Node's own loop had work 2 times and the signal SIGUSR1 came, until fd 21 (client 127.0.0.1:40404) was exceptional; then it received 1 byte from fd 21.",
    ],
    [
      5,
      'Turn 6: select watched 3 fds for 0.02 ms, until fd 21 and fd 22 were readable; then it received 512 bytes from fd 21, received 4,096 bytes from fd 22 and sent 1,024 bytes to fd 22.',
    ],
    [
      7,
      'Turn 8: select watched 3 fds for 12.5 ms, until fd 22 was writable and fd 21 was readable; then it sent 65,536 bytes to fd 22, received 0 bytes from fd 21 (the end of input: its peer sends no more) and closed fd 21.',
    ],
    [9, 'Turn 10: select watched 3 fds for 0.50 ms; the program itself ended the wait.'],
    [
      13,
      'Turn 18 (4 turns before it were not recorded): select watched 2 fds for 3.00 ms, until fd 20 (listener 127.0.0.1:9001) was readable; then it made 100 accept calls.',
    ],
  ] as const) {
    it(`tells of turn ${index + 1}`, () => {
      assert.equal(turnSentence(timeline.at(index)), sentence);
    });
  }

  it('is one sentence for every turn', () => {
    for (let index = 0; index < timeline.length; index++) {
      assert.match(turnSentence(timeline.at(index)), /^Turn \d+.*[^.]\.$/);
    }
  });

  it('does not tell the result before the wait is over', () => {
    assert.equal(
      askedSentence(timeline.at(3), true),
      'Turn 4: select watches 2 fds for at most 1,000 ms; what will come back?',
    );
  });
});

describe('the words of the page', () => {
  it('has the names of errors that errors.ts has', () => {
    for (const code of ['EAGAIN', 'EMFILE', 'ECONNRESET', 'EPIPE', 'EBADF', 'ETIMEDOUT', 'ECONNABORTED', 'ENOTCONN']) {
      assert.equal(errorName(errnoOf(code)), code);
    }
    for (let errno = 1; errno < 134; errno++) {
      const name = errorName(-errno);
      if (!name.startsWith('errno ')) assert.equal(name, errorCode(-errno));
    }
  });

  it('says of a call that it does not know what it gave', () => {
    assert.equal(deedText('splice', 7, 3), 'called splice on fd 7, which gave 3');
    assert.equal(deedText('toString', 7, 3), 'called toString on fd 7, which gave 3');
    assert.equal(deedText('recv', 7, -5), 'tried recv on fd 7 and got errno 5');
  });

  it('says what happened', () => {
    assert.equal(
      happeningText({ type: 'close', ms: 1, fd: 7, reason: 'eof' }),
      'fd 7 is closed: the peer has ended its output.',
    );
    assert.equal(happeningText({ type: 'close', ms: 1, fd: 7, reason: 'new-word' }), 'fd 7 is closed: new-word.');
    assert.equal(happeningText({ type: 'signal', ms: 1, name: 'SIGHUP' }), 'The signal SIGHUP comes.');
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
    const { rows, rest } = rowsOf(timeline.at(2), 9);
    assert.deepEqual(
      rows.map(({ fd, what, interest, ready }) => [fd, what, interest, ready]),
      [
        [13, "Node's own loop", 1, 0],
        [20, 'listener', 1, 0],
        [21, 'client', 5, 1],
      ],
    );
    assert.deepEqual(rest, []);
  });

  it('says what becomes of an fd', () => {
    const conditions = (index: number): unknown[] => rowsOf(timeline.at(index), 9).rows.map((row) => row.condition);
    assert.deepEqual(conditions(7), ['beside ours', 'listening', 'closes: eof', 'open']);
    assert.deepEqual(conditions(8), ['beside ours', 'listening', 'paused']);
    assert.deepEqual(conditions(12).slice(0, 2), ['beside ours', 'not watched']);
  });

  it('shows of many fds those of which there is something to see, and keeps the others', () => {
    const { rows, rest } = rowsOf(timeline.at(14), 5);
    const fdsOf = (some: readonly { fd: number }[]): number[] => some.map(({ fd }) => fd);
    // A hundred have come at once: none of them is more to see than the others.
    assert.deepEqual(fdsOf(rows), [13, 20, 21]);
    assert.deepEqual(
      fdsOf(rest),
      Array.from({ length: 100 }, (_, index) => index + 30),
    );
    const quiet = rowsOf(timeline.at(15), 16);
    assert.deepEqual([fdsOf(quiet.rows), quiet.rest.length], [[13, 20], 101]); // prettier-ignore
  });
});
