import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { inspect } from 'node:util';

import {
  type FileObject,
  type Poll,
  poll,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLRDHUP,
} from '../../src/select.ts';
import { close, closedFd, eventFd, pipePair, readableFd } from '../support/fds.ts';

const ready = eventFd({ after }, 1);
const closed = closedFd({ after });

function polling(...registrations: [fileobj: FileObject, eventmask: number][]): Poll {
  const poller = poll();
  for (const registration of registrations) poller.register(...registration);
  return poller;
}

describe('an event mask of a poll object', () => {
  const accepted: [mask: unknown, revents: number][] = [
    [POLLIN, POLLIN],
    [POLLIN | POLLOUT, POLLIN | POLLOUT],
    [true, POLLIN],
    [1n, POLLIN],
    [0xffff, POLLIN | POLLOUT],
  ];
  for (const [mask, revents] of accepted) {
    it(`may be ${inspect(mask)}`, () => {
      const poller = poll();
      poller.register(ready, mask as number);
      assert.deepEqual(poller.poll(0), [[ready, revents]]);
      poller.modify(ready, 0);
      poller.modify(ready, mask as number);
      assert.deepEqual(poller.poll(0), [[ready, revents]]);
    });
  }

  for (const mask of [0, -0, false, 0n, 8, 32]) {
    it(`may be ${inspect(mask)}, which asks for nothing`, () => {
      const poller = poll();
      poller.register(ready, mask as number);
      assert.deepEqual(poller.poll(0), []);
    });
  }

  const refused: [error: object, masks: unknown[]][] = [
    [
      { name: 'RangeError', message: 'Python int too large for C unsigned short' },
      [65536, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 65536n, 2n ** 64n - 1n],
    ],
    [
      { name: 'RangeError', message: 'Python int too large to convert to C unsigned long' },
      [2 ** 64, 2n ** 64n, 2n ** 100n],
    ],
    [{ name: 'RangeError', message: 'value must be positive' }, [-1, -65536, -(2 ** 31), -1n, -(2n ** 64n)]],
    [
      { name: 'TypeError', message: 'an integer is required' },
      [1.5, NaN, Infinity, '1', '', null, [], [1], {}, Object(1), Symbol('1'), () => 1],
    ],
  ];
  for (const [error, masks] of refused) {
    for (const mask of masks) {
      it(`may not be ${inspect(mask)}`, () => {
        const poller = polling([ready, POLLIN]);
        assert.throws(() => {
          poller.register(ready, mask as number);
        }, error);
        assert.throws(() => {
          poller.modify(ready, mask as number);
        }, error);
      });
    }
  }
});

describe('bits that poll reports whatever the mask', () => {
  for (const mask of [0, POLLERR, POLLNVAL]) {
    it(`are HUP, ERR and NVAL with mask ${mask}`, (t) => {
      const [hungUp, writeEnd] = pipePair(t);
      close(writeEnd);
      const [readEnd, broken] = pipePair(t);
      close(readEnd);
      const poller = polling([ready, mask], [hungUp, mask], [broken, mask], [closed, mask]);
      assert.deepEqual(poller.poll(null), [
        [hungUp, POLLHUP],
        [broken, POLLERR],
        [closed, POLLNVAL],
      ]);
    });
  }

  it('do not contain RDHUP, which must be asked for', (t) => {
    const fd = readableFd(t);
    assert.deepEqual(polling([fd, POLLRDHUP]).poll(0), []);
  });
});
