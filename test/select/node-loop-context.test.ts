import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { epoll, poll, selectAsync } from '../../src/select.ts';
import { DefaultSelector, EVENT_READ } from '../../src/selectors.ts';
import { idleFd, pipePair, writeByte } from '../support/fds.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const storage = new AsyncLocalStorage<object | string>();

async function waitWithStore(): Promise<WeakRef<object>> {
  const store = { name: 'Alice' };
  await storage.run(store, () => selectAsync([], [], [], 0.01));
  return new WeakRef(store);
}

describe('an awaited wait', () => {
  it('keeps no store of whoever waited first', async () => {
    // It is the first wait of this process.
    const store = await waitWithStore();
    for (let i = 0; i < 20 && store.deref() !== undefined; i++) {
      await setImmediate();
      collectGarbage();
    }
    assert.equal(store.deref(), undefined);
  });

  it('sees its own store, whichever call it makes, also while others wait', async (t) => {
    const fd = idleFd(t);
    const poller = poll();
    poller.register(fd);
    const ep = epoll();
    t.after(() => {
      ep.close();
    });
    const selector = new DefaultSelector();
    t.after(() => {
      selector.close();
    });
    selector.register(fd, EVENT_READ);
    const waits: Record<string, () => Promise<unknown>> = {
      selectAsync: () => selectAsync([fd], [], [], 0.02),
      'Poll.pollAsync': () => poller.pollAsync(20),
      'Epoll.pollAsync': () => ep.pollAsync(0.02),
      'Selector.selectAsync': () => selector.selectAsync(0.02),
    };
    const seen = await Promise.all(
      Object.entries(waits).map(([name, wait]) =>
        storage.run(name, async () => {
          await wait();
          const first = storage.getStore();
          await wait().then(() => undefined);
          return [first, storage.getStore()];
        }),
      ),
    );
    assert.deepEqual(
      seen,
      Object.keys(waits).map((name) => [name, name]),
    );
    assert.equal(storage.getStore(), undefined);
  });

  it('sees its own store when its signal is aborted, and in a callback of the promise', async (t) => {
    const controller = new AbortController();
    const seen = storage.run('waiter', () =>
      selectAsync([idleFd(t)], [], [], 60, { signal: controller.signal }).catch(() => storage.getStore()),
    );
    storage.run('aborter', () => {
      controller.abort();
    });
    assert.equal(await seen, 'waiter');
  });

  it('sees its own store when the fd becomes ready in the context of another', async (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    const seen = storage.run('waiter', async () => {
      await selectAsync([readEnd], [], []);
      return storage.getStore();
    });
    storage.run('writer', () => {
      writeByte(writeEnd);
    });
    assert.equal(await seen, 'waiter');
  });
});
