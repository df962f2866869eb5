import assert from 'node:assert/strict';

import { EpollSelector, EVENT_READ, EVENT_WRITE, type ReadyKey } from '../../src/selectors.ts';
import type { Socket } from '../../src/socket.ts';
import { during, sendSignals } from '../support/signals.ts';
import { timed } from '../support/timed.ts';
import type { Test } from './conform.ts';
import { anyOf } from './peers.ts';
import { makePair, opened, type SelectorClass } from './selector-registry.ts';

const MESSAGE = Buffer.from(' This is a test.');

function readyFor(ready: ReadyKey[], event: number): Socket[] {
  return ready.filter(([, events]) => (events & event) !== 0).map(([key]) => key.fileobj as Socket);
}

/** The cases that wait. */
export function waitCases(Selector: SelectorClass) {
  return {
    test_select(t) {
      const selector = opened(t, Selector);
      const [reader, writer] = makePair(t);
      selector.register(reader, EVENT_READ);
      const key = selector.register(writer, EVENT_WRITE);
      assert.deepEqual(selector.select(), [[key, EVENT_WRITE]]);
    },

    test_select_read_write(t) {
      const selector = opened(t, Selector);
      const [one, other] = makePair(t);
      other.send(Buffer.from('foo'));
      const key = selector.register(one, EVENT_READ | EVENT_WRITE);
      assert.deepEqual(selector.select(), [[key, EVENT_READ | EVENT_WRITE]]);
    },

    test_fileno(t) {
      const selector = opened(t, Selector);
      assert.equal('fileno' in selector, selector instanceof EpollSelector);
      if (selector instanceof EpollSelector) assert.ok(selector.fileno() >= 0);
    },

    test_selector(t) {
      const selector = opened(t, Selector);
      const readerOf = new Map<Socket, Socket>();
      for (let i = 0; i < 12; i++) {
        const [reader, writer] = makePair(t);
        selector.register(reader, EVENT_READ);
        selector.register(writer, EVENT_WRITE);
        readerOf.set(writer, reader);
      }
      while (readerOf.size > 0) {
        const writer = anyOf(readyFor(selector.select(), EVENT_WRITE));
        const reader = readerOf.get(writer);
        assert.ok(reader !== undefined);
        writer.send(MESSAGE);
        assert.deepEqual(readyFor(selector.select(), EVENT_READ), [reader]);
        assert.deepEqual(reader.recv(MESSAGE.length), MESSAGE);
        selector.unregister(writer);
        selector.unregister(reader);
        readerOf.delete(writer);
      }
      assert.deepEqual(selector.select(0), []);
    },

    test_empty_select(t) {
      assert.deepEqual(opened(t, Selector).select(0), []);
    },

    test_timeout(t) {
      const selector = opened(t, Selector);
      const [reader, writer] = makePair(t);
      selector.register(writer, EVENT_WRITE);
      for (const timeout of [0, -1]) assert.equal(selector.select(timeout).length, 1);
      selector.unregister(writer);
      selector.register(reader, EVENT_READ);
      const { ms: noMs } = timed(() => {
        for (const timeout of [0, -1]) assert.deepEqual(selector.select(timeout), []);
      });
      assert.ok(noMs < 500, `${noMs} ms`);
      const { result, ms } = timed(() => selector.select(0.2));
      assert.deepEqual(result, []);
      assert.ok(ms >= 200 && ms < 5000, `${ms} ms`);
    },

    // No JavaScript runs during a blocking call, so the handler ends an awaited wait.
    async test_select_interrupt_exc(t) {
      const selector = opened(t, Selector);
      selector.register(makePair(t)[0], EVENT_READ);
      const interrupt = new Error('from the handler');
      const ending = new AbortController();
      process.once('SIGALRM', () => {
        ending.abort(interrupt);
      });
      const startMs = performance.now();
      const sender = sendSignals('ALRM', { everySeconds: 0.1, times: 1 });
      try {
        await assert.rejects(selector.selectAsync(30, { signal: ending.signal }), (error) => error === interrupt);
      } finally {
        await sender.stop();
      }
      const ms = performance.now() - startMs;
      assert.ok(ms >= 100 && ms < 5000, `${ms} ms`);
    },

    async test_select_interrupt_noraise(t) {
      const selector = opened(t, Selector);
      selector.register(makePair(t)[0], EVENT_READ);
      let handled = 0;
      const handler = (): void => {
        handled++;
      };
      process.on('SIGALRM', handler);
      t.after(() => process.off('SIGALRM', handler));
      const { result } = await during(
        () => sendSignals('ALRM', { everySeconds: 0.1 }),
        () => timed(() => selector.select(0.3)),
      );
      assert.deepEqual(result.result, []);
      assert.ok(result.ms >= 300 && result.ms < 5000, `${result.ms} ms`);
      assert.ok(handled >= 1, 'no signal came');
    },
  } satisfies Record<string, Test>;
}
