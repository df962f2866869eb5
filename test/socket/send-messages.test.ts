import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ConnectionRefusedError } from '../../src/system/errors.ts';
import { sendMessages } from '../../src/socket/send-messages.ts';
import type { Connection } from '../../src/server.ts';
import { until } from '../support/child.ts';
import { type Serving, serving } from '../support/clients.ts';
import { countFds } from '../support/fds.ts';
import { unusedAddress } from '../support/socket-pairs.ts';

const options = { count: 3, intervalSeconds: 0, message: 'grüße ' };

const addressOf = ({ port }: Serving): [string, number] => ['127.0.0.1', port];

describe('sendMessages', () => {
  it('sends numbered messages, each over a connection of its own, and closes it', async () => {
    const senders: Connection[] = [];
    const onMessage = (_: Buffer, connection: Connection): void => {
      senders.push(connection);
    };
    await serving('epoll', { onMessage }, async (subject) => {
      const before = countFds();
      const sent = await sendMessages({ ...options, address: addressOf(subject) });
      await subject.ended(3);
      assert.deepEqual(subject.texts, ['grüße 0', 'grüße 1', 'grüße 2']);
      assert.deepEqual(sent, { messages: 3, bytes: 3 * Buffer.byteLength('grüße 0') });
      assert.equal(new Set(senders).size, 3);
      assert.deepEqual(subject.reasons, ['eof', 'eof', 'eof']);
      // The server closes an fd after its handler has heard of the end.
      await until(() => countFds() === before);
    });
  });

  it('calls onSent after each message, and keeps its connection open during the interval', async () => {
    await serving('select', {}, async (subject) => {
      const progress: number[] = [];
      const times: number[] = [];
      const connected: number[] = [];
      const onSent = (sent: number): void => {
        progress.push(sent);
        times.push(performance.now());
        setTimeout(() => connected.push(subject.server.stats().connected), 50);
      };
      await sendMessages({ ...options, address: addressOf(subject), intervalSeconds: 0.1, onSent });
      const ended = performance.now();
      await subject.ended(3);
      assert.deepEqual(
        [progress, connected],
        [
          [1, 2, 3],
          [1, 1, 1],
        ],
      );
      const pauses = [...times.slice(1), ended].map((time, i) => time - times[i]!);
      for (const pause of pauses) assert.ok(pause >= 99 && pause < 3000, String(pauses));
    });
  });

  it('sends nothing for a count of 0', async () => {
    const sent = await sendMessages({ ...options, address: unusedAddress(), count: 0 });
    assert.deepEqual(sent, { messages: 0, bytes: 0 });
  });

  it('rejects when nobody listens, and leaves no fd open', async () => {
    const before = countFds();
    const address = unusedAddress();
    for (let i = 0; i < 20; i++) await assert.rejects(sendMessages({ ...options, address }), ConnectionRefusedError);
    assert.equal(countFds(), before);
  });

  it('rejects with the error that onSent throws, and closes the connection', async () => {
    await serving('poll', {}, async (subject) => {
      const failure = new Error('enough');
      const onSent = (): never => {
        throw failure;
      };
      await assert.rejects(sendMessages({ ...options, address: addressOf(subject), onSent }), failure);
      await subject.ended(1);
      assert.deepEqual([subject.texts, subject.reasons], [['grüße 0'], ['eof']]);
    });
  });
});
