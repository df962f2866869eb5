import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as sys from '../../../../src/sys.ts';
import type { FdState } from '../../../../src/trace/format.ts';
import { RAW_BITS, rawText } from '../../../../src/watch/page/model/event-bits.ts';
import { asEpoll, asPoll } from '../../../../src/watch/page/model/mechanics.ts';
import { tcpMeaning } from '../../../../src/watch/page/model/reasons.ts';
import { rowsOf } from '../../../../src/watch/page/model/rows.ts';
import { turnSentence } from '../../../../src/watch/page/model/sentences.ts';
import { bareHeader, timelineOf, turnLine } from '../../../support/trace-lines.ts';
import { RAW_TURNS, rawTrace } from '../../../support/watch-raw-trace.ts';

const timeline = timelineOf(rawTrace());

describe('rawText', () => {
  it('names the bits as C does, with the values of this kernel', () => {
    const { POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL, POLLRDHUP } = sys;
    const named = { POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL, POLLRDHUP };
    assert.deepEqual(Object.fromEntries(RAW_BITS.map(({ name, bit }) => [`POLL${name}`, bit])), named);
    assert.equal(rawText('POLL', POLLIN | POLLHUP), 'POLLIN|POLLHUP');
    assert.equal(rawText('EPOLL', POLLIN | POLLRDHUP), 'EPOLLIN|EPOLLRDHUP');
    assert.equal(rawText('POLL', POLLNVAL), 'POLLNVAL');
  });

  it('writes unnamed bits as a number, and no bits as 0', () => {
    assert.equal(rawText('POLL', 1 | 0x40), 'POLLIN|0x40');
    assert.equal(rawText('EPOLL', 0), '0');
  });
});

describe('the raw bits of a turn', () => {
  for (const call of ['select', 'poll', 'epoll'] as const) {
    it(`are those that were recorded under ${call}, in poll's table and in epoll's ready list`, () => {
      const state = timelineOf(rawTrace(call)).at(RAW_TURNS.hangUps);
      const entries = asPoll(state).entries.map(({ fd, revents }) => [fd, rawText('POLL', revents)]);
      const expected = [
        13,
        '0',
        20,
        '0',
        21,
        'POLLIN|POLLHUP|POLLRDHUP',
        22,
        'POLLIN|POLLERR|POLLHUP|POLLRDHUP',
        23,
        '0',
      ];
      assert.deepEqual(entries.flat(), expected);
      assert.deepEqual([...asEpoll(state).ready], [[21, 0x2011], [22, 0x2019]]); // prettier-ignore
      assert.equal(asPoll(state).result, 2);
    });
  }

  it('are made from the events when they are not recorded', () => {
    const state = timeline.at(RAW_TURNS.derived);
    assert.equal(state.revents.size, 0);
    assert.deepEqual([...asEpoll(state).ready], [[23, 1]]);
  });
});

describe('turnSentence on a hang-up or an error', () => {
  for (const [name, sentence] of [
    [
      'halfClose',
      'Turn 3: poll watched 4 fds for 300 ms, until fd 21 (client 127.0.0.1:40421) was readable because 6 bytes and then the end of input can be read (CLOSE-WAIT, RDHUP); then it received 6 bytes from fd 21.',
    ],
    [
      'hangUps',
      "Turn 4: poll watched 4 fds for 640 ms, while Node's own event loop ran 20 times and the signal SIGUSR2 arrived, until fd 21 was readable because its connection is over in both directions (HUP|RDHUP) and fd 22 was readable and writable because its connection has failed (ERR|HUP|RDHUP); then it made 2 recv calls and 2 close calls.",
    ],
    [
      'paused',
      'Turn 5: poll watched 2 fds for 0.02 ms, until fd 23 (client 127.0.0.1:40423) was readable; then it received 4,096 bytes from fd 23 and sent 4,095 bytes to fd 23.',
    ],
  ] as const) {
    it(`tells of ${name}`, () => {
      assert.equal(turnSentence(timeline.at(RAW_TURNS[name])), sentence);
    });
  }

  const told = (state: FdState, revents?: number, ready = 1): string => {
    const found = revents === undefined ? ([[7, ready]] as const) : ([[7, ready, revents]] as const);
    const turn = turnLine({ interest: [[7, 3]], ready: found, state: [[7, state]] });
    return turnSentence(timelineOf([bareHeader, turn]).at(0)).replace(
      'Turn 1: poll watched 1 fd for 1.00 ms, until ',
      '',
    );
  };

  it('finds the end of input by the TCP state alone, but only for a readable fd', () => {
    assert.equal(told({ tcp: 'CLOSE-WAIT' }), 'fd 7 was readable because its peer has ended its output (CLOSE-WAIT).');
    assert.equal(told({ tcp: 'CLOSE-WAIT' }, 4, 2), 'fd 7 was writable.');
    assert.equal(told({ tcp: 'ESTAB' }, 1), 'fd 7 was readable.');
  });

  it('says when a number is not an open file descriptor', () => {
    assert.equal(told({}, 32), 'fd 7 was readable because it is not an open file descriptor (NVAL).');
  });

  it('says the common reason of several fds once', () => {
    const ready = [7, 8, 9, 10].map((fd) => [fd, 1, 0x2001] as const);
    const sentence = turnSentence(timelineOf([bareHeader, turnLine({ ready })]).at(0));
    assert.match(sentence, /until 4 fds were readable, each because its peer has ended its output \(RDHUP\)\.$/);
  });
});

describe('the TCP state of an fd', () => {
  const tcpOf = (index: number): Record<string, string> =>
    Object.fromEntries(rowsOf(timeline.at(index), 16).rows.map(({ fd, tcp }) => [fd, tcp]));

  it('is kept until another one is recorded, and ends with the fd', () => {
    assert.deepEqual(tcpOf(RAW_TURNS.halfClose), { 13: '', 20: 'LISTEN', 21: 'CLOSE-WAIT', 22: 'ESTAB', 23: 'ESTAB' });
    assert.deepEqual(tcpOf(RAW_TURNS.hangUps), { 13: '', 20: 'LISTEN', 21: 'LAST-ACK', 22: 'CLOSE', 23: 'ESTAB' });
    assert.deepEqual(tcpOf(RAW_TURNS.paused), { 13: '', 20: 'LISTEN', 23: 'ESTAB' });
  });

  it('has a phrase for each state that ss names, and none for another word', () => {
    const names = 'ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSE CLOSE-WAIT LAST-ACK LISTEN CLOSING';
    for (const name of names.split(' ')) assert.notEqual(tcpMeaning(name), '', name);
    assert.equal(new Set(names.split(' ').map(tcpMeaning)).size, 11);
    assert.equal(tcpMeaning('CLOSE-WAIT'), 'the peer has ended its output, we have not closed');
    assert.equal(tcpMeaning('toString'), '');
  });
});
