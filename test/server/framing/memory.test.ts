import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { FrameReader } from '../../../src/server/framing/frame-reader.ts';
import { createFraming, type Framing } from '../../../src/server/framing/framing.ts';
import { Receiving } from '../../support/framing.ts';

const KIB = 1024;
const MIB = KIB * KIB;
const CLIENTS = 10_000;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

function settled(): NodeJS.MemoryUsage {
  gc();
  gc();
  return process.memoryUsage();
}

// The memory that is still allocated after `fill`, in bytes.
function growth(fill: () => unknown): { heap: number; buffers: number } {
  const before = settled();
  const held = fill();
  const after = settled();
  assert.ok(held !== undefined);
  return { heap: after.heapUsed - before.heapUsed, buffers: after.arrayBuffers - before.arrayBuffers };
}

function drain(decoder: FrameReader): number {
  let messages = 0;
  while (decoder.next() !== undefined) messages++;
  return messages;
}

const receiving = new Receiving();

// Feeds `total` bytes in pieces of `size` bytes.
function trickle(decoder: FrameReader, total: number, size: number): void {
  const piece = Buffer.alloc(size, 'x');
  for (let sent = 0; sent < total; sent += size) {
    receiving.feed(decoder, piece);
    assert.equal(decoder.next(), undefined);
    decoder.keep();
  }
}

describe('the memory of a decoder', () => {
  it('is next to nothing between messages, whatever they were', () => {
    const make = createFraming('line', MIB);
    const chunk = Buffer.from(`${'x'.repeat(63)}\n`.repeat(16));
    const { heap, buffers } = growth(() =>
      Array.from({ length: CLIENTS }, () => {
        const decoder = make();
        receiving.feed(decoder, chunk.subarray(0, 1000));
        drain(decoder);
        receiving.reuse(decoder);
        receiving.feed(decoder, chunk.subarray(1000));
        assert.equal(drain(decoder), 1);
        receiving.reuse(decoder);
        return decoder;
      }),
    );
    assert.ok(heap / CLIENTS < 200, `${heap / CLIENTS} bytes of heap a client`);
    assert.ok(buffers < 512 * KIB, `${buffers} bytes of buffers`);
  });

  it('is as large as the part of a message that has arrived, not as the whole recv', () => {
    const make = createFraming('line', MIB);
    const chunk = Buffer.from(`${'x'.repeat(63)}\n`.repeat(64) + 'y'.repeat(20));
    const { buffers } = growth(() =>
      Array.from({ length: CLIENTS }, () => {
        const decoder = make();
        // Twice, so that the second feed brings more bytes than were buffered.
        for (let i = 0; i < 2; i++) {
          receiving.feed(decoder, chunk);
          drain(decoder);
          receiving.reuse(decoder);
        }
        assert.equal(decoder.buffered, 20);
        return decoder;
      }),
    );
    assert.ok(buffers < CLIENTS * 20 + 512 * KIB, `${buffers} bytes of buffers`);
  });

  it('is freed when a short message starts after a long one', () => {
    const { buffers } = growth(() => {
      const decoder = createFraming('line', MIB)();
      trickle(decoder, MIB, KIB);
      receiving.feed(decoder, Buffer.from('\nshort'));
      assert.equal(decoder.next()?.length, MIB);
      receiving.reuse(decoder);
      assert.equal(decoder.buffered, 5);
      return decoder;
    });
    assert.ok(buffers < 64 * KIB, `${buffers} bytes of buffers`);
  });

  it('is freed with the last message, without a call of keep', () => {
    const { buffers } = growth(() => {
      const decoder = createFraming('line', MIB)();
      trickle(decoder, MIB, KIB);
      receiving.feed(decoder, Buffer.from('\n'));
      assert.equal(decoder.next()?.length, MIB);
      return decoder;
    });
    assert.ok(buffers < 64 * KIB, `${buffers} bytes of buffers`);
  });

  const framings: [Framing, header: string][] = [
    ['line', ''],
    ['eof', ''],
    [{ kind: 'delimiter', delimiter: '\r\n\r\n' }, ''],
    [{ kind: 'fixed', length: MIB }, ''],
    [{ kind: 'lengthPrefixed', bytes: 4 }, '\0\x10\0\0'],
    ['netstring', `${MIB}:`],
    ['octet-counting', `${MIB} `],
    [(bytes) => (bytes.length > MIB ? 1 : undefined), ''],
  ];
  for (const [framing, header] of framings) {
    const name = typeof framing === 'function' ? 'a function' : JSON.stringify(framing);
    it(`grows with the input up to the limit and one recv: ${name}`, () => {
      const begun = growth(() => {
        const decoder = createFraming(framing, MIB)();
        receiving.feed(decoder, Buffer.from(header, 'latin1'));
        assert.equal(decoder.next(), undefined);
        receiving.reuse(decoder);
        return decoder;
      });
      assert.ok(begun.buffers < 64 * KIB, `${begun.buffers} bytes after a header`);
      for (const size of [1000, 60_000]) {
        const full = growth(() => {
          const decoder = createFraming(framing, MIB)();
          receiving.feed(decoder, Buffer.from(`${header}x`, 'latin1'));
          assert.equal(decoder.next(), undefined);
          decoder.keep();
          trickle(decoder, MIB - 2 * size, size);
          return decoder;
        });
        assert.ok(full.buffers < MIB + 64 * KIB + 100 * KIB, `${full.buffers} bytes when it is nearly full`);
      }
    });
  }

  it('is freed when a declared length was refused', () => {
    const { buffers } = growth(() => {
      const decoder = createFraming({ kind: 'lengthPrefixed', bytes: 4 }, 0)();
      receiving.feed(decoder, Buffer.from('\xff\xff\xff\xffxxxx', 'latin1'));
      assert.throws(() => decoder.next(), { reason: 'too-large' });
      assert.equal(decoder.buffered, 8);
      return decoder;
    });
    assert.ok(buffers < 64 * KIB, `${buffers} bytes of buffers`);
  });
});

