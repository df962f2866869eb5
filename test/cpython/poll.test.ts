import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { KeyError } from '../../src/system/errors.ts';
import { poll, POLLHUP, POLLIN, POLLNVAL, POLLOUT, type PollEvent, type Timeout } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';
import { close, closedFd, dupAt, Numbered, own, pipePair, writeByte } from '../support/fds.ts';
import { during, writeLater } from '../support/signals.ts';
import { conform } from './conform.ts';
import { anyOf, LINE, readText, talkingChild } from './peers.ts';

const MESSAGE = ' This is a test.';

function readyFor(events: PollEvent[], bit: number): number[] {
  return events.filter(([, revents]) => (revents & bit) !== 0).map(([fd]) => fd);
}

conform('test_poll.PollTests', {
  test_poll1(t) {
    const poller = poll();
    const writerOf = new Map<number, number>();
    for (let i = 0; i < 12; i++) {
      const [reader, writer] = pipePair(t);
      poller.register(reader);
      poller.modify(reader, POLLIN);
      poller.register(writer, POLLOUT);
      writerOf.set(reader, writer);
    }
    const writers = new Set(writerOf.values());
    while (writers.size > 0) {
      const writer = anyOf(readyFor(poller.poll(), POLLOUT));
      assert.ok(writers.has(writer));
      assert.equal(sys.write(writer, Buffer.from(MESSAGE), 0, MESSAGE.length), MESSAGE.length);
      const reader = anyOf(readyFor(poller.poll(), POLLIN));
      assert.equal(writerOf.get(reader), writer);
      assert.equal(readText(reader, MESSAGE.length), MESSAGE);
      for (const fd of [writer, reader]) {
        close(fd);
        poller.unregister(fd);
      }
      writers.delete(writer);
    }
    assert.deepEqual(poller.poll(0), []);
  },

  test_poll_unit_tests(t) {
    const closed = closedFd(t);
    const poller = poll();
    poller.register(closed);
    assert.deepEqual(poller.poll(), [[closed, POLLNVAL]]);

    const file = new Numbered(own(t, openSync(fileURLToPath(import.meta.url), 'r')));
    const ofFile = poll();
    ofFile.register(file);
    assert.deepEqual(ofFile.poll(), [[file.fd, POLLIN | POLLOUT]]);
    close(file.fd);
    assert.deepEqual(ofFile.poll(), [[file.fd, POLLNVAL]]);

    assert.throws(() => {
      poller.register(poller as never);
    }, TypeError);
    assert.throws(() => {
      poller.unregister(poller as never);
    }, TypeError);
    assert.throws(() => {
      poll().unregister(3);
    }, KeyError);
    for (const nope of [{}, { fileno: () => 'fileno' }]) {
      assert.throws(() => {
        poller.register(nope as never, 0);
      }, TypeError);
    }
  },

  test_poll2(t) {
    const pipe = talkingChild(t);
    const poller = poll();
    poller.register(pipe, POLLIN);
    const lines: string[] = [];
    let hangUps = 0;
    for (const timeout of [0, 1000, 2000, 4000, 8000, 16000, ...Array<number>(10).fill(-1)]) {
      const [event] = poller.poll(timeout);
      if (event === undefined) continue;
      const [fd, revents] = event;
      const line = readText(fd, LINE.length);
      if ((revents & POLLHUP) !== 0) {
        hangUps++;
        assert.equal(line, '');
      } else {
        assert.equal(revents, POLLIN);
        lines.push(line);
      }
    }
    assert.deepEqual(lines, Array<string>(10).fill(LINE));
    assert.ok(hangUps >= 1);
  },

  test_poll3() {
    const poller = poll();
    poller.register(1);
    for (const timeout of [2 ** 64, (2n ** 64n) as never]) assert.throws(() => poller.poll(timeout), RangeError);
    for (const [mask, error] of [
      [-1, new RangeError('value must be positive')],
      [2 ** 64, new RangeError('Python int too large to convert to C unsigned long')],
    ] as const) {
      assertMaskRefused(poller, mask, error);
    }
  },

  test_poll_c_limits() {
    const poller = poll();
    poller.register(1);
    assertMaskRefused(poller, 0xffff + 1, new RangeError('Python int too large for C unsigned short'));
    for (const timeout of [2 ** 31, 2 ** 32]) {
      assert.throws(() => poller.poll(timeout), new RangeError('timeout is too large'));
    }
  },

  // An awaited wait takes the place of the second thread.
  async test_threaded_poll(t) {
    const [reader, writer] = pipePair(t);
    const copies = Array.from({ length: 10 }, () => dupAt(t, reader, 0)!);
    const poller = poll();
    for (const fd of copies) poller.register(fd, POLLIN);
    const waiting = poller.pollAsync();
    try {
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const fd of copies) poller.unregister(fd);
      poller.register(writer, POLLOUT);
      assert.throws(() => poller.poll(), new Error('concurrent poll() invocation'));
      await assert.rejects(poller.pollAsync(), new Error('concurrent poll() invocation'));
    } finally {
      writeByte(writer);
      assert.deepEqual(await waiting, [[writer, POLLOUT]]);
    }
    assert.deepEqual(poller.poll(), [[writer, POLLOUT]]);
  },

  async test_poll_blocks_with_negative_ms(t) {
    const timeouts: Timeout[] = [null, -1000, -1, -0.1, -1e-100];
    for (const timeout of timeouts) {
      const [reader, writer] = pipePair(t);
      const poller = poll();
      poller.register(reader, POLLIN);
      const { result, ms } = await during(
        () => writeLater(writer, 0.1),
        () => poller.poll(timeout),
      );
      assert.deepEqual(result, [[reader, POLLIN]]);
      assert.ok(ms >= 100, `${ms} ms`);
    }
  },
});

function assertMaskRefused(poller: ReturnType<typeof poll>, mask: number, error: RangeError): void {
  assert.throws(() => {
    poller.register(0, mask);
  }, error);
  assert.throws(() => {
    poller.modify(1, mask);
  }, error);
}
