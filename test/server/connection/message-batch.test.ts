import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { type MessageBatch, Server } from 'tripoll/server';

import { until } from '../../support/child.ts';
import { backends, serving } from '../../support/clients.ts';

for (const backend of backends) {
  describe(`onBatch on ${backend}`, () => {
    it('receives all lines of one recv, in order, as bytes, text and single bytes', async () => {
      const seen: unknown[] = [];
      const onBatch = (batch: MessageBatch): void => {
        const all = Array.from({ length: batch.length }, (_, index) => index);
        seen.push({
          texts: all.map((index) => batch.text(index)),
          bytes: [...batch].map(String),
          lengths: all.map((index) => batch.byteLength(index)),
          ends: all.map((index) => [batch.byteAt(index, 0), batch.byteAt(index, -1), batch.byteAt(index, 99)]),
        });
      };
      await serving(backend, { framing: 'line', onBatch }, async (subject) => {
        using client = subject.client();
        client.send('one\n\nthr\u00e9e\nrest');
        await until(() => seen.length === 1);
        client.send(' of it\n');
        await until(() => seen.length === 2);
        assert.equal(subject.server.stats().messages, 4);
      });
      assert.deepEqual(seen, [
        {
          texts: ['one', '', 'thr\u00e9e'],
          bytes: ['one', '', 'thr\u00e9e'],
          lengths: [3, 0, 6],
          ends: [
            [0x6f, 0x65, undefined],
            [undefined, undefined, undefined],
            [0x74, 0x65, undefined],
          ],
        },
        { texts: ['rest of it'], bytes: ['rest of it'], lengths: [10], ends: [[0x72, 0x74, undefined]] },
      ]);
    });

    it('tells where each message lies in the received bytes', async () => {
      const seen: string[][] = [];
      const onBatch = (batch: MessageBatch): void => {
        const all = Array.from({ length: batch.length }, (_, index) => index);
        seen.push(all.map((index) => batch.source.toString('utf8', batch.start(index), batch.end(index))));
        assert.throws(() => batch.start(batch.length), RangeError);
        assert.throws(() => batch.end(-1), RangeError);
      };
      await serving(backend, { framing: 'line', onBatch }, async (subject) => {
        using client = subject.client();
        client.send('one\r\n\nthree\nrest');
        await until(() => seen.length === 1);
        client.finish();
        await subject.ended(1);
      });
      assert.deepEqual(seen, [['one', '', 'three']]);
    });

    it('receives bytes that are not overwritten later', async () => {
      const kept: Buffer[] = [];
      const onBatch = (batch: MessageBatch): void => {
        kept.push(...batch);
      };
      await serving(backend, { framing: 'line', onBatch }, async (subject) => {
        using client = subject.client();
        for (let round = 0; round < 20; round++) {
          client.send(`line ${round} a\nline ${round} b\n`);
          await until(() => kept.length === 2 * (round + 1));
        }
      });
      const expected = Array.from({ length: 20 }, (_, round) => [`line ${round} a`, `line ${round} b`]).flat();
      assert.deepEqual(kept.map(String), expected);
    });

    it('must use the batch before the first await: later the batch throws, which ends only this connection', async () => {
      const stored: string[] = [];
      const onBatch = async (batch: MessageBatch): Promise<void> => {
        for (const line of batch) {
          stored.push(line.toString());
          await setTimeout(1);
        }
      };
      await serving(backend, { framing: 'line', onBatch }, async (subject) => {
        using client = subject.client();
        using other = subject.client();
        client.send('a\nb\nc\n');
        await subject.ended(1);
        assert.deepEqual(subject.reasons, ['error']);
        assert.match(String(subject.errors[0]), /RangeError: the batch is over/);
        other.send('d\n');
        await until(() => stored.length === 2);
        await setTimeout(5);
        assert.equal(subject.server.connections.size, 1);
      });
      assert.deepEqual(stored, ['a', 'd']);
    });

    it('receives the messages before malformed bytes, which then end the connection, also if the handler was busy', async () => {
      const texts: string[] = [];
      const onBatch = async (batch: MessageBatch): Promise<void> => {
        for (let index = 0; index < batch.length; index++) texts.push(batch.text(index));
        await setTimeout(20);
      };
      await serving(backend, { framing: 'netstring', onBatch }, async (subject) => {
        using client = subject.client();
        client.send('5:hello,2:ok,garbage');
        await subject.ended(1);
        assert.deepEqual([texts, subject.reasons], [['hello', 'ok'], ['malformed']]);
      });
    });

    it('is not called again, and the connection is not read, while its promise is pending', async () => {
      let open = (): void => undefined;
      const batches: number[] = [];
      const onBatch = async (batch: MessageBatch): Promise<void> => {
        batches.push(batch.length);
        await new Promise<void>((resolve) => (open = resolve));
      };
      await serving(backend, { framing: 'line', onBatch }, async (subject) => {
        using client = subject.client();
        client.send('1\n2\n');
        await until(() => batches.length === 1);
        client.send('3\n');
        await setTimeout(50);
        assert.deepEqual(batches, [2]);
        open();
        await until(() => batches.length === 2);
        open();
      });
      assert.deepEqual(batches, [2, 1]);
    });
  });
}

describe('onBatch', () => {
  it('excludes onMessage and messages()', async () => {
    const both = { address: ['127.0.0.1', 0] as const, onMessage: () => undefined, onBatch: () => undefined };
    const error = new TypeError('onMessage and onBatch exclude each other');
    assert.throws(() => new Server({ ...both, address: ['127.0.0.1', 0] }), error);
    using server = new Server({ address: ['127.0.0.1', 0], onBatch: () => undefined });
    await assert.rejects(server.messages().next(), new TypeError('messages() and onBatch exclude each other'));
  });

  it('throws for an index that the batch does not have', async () => {
    const errors: unknown[] = [];
    const onBatch = (batch: MessageBatch): void => {
      for (const index of [-1, 1, 0.5, NaN]) {
        try {
          batch.bytes(index);
        } catch (error) {
          errors.push(error);
        }
      }
    };
    await serving('select', { framing: 'line', onBatch }, async (subject) => {
      using client = subject.client();
      client.send('x\n');
      await until(() => errors.length === 4);
    });
    const expected = [-1, 1, 0.5, NaN].map((index) => new RangeError(`index must be from 0 to 0, not ${index}`));
    assert.deepEqual(errors, expected);
  });
});