describe('the time of a decoder', () => {
  const framings: [Framing, header: string][] = [
    ['line', ''],
    [{ kind: 'delimiter', delimiter: 'xxxxy' }, ''],
    ['eof', ''],
    ['netstring', `${MIB + 10}:`],
  ];
  for (const [framing, header] of framings) {
    // If each new byte made the decoder search all bytes again, this would take 500 billion steps.
    it(`is linear when 1 MiB arrives byte by byte: ${JSON.stringify(framing)}`, () => {
      const decoder = createFraming(framing, MIB + 10)();
      const start = process.cpuUsage();
      receiving.feed(decoder, Buffer.from(`${header}x`));
      assert.equal(decoder.next(), undefined);
      decoder.keep();
      trickle(decoder, MIB, 1);
      const { user, system } = process.cpuUsage(start);
      assert.ok(user + system < 10e6, `${(user + system) / 1e6} s`);
    });
  }

  it('does not depend on the stale bytes that an earlier recv left in the buffer', () => {
    const received = Buffer.alloc(131_072, '\r');
    const decoder = createFraming({ kind: 'delimiter', delimiter: '\r\n' }, MIB)();
    const start = process.cpuUsage();
    for (let i = 0; i < 5000; i++) {
      decoder.feed(received, 0, 2);
      assert.equal(decoder.next(), undefined);
      decoder.keep();
      decoder.feed(Buffer.from('\r\n'), 0, 2);
      assert.equal(decoder.next()?.length, 2);
    }
    const { user, system } = process.cpuUsage(start);
    // A search of the whole buffer would take 5 s.
    assert.ok(user + system < 1.5e6, `${(user + system) / 1e6} s`);
  });

  it('is linear in the messages of one recv', () => {
    const decoder = createFraming('line', MIB)();
    const start = process.cpuUsage();
    for (let i = 0; i < 8; i++) {
      receiving.feed(decoder, Buffer.alloc(65_536, '\n'));
      assert.equal(drain(decoder), 65_536);
    }
    const { user, system } = process.cpuUsage(start);
    assert.ok(user + system < 10e6, `${(user + system) / 1e6} s`);
  });
});

describe('a message', () => {
  it('keeps no more memory alive than its own, or the pool of small buffers of Node', () => {
    for (const size of [1, 64, 4000, 60_000]) {
      const decoder = createFraming('chunk', 0)();
      receiving.feed(decoder, Buffer.alloc(size));
      const message = decoder.next();
      assert.equal(message?.length, size);
      assert.ok(message.buffer.byteLength <= Math.max(Buffer.poolSize, size));
    }
  });
});
