import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { MAX_EVENTS_PER_WAIT as SERVER_EVENTS } from '../../../../src/server/loop/wait-set/epoll-set.ts';
import * as sys from '../../../../src/sys.ts';
import type { TurnLine } from '../../../../src/trace/format.ts';
import { asEpoll, asPoll, asSelect, type Question } from '../../../../src/watch/page/model/mechanics.ts';
import { Timeline } from '../../../../src/watch/page/model/timeline.ts';
import { type CtlCall, EPOLL_EVENT_BYTES, MAX_EVENTS, workOf } from '../../../../src/watch/page/model/work.ts';
import { check, Fds } from '../../../support/fds.ts';
import { turnLine } from '../../../support/trace-lines.ts';

const READ = 1;
const WRITE = 2;
const EXCEPTIONAL = 4;
// The bits of poll and epoll for EVENT_READ, EVENT_WRITE and EVENT_EXCEPTIONAL agree.
const MASKS = [
  [READ, sys.POLLIN],
  [WRITE, sys.POLLOUT],
  [EXCEPTIONAL, sys.POLLPRI],
] as const;

function toMask(events: number): number {
  return MASKS.reduce((mask, [event, bit]) => mask | ((events & event) === 0 ? 0 : bit), 0);
}

function toEvents(mask: number): number {
  return MASKS.reduce((events, [event, bit]) => events | ((mask & bit) === 0 ? 0 : event), 0);
}

// What the kernel says of fds, by one call of poll; the other calls are then compared with what is made of it.
function ask(interest: ReadonlyMap<number, number>, nodeFd = -1): Question {
  const table = new Int32Array(interest.size * 2);
  const masks = new Uint16Array(table.buffer);
  for (const [index, [fd, events]] of [...interest].entries()) {
    table[index * 2] = fd;
    masks[index * 4 + 2] = toMask(events);
  }
  check(sys.poll(table, interest.size, 0));
  const fds = [...interest.keys()];
  const ready = fds
    .map((fd, index) => [fd, toEvents(masks[index * 4 + 3]!)] as const)
    .filter(([, events]) => events !== 0);
  const revents = new Map(fds.flatMap((fd, index) => (masks[index * 4 + 3] ? [[fd, masks[index * 4 + 3]!]] : [])));
  const ctl = [...interest].map(([fd, events]): CtlCall => ({ op: 'ADD', fd, events }));
  return { interest, ready: new Map(ready), revents, ctl, nodeFd };
}

