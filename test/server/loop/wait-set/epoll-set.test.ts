import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { EVENT_READ, EVENT_WRITE } from '../../../../src/selectors.ts';
import { EpollSet } from '../../../../src/server/loop/wait-set/epoll-set.ts';
import { close, closedFd, eventFd } from '../../../support/fds.ts';

describe('EpollSet', () => {
  it('says in the error which operation of epoll_ctl has failed, and on which fd', (t) => {
    const set = new EpollSet();
    t.after(() => {
      set.close();
    });
    const neverOpen = closedFd(t);
    assert.throws(
      () => {
        set.watch(neverOpen, 0, EVENT_READ);
      },
      { code: 'EBADF', syscall: 'epoll_ctl', message: new RegExp(`epoll_ctl add fd ${neverOpen}$`) },
    );
    const closedLater = eventFd(t, 0);
    set.watch(closedLater, 0, EVENT_READ);
    close(closedLater);
    assert.throws(
      () => {
        set.watch(closedLater, EVENT_READ, EVENT_READ | EVENT_WRITE);
      },
      { code: 'EBADF', syscall: 'epoll_ctl', message: new RegExp(`epoll_ctl mod fd ${closedLater}$`) },
    );
  });
});
