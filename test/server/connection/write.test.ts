import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import type { Connection, TurnRecord } from '../../../src/server.ts';
import { MSG_OOB } from '../../../src/socket.ts';
import { until } from '../../support/child.ts';
import { assertRest, backends, type Client, type Serving, serving, shrinkBuffers } from '../../support/clients.ts';

const KIB = 1024;
const AT_ONCE_MS = 1000;
const LINE_BYTES = 1000;

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

// No part of the pattern occurs twice, so the comparison notices any loss, repetition or change of order.
const numbers = (bytes: number): Buffer => Buffer.from(Uint32Array.from({ length: bytes / 4 }, (_, i) => i).buffer);

const sends = (turns: readonly TurnRecord[]): number[] =>
  turns.flatMap(({ did }) => did.filter(({ call }) => call === 'send').map(({ result }) => result));

async function first(subject: Serving): Promise<{ client: Client; connection: Connection }> {
  const client = subject.client();
  await subject.connected(1);
  return { client, connection: subject.connections[0]! };
}

for (const backend of backends) {
  describe(`write() on ${backend}`, () => {
    it('sends the output of one turn together: 16 replies to 16 requests are one send', async () => {
      const turns: TurnRecord[] = [];
      const onMessage = (message: Buffer, connection: Connection): void => {
        connection.write(message);
        connection.write('\n');
      };
      await serving(backend, { framing: 'line', onMessage, onTurn: (turn) => turns.push(turn) }, async (subject) => {
        using client = subject.client('0123456\n'.repeat(16));
        assert.equal(String(await client.receive(16 * 8)), '0123456\n'.repeat(16));
        // The record of a turn is complete when the next turn starts.
        client.send('last\n');
        await client.receive(5);
        assert.deepEqual(sends(turns)[0], 16 * 8);
        assert.equal(subject.server.stats().bytesSent, 16 * 8 + 5);
      });
    });

    it('sends everything in order to a slow reader, in parts as the kernel accepts them', async () => {
      const turns: TurnRecord[] = [];
      await serving(backend, { timeoutSeconds: 0.2, onTurn: (turn) => turns.push(turn) }, async (subject) => {
        const { client, connection } = await first(subject);
        shrinkBuffers(connection, client);
        const sent = numbers(1200 * KIB);
        for (let at = 0; at < sent.length; at += 1000) connection.write(sent.subarray(at, at + 1000));
        const parts: Buffer[] = [];
        let bytes = 0;
        while (bytes < sent.length) {
          const part = client.receiveAvailable();
          parts.push(part);
          bytes += part.length;
          await setTimeout(part.length === 0 ? 1 : 0);
        }
        assert.equal(sha(Buffer.concat(parts)), sha(sent));
        await connection.drain();
        assert.deepEqual([connection.bufferedBytes, connection.bytesSent], [0, sent.length]);
        assert.ok(sends(turns).length > 5, `${sends(turns).length} sends`);
        client.close();
      });
    });

    it('causes no further turns when everything is sent', async () => {
      await serving(
        backend,
        { timeoutSeconds: 0.1, onMessage: (m, connection) => connection.write(m) },
        async (subject) => {
          using client = subject.client('x');
          await client.receive(1);
          await assertRest(subject, 0.1, 400);
        },
      );
    });

    it('sends the answers to earlier messages before a message that is too long ends the connection', async () => {
      const onMessage = (message: Buffer, connection: Connection) => connection.write(message);
      await serving(backend, { framing: 'line', maxMessageBytes: 8, onMessage }, async (subject) => {
        using client = subject.client('a\nb\n0123456789');
        assert.equal(String(await client.receive(2)), 'ab');
        await subject.ended(1);
        assert.deepEqual(subject.reasons, ['too-large']);
      });
    });

    it('accepts text, a Buffer and any Uint8Array, large or empty', async () => {
      await serving(backend, {}, async (subject) => {
        const { client, connection } = await first(subject);
        const large = numbers(300 * KIB);
        const within = new Uint8Array([0, 0, 1, 2, 3, 0]).subarray(2, 5);
        const all = ['grün', Buffer.from('buffer'), within, '', new Uint8Array(0), large, 'end'];
        for (const data of all) connection.write(data);
        const expected = Buffer.concat(all.map((data) => (typeof data === 'string' ? Buffer.from(data) : data)));
        assert.equal(sha(await client.receive(expected.length)), sha(expected));
        client.close();
      });
    });

    it('sends nothing and drains at once when the data is empty', async () => {
      const turns: TurnRecord[] = [];
      await serving(backend, { timeoutSeconds: 0.05, onTurn: (turn) => turns.push(turn) }, async (subject) => {
        const { client, connection } = await first(subject);
        assert.equal(connection.write(''), true);
        await connection.drain();
        await setTimeout(200);
        assert.deepEqual([sends(turns), connection.bufferedBytes], [[], 0]);
        client.close();
      });
    });

    it('sends at once from a timer or a promise, in the middle of a wait', async () => {
      await serving(backend, {}, async (subject) => {
        const { client, connection } = await first(subject);
        await setTimeout(30);
        for (const later of [() => setTimeout(20), () => Promise.resolve()]) {
          await later();
          const began = performance.now();
          connection.write('now');
          await client.receive(3);
          assert.ok(performance.now() - began < AT_ONCE_MS);
        }
        assert.equal(subject.ticks, 0);
        client.close();
      });
    });

    it('sends at once from a timer, also when the kernel accepts only a part at first', async () => {
      await serving(backend, {}, async (subject) => {
        const { client, connection } = await first(subject);
        shrinkBuffers(connection, client);
        await setTimeout(30);
        const sent = numbers(400 * KIB);
        const began = performance.now();
        connection.write(sent);
        assert.equal(sha(await client.receive(sent.length)), sha(sent));
        assert.ok(performance.now() - began < 5000);
        assert.equal(subject.ticks, 0);
        client.close();
      });
    });
  });

  describe(`a server with limits of output on ${backend}`, () => {
    const stuck = async (
      options: object,
      test: (subject: Serving, client: Client, connection: Connection) => Promise<void>,
    ): Promise<void> => {
      await serving(backend, { timeoutSeconds: 0.1, drainSeconds: 1, ...options }, async (subject) => {
        const { client, connection } = await first(subject);
        shrinkBuffers(connection, client);
        await test(subject, client, connection);
        client.close();
      });
    };

    it('returns false from write() and stops reading, from highWaterBytes on until there is room', async () => {
      await stuck({ highWaterBytes: 1000 }, async (subject, client, connection) => {
        // Each queued piece counts 160 bytes beside its own: 500 + 160, then 320 + 160 more.
        assert.equal(connection.write(Buffer.alloc(500)), true);
        assert.equal(connection.write(Buffer.alloc(180)), false);
        assert.equal(connection.paused, true);
        connection.write(Buffer.alloc(300 * KIB));
        client.send('held up');
        await setTimeout(100);
        assert.deepEqual([subject.texts, connection.paused, subject.server.stats().paused], [[], true, 1]);
        let drained = false;
        const drain = connection.drain().then(() => (drained = true));
        await assertRest(subject, 0.1, 400);
        assert.equal(drained, false);
        await client.receive(680 + 300 * KIB);
        await drain;
        await subject.received(1);
        assert.deepEqual([subject.texts, connection.paused, connection.bufferedBytes], [['held up'], false, 0]);
      });
    });

    it('delivers the buffered requests when there is room again, also if no more input arrives', async () => {
      // Each single reply is more than highWaterBytes, and the client sends nothing more.
      const onMessage = (message: Buffer, connection: Connection): void => {
        connection.write(Buffer.alloc(70 * KIB, message));
      };
      await serving(backend, { framing: 'line', onMessage, timeoutSeconds: 0.1, drainSeconds: 1 }, async (subject) => {
        using client = subject.client('a\nb\nc\nd\n');
        const replies = await client.receive(4 * 70 * KIB);
        const starts = [0, 1, 2, 3].map((i) => String.fromCharCode(replies[i * 70 * KIB]!));
        assert.deepEqual([starts.join(''), subject.messages.length], ['abcd', 4]);
        await assertRest(subject, 0.1, 300);
      });
    });

    // A socket whose buffer is two thirds full is not writable, and still accepts a whole answer.
    it('ends a client that never reads, whatever the size of its answers', async () => {
      const answer = Buffer.alloc(100 * KIB);
      const options = {
        framing: 'line',
        timeoutSeconds: 0.05,
        writeStallSeconds: 0.3,
        onMessage: (_: Buffer, connection: Connection) => connection.write(answer),
      } as const;
      await serving(backend, options, async (subject) => {
        using client = subject.client();
        for (let count = 0; count < 100 && subject.reasons.length === 0; count++) {
          if (client.trySend(Buffer.from('request\nrequest\n')) === 0) break;
          await setTimeout(10);
        }
        await subject.ended(1);
        assert.deepEqual(subject.reasons, ['write-stall']);
      });
    });

    it('delivers the buffered requests, also if the client has ended its side, and then ends the connection', async () => {
      const onMessage = (_: Buffer, connection: Connection): void => {
        connection.write(Buffer.alloc(70 * KIB));
      };
      await serving(backend, { framing: 'line', onMessage, timeoutSeconds: 0.1, drainSeconds: 1 }, async (subject) => {
        using client = subject.client('a\nb\nc\nd\n');
        client.finish();
        await client.receive(4 * 70 * KIB);
        await subject.ended(1);
        assert.deepEqual([subject.messages.length, subject.reasons], [4, ['eof']]);
      });
    });

    it('stops reading while buffered requests wait for room, so that the input does not grow', async () => {
      let mostAhead = 0;
      const onMessage = (message: Buffer, connection: Connection): void => {
        connection.write(message);
        mostAhead = Math.max(mostAhead, connection.bytes - connection.messages * LINE_BYTES);
      };
      const lines = `${'x'.repeat(LINE_BYTES - 1)}\n`.repeat(400);
      await serving(backend, { framing: 'line', onMessage, highWaterBytes: 100 }, async (subject) => {
        using client = subject.client(lines);
        await client.receive(400 * (LINE_BYTES - 1));
        assert.equal(subject.messages.length, 400);
        assert.ok(mostAhead <= 64 * KIB + LINE_BYTES, `${mostAhead} bytes were read ahead`);
      });
    });

    it('ends the connection with write-stall above maxOutputBytes, and resolves drain()', async () => {
      await stuck({ maxOutputBytes: 200_000 }, async (subject, _, connection) => {
        // With the 160 bytes that the piece itself costs, these are exactly 200,000.
        connection.write(Buffer.alloc(199_840));
        const drain = connection.drain();
        assert.equal(connection.closed, false);
        assert.equal(connection.write(Buffer.alloc(200_001)), false);
        assert.deepEqual([subject.reasons, connection.closed], [['write-stall'], true]);
        await drain;
        assert.equal(connection.write('more'), false);
        await connection.drain();
      });
    });

    it('has no limit of output where the limit is 0', async () => {
      const large = 20 * KIB * KIB;
      await serving(backend, { highWaterBytes: 0, maxOutputBytes: 0 }, async (subject) => {
        const { client, connection } = await first(subject);
        assert.equal(connection.write(Buffer.alloc(large)), true);
        assert.equal(connection.paused, false);
        const received = client.receive(large);
        await connection.drain();
        assert.equal((await received).length, large);
        client.close();
      });
    });
  });

  describe(`end() on ${backend}`, () => {
    it('sends the end after the output; the client can still send', async () => {
      await serving(backend, {}, async (subject) => {
        const { client, connection } = await first(subject);
        connection.write('last ');
        connection.end('words');
        connection.end('again');
        assert.equal(String(await client.receive(10)), 'last words');
        assert.equal(await client.end(), 'eof');
        client.send('still heard');
        await subject.received(1);
        assert.deepEqual([subject.texts, subject.reasons], [['still heard'], []]);
        client.close();
        await subject.ended(1);
        assert.deepEqual(subject.reasons, ['closed']);
      });
    });

    it('makes later writes send nothing', async () => {
      await serving(backend, {}, async (subject) => {
        const { client, connection } = await first(subject);
        connection.end();
        assert.equal(connection.write('more'), false);
        assert.equal(await client.end(), 'eof');
        assert.equal(connection.write('more'), false);
        client.close();
        await subject.ended(1);
        assert.equal(connection.write('more'), false);
        connection.end('more');
        connection.close();
        assert.deepEqual(subject.reasons, ['closed']);
      });
    });

    it('waits for a slow reader', async () => {
      await serving(backend, {}, async (subject) => {
        const { client, connection } = await first(subject);
        shrinkBuffers(connection, client);
        const sent = numbers(300 * KIB);
        connection.end(sent);
        assert.equal(sha(await client.receive(sent.length)), sha(sent));
        assert.equal(await client.end(), 'eof');
        client.close();
        await subject.ended(1);
        assert.deepEqual(subject.reasons, ['closed']);
      });
    });

    it('ends the connection with drain-deadline when the client does not end its side within drainSeconds', async () => {
      await serving(backend, { timeoutSeconds: 0.05, drainSeconds: 0.3 }, async (subject) => {
        const { client, connection } = await first(subject);
        const began = performance.now();
        connection.end('x');
        await subject.ended(1);
        const ms = performance.now() - began;
        assert.deepEqual(subject.reasons, ['drain-deadline']);
        assert.ok(ms >= 295 && ms < 3000, `${ms} ms`);
        client.close();
      });
    });
  });

  describe(`urgent bytes on ${backend}`, () => {
    it('are passed to onExceptional, apart from the other bytes', async () => {
      const urgent: number[] = [];
      await serving(backend, { onExceptional: (byte) => urgent.push(byte) }, async (subject) => {
        using client = subject.client('before');
        await subject.received(1);
        client.socket.send(Buffer.from('!'), MSG_OOB);
        await until(() => urgent.length === 1);
        client.send('after');
        await subject.received(2);
        assert.deepEqual([urgent, subject.texts], [[0x21], ['before', 'after']]);
      });
    });

    it('are sent to the client before the buffered output', async () => {
      await serving(backend, {}, async (subject) => {
        const { client, connection } = await first(subject);
        assert.equal(connection.sendUrgent(7), true);
        await until(() => {
          try {
            return client.socket.recv(1, MSG_OOB)[0] === 7;
          } catch {
            return false;
          }
        });
        connection.close();
        assert.equal(connection.sendUrgent(7), false);
        client.close();
      });
    });

    it('end only the connection whose handler throws', async () => {
      const failure = new Error('urgent');
      const onExceptional = (): never => {
        throw failure;
      };
      await serving(backend, { onExceptional }, async (subject) => {
        using client = subject.client();
        using other = subject.client();
        await subject.connected(2);
        client.socket.send(Buffer.from('!'), MSG_OOB);
        await subject.ended(1);
        assert.deepEqual([subject.reasons, subject.errors], [['error'], [failure]]);
        other.send('fine');
        await subject.received(1);
      });
    });
  });
}