describe('the mechanics of a turn', () => {
  const fds = new Fds();
  const interest = new Map<number, number>();
  let idleFd = -1;

  before(() => {
    const [listener, address] = fds.listener();
    const urgentClient = fds.client(address);
    const urgent = fds.own(sys.accept4(listener, null, null, sys.SOCK_CLOEXEC));
    check(sys.send(urgentClient, new Uint8Array(3), 0, 3, sys.MSG_OOB));
    fds.client(address);
    const [withData, peer] = fds.pair();
    check(sys.send(peer, new Uint8Array(5), 0, 5, 0));
    const [idle] = fds.pair();
    const [hungUp, gone] = fds.pair();
    fds.close(gone);
    const [reader, broken] = fds.pipe();
    fds.close(reader);
    const [emptyPipe, pipeWriter] = fds.pipe();
    idleFd = fds.at(200);
    for (const [fd, events] of [
      [listener, READ],
      [urgent, READ | WRITE | EXCEPTIONAL],
      [withData, READ | WRITE],
      [idle, READ | EXCEPTIONAL],
      [hungUp, READ],
      [broken, WRITE],
      [emptyPipe, READ],
      [pipeWriter, WRITE],
      [idleFd, READ],
    ] as const) {
      interest.set(fd, events);
    }
  });
  after(() => {
    fds[Symbol.dispose]();
  });

  it('compares all three kinds of results', () => {
    const kinds = [...ask(interest).ready.values()].reduce((all, events) => all | events, 0);
    assert.equal(kinds, READ | WRITE | EXCEPTIONAL);
    assert.ok(ask(interest).ready.size < interest.size);
    const bits = [...ask(interest).revents.values()].reduce((all, raw) => all | raw, 0);
    assert.equal(bits & (sys.POLLHUP | sys.POLLERR), sys.POLLHUP | sys.POLLERR);
  });

  it('passes select the bitmaps that the kernel turns into those shown', () => {
    const { nfds, sets, result } = asSelect(ask(interest));
    assert.equal(nfds, idleFd + 1);
    const [r, w, x] = sets.map((set) => Uint32Array.from(set.before!));
    assert.equal(sys.select(nfds, r!, w!, x!, 0), result);
    assert.deepEqual([r, w, x], sets.map((set) => set.after)); // prettier-ignore
  });

  it("watches Node's own event loop, too", () => {
    const question = ask(interest, idleFd + 30);
    const { nfds, sets } = asSelect(question);
    assert.equal(nfds, idleFd + 31);
    assert.notEqual(sets[0]!.before![(idleFd + 30) >>> 5]! & (1 << ((idleFd + 30) & 31)), 0);
    assert.deepEqual(asPoll(question).entries[0], { fd: idleFd + 30, events: READ, revents: 0 });
    assert.equal(asEpoll(question).interest.get(idleFd + 30), READ);
  });

  it('passes NULL to select for an empty set', () => {
    const { sets } = asSelect(ask(new Map([[idleFd, READ]])));
    assert.deepEqual(
      sets.map((set) => set.before === null),
      [false, true, true],
    );
  });

  it('shows the table that poll leaves', () => {
    const { entries, result } = asPoll(ask(interest));
    const table = new Int32Array(entries.length * 2);
    const masks = new Uint16Array(table.buffer);
    for (const [index, { fd, events }] of entries.entries()) {
      table[index * 2] = fd;
      masks[index * 4 + 2] = toMask(events);
    }
    assert.equal(sys.poll(table, entries.length, 0), result);
    assert.deepEqual(
      entries.map((_, index) => masks[index * 4 + 3]),
      entries.map(({ revents }) => revents),
    );
  });

  it('makes raw bits from the events when none are recorded', () => {
    const question = { ...ask(interest), revents: new Map<number, number>() };
    const made = [...question.ready.values()].map(toMask);
    assert.deepEqual([...asEpoll(question).ready.values()], made);
    const found = asPoll(question).entries.filter(({ revents }) => revents !== 0);
    assert.deepEqual(found.map(({ revents }) => revents), made); // prettier-ignore
  });

  it('shows the lists of epoll', () => {
    const { ctl, interest: kept, ready } = asEpoll(ask(interest));
    const epfd = fds.own(sys.epollCreate1(sys.EPOLL_CLOEXEC));
    for (const { fd, events } of ctl) check(sys.epollCtl(epfd, sys.EPOLL_CTL_ADD, fd, toMask(events), fd, 0));
    const words = sys.SIZEOF_EPOLL_EVENT / 4;
    const events = new Uint32Array(kept.size * words);
    const count = sys.epollWait(epfd, events, kept.size, 0);
    const found = Array.from({ length: count }, (_, index) => {
      const dataAt = index * words + sys.OFFSETOF_EPOLL_DATA / 4;
      return [events[dataAt]!, events[index * words]!] as const;
    });
    assert.deepEqual(new Map(found.sort(([a], [b]) => a - b)), new Map([...ready].sort(([a], [b]) => a - b)));
  });

  it('passes epoll_ctl changes that the kernel accepts, also when an fd number is used again', () => {
    const operations = { ADD: sys.EPOLL_CTL_ADD, MOD: sys.EPOLL_CTL_MOD, DEL: sys.EPOLL_CTL_DEL };
    const epfd = fds.own(sys.epollCreate1(sys.EPOLL_CLOEXEC));
    const timeline = new Timeline();
    const [one] = fds.pair();
    const [other] = fds.pair();
    const operationsMade: CtlCall['op'][] = [];
    const turn = (...interest: TurnLine['interest']): void => {
      timeline.add(
        turnLine({ turn: timeline.length + 1, ms: timeline.length, waitedMs: 0.1, call: 'epoll', interest }),
      );
      for (const { op, fd, events } of timeline.at(timeline.length - 1).ctl) {
        operationsMade.push(op);
        // Closing the old file has removed it from epoll, so it cannot be removed again.
        const result = sys.epollCtl(epfd, operations[op], fd, toMask(events), fd, 0);
        assert.ok(result === 0 || (op === 'DEL' && sys.errorCode(result) === 'ENOENT'), `${op} ${fd}: ${result}`);
      }
    };
    turn([one, READ], [other, WRITE]);
    turn([one, WRITE | READ], [other, 0]);
    turn();
    check(sys.dup3(other, one, sys.O_CLOEXEC));
    timeline.add({ type: 'close', ms: 2.5, fd: one, reason: 'eof' });
    timeline.add({ type: 'open', ms: 2.6, fd: one, what: 'client', name: '' });
    turn();
    turn([one, 0]);
    assert.deepEqual(operationsMade, ['ADD', 'ADD', 'MOD', 'DEL', 'DEL', 'ADD', 'DEL']);
    assert.equal(sys.epollWait(epfd, new Uint32Array(3), 1, 0), 0);
  });
});

