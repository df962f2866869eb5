import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { epoll, EPOLLIN, poll, POLLIN, selectAsync } from '../../src/select.ts';
import { own, readableFd } from '../support/fds.ts';
import { onBothThreads, whileWaiting } from '../support/loop-threads.ts';
import { Ticks } from '../support/ticks.ts';

onBothThreads(import.meta.url, 'awaits in a loop of what is always ready', {
  'let Node run its turns': async (t) => {
    const ready = readableFd(t);
    const poller = poll();
    poller.register(ready, POLLIN);
    using ep = epoll();
    ep.register(ready, EPOLLIN);
    const waits = [
      () => selectAsync([ready], [ready], [], 0),
      () => selectAsync([ready], [], []),
      () => selectAsync([], [], [], 0),
      () => poller.pollAsync(),
      () => ep.pollAsync(),
    ];
    for (const wait of waits) {
      let rounds = 0;
      let filesRead = 0;
      void readFile(new URL(import.meta.url)).then(() => filesRead++);
      const ticks = new Ticks();
      for (; (ticks.count < 10 || filesRead === 0 || rounds <= 20) && !ticks.isStarved; rounds++) await wait();
      ticks.assertInTime();
      assert.ok(ticks.count >= 10 && filesRead === 1 && rounds > 20, `${ticks.count}, ${filesRead}, ${rounds}`);
    }
  },

  'let other waits run theirs': async (t) => {
    const ready = readableFd(t);
    await whileWaiting(t, async () => {
      let otherResults = 0;
      void selectAsync([], [], [], 0.1).then(() => otherResults++);
      const ticks = new Ticks();
      while ((otherResults === 0 || ticks.count < 10) && !ticks.isStarved) await selectAsync([ready], [], [], 0);
      ticks.assertInTime();
      assert.ok(otherResults === 1 && ticks.count >= 10, `${otherResults}, ${ticks.count}`);
    });
  },

  'answer immediately for a regular file': async (t) => {
    const fd = own(t, openSync(new URL(import.meta.url), 'r'));
    const start = performance.now();
    for (let i = 0; i < 50; i++) assert.deepEqual(await selectAsync([fd], [fd], [], 60), [[fd], [fd], []]);
    await whileWaiting(t, async () => {
      for (let i = 0; i < 50; i++) assert.deepEqual(await selectAsync([fd], [fd], [], 60), [[fd], [fd], []]);
    });
    assert.ok(performance.now() - start < 2000);
  },
});
