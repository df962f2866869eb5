import assert from 'node:assert/strict';
import { openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { KeyError, PermissionError } from '../../src/system/errors.ts';
import { Epoll, Poll } from '../../src/select.ts';
import {
  DefaultSelector,
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  PollSelector,
  SelectSelector,
} from '../../src/selectors.ts';
import * as sys from '../../src/sys.ts';
import { countFds, Numbered, own } from '../support/fds.ts';
import { conform, type Test } from './conform.ts';
import { makePair, opened, registryCases, type SelectorClass } from './selector-registry.ts';
import { waitCases } from './selector-waits.ts';

const FD_SETSIZE = 1024;
// CPython's limit; it also keeps some fds for other purposes.
const MAX_FDS = 2 ** 16;
const SPARE_FDS = 32;

function baseCases(Selector: SelectorClass): ReturnType<typeof registryCases> & ReturnType<typeof waitCases> {
  return { ...registryCases(Selector), ...waitCases(Selector) };
}

function modifyUnregister(Selector: SelectorClass, poller: Poll | Epoll): Test {
  return (t) => {
    const refusal = new Error('refused');
    t.mock.method(poller, 'modify', () => {
      throw refusal;
    });
    const selector = opened(t, Selector);
    const [reader] = makePair(t);
    selector.register(reader, EVENT_READ);
    assert.equal(selector.getMap()?.size, 1);
    assert.throws(() => selector.modify(reader, EVENT_WRITE), refusal);
    assert.equal(selector.getMap()?.size, 0);
  };
}

// Node raises the soft limit to the hard limit when it starts.
function fdLimit(): number {
  const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return soft === 'unlimited' ? Infinity : Number(soft);
}

function aboveFdSetSize(Selector: SelectorClass): Test {
  return (t) => {
    const free = Math.min(fdLimit(), MAX_FDS) - SPARE_FDS - countFds();
    if (free < 2 * FD_SETSIZE) {
      t.skip(`needs a limit (ulimit -n) of more than ${2 * FD_SETSIZE} fds`);
      return;
    }
    const selector = opened(t, Selector);
    const readers = new Set<number>();
    const writers = new Set<number>();
    t.after(() => {
      for (const fd of [...readers, ...writers]) sys.close(fd);
    });
    const fds = new Int32Array(2);
    while (readers.size + writers.size < free) {
      assert.equal(sys.socketpair(sys.AF_UNIX, sys.SOCK_STREAM | sys.SOCK_CLOEXEC, 0, fds), 0);
      selector.register(fds[0]!, EVENT_READ);
      selector.register(fds[1]!, EVENT_WRITE);
      readers.add(fds[0]!);
      writers.add(fds[1]!);
    }
    assert.ok(Math.max(...writers) > FD_SETSIZE);
    const ready = selector.select();
    assert.ok(ready.every(([, events]) => events === EVENT_WRITE));
    assert.deepEqual(new Set(ready.map(([key]) => key.fd)), writers);
    assert.equal(ready.length, writers.size);
  };
}

conform('test_selectors.DefaultSelectorTestCase', {
  ...baseCases(DefaultSelector),
  test_modify_unregister: modifyUnregister(DefaultSelector, Epoll.prototype),
});

conform('test_selectors.SelectSelectorTestCase', baseCases(SelectSelector));

conform('test_selectors.PollSelectorTestCase', {
  ...baseCases(PollSelector),
  test_modify_unregister: modifyUnregister(PollSelector, Poll.prototype),
  test_above_fd_setsize: aboveFdSetSize(PollSelector),
});

conform('test_selectors.EpollSelectorTestCase', {
  ...baseCases(EpollSelector),
  test_modify_unregister: modifyUnregister(EpollSelector, Epoll.prototype),
  test_above_fd_setsize: aboveFdSetSize(EpollSelector),

  test_register_file(t) {
    const selector = opened(t, EpollSelector);
    const file = new Numbered(own(t, openSync(fileURLToPath(import.meta.url), 'r')));
    assert.throws(() => selector.register(file, EVENT_READ), PermissionError);
    assert.throws(() => selector.getKey(file), KeyError);
  },
});