describe('workOf', () => {
  const asked = {
    interest: new Map([[3, READ], [70, READ | WRITE]]), // prettier-ignore
    ready: [[70, READ]] as const,
    readyBefore: [],
    ctl: [
      { op: 'DEL', fd: 9, events: 0 },
      { op: 'ADD', fd: 70, events: 3 },
    ] as const,
    nodeFd: -1,
    nodeWakes: 0,
  };

  it('counts what each call goes through, checks and copies', () => {
    assert.deepEqual(workOf(asked), {
      select: { calls: 1, walked: 2 * 71, checked: 2, copiedIn: 2 * 16, copiedOut: 2 * 16, ctl: 0 },
      poll: { calls: 1, walked: 2, checked: 2, copiedIn: 16, copiedOut: 4, ctl: 0 },
      epoll: { calls: 1, walked: 1, checked: 1, copiedIn: 12, copiedOut: 12, ctl: 2 },
    });
  });

  it('makes epoll check once more what it returned last time, when that is still the same watched fd', () => {
    const readyBefore = [[3, READ], [9, READ], [70, READ]] as const; // prettier-ignore
    assert.equal(workOf({ ...asked, readyBefore }).epoll.walked, 2);
    assert.equal(workOf({ ...asked, readyBefore, ready: [] }).epoll.checked, 1);
    assert.equal(workOf({ ...asked, readyBefore, ready: [], ctl: [] }).epoll.checked, 2);
    assert.equal(workOf({ ...asked, readyBefore }).epoll.copiedOut, 12);
  });

  it("makes select and poll repeat everything after each wake of Node's own event loop", () => {
    const once = workOf({ ...asked, nodeFd: 4 });
    const thrice = workOf({ ...asked, nodeFd: 4, nodeWakes: 2 });
    assert.equal(thrice.select.walked, 3 * once.select.walked);
    assert.equal(thrice.poll.copiedIn, 3 * once.poll.copiedIn);
    assert.equal(thrice.epoll.calls, 3);
  });

  it('makes epoll copy an event for each of those wakes, and check the fd once more', () => {
    const once = workOf({ ...asked, nodeFd: 4 }).epoll;
    const thrice = workOf({ ...asked, nodeFd: 4, nodeWakes: 2 }).epoll;
    assert.equal(thrice.copiedOut, once.copiedOut + 2 * 12);
    assert.equal(thrice.walked, once.walked + 4);
    assert.equal(thrice.copiedIn, once.copiedIn);
  });

  it('uses the numbers of the server and the kernel', { skip: process.arch !== 'x64' && 'of x86-64' }, () => {
    assert.equal(MAX_EVENTS, SERVER_EVENTS);
    assert.equal(EPOLL_EVENT_BYTES, sys.SIZEOF_EPOLL_EVENT);
  });
});
