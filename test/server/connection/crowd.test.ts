import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Connection } from '../../../src/server.ts';
import * as sys from '../../../src/sys.ts';
import { until } from '../../support/child.ts';
import { backends, serving, shrinkBuffers } from '../../support/clients.ts';
import { MovedClock } from '../../support/clock.ts';

const KIB = 1024;
const common = { framing: 'line', timeoutSeconds: 0.02 } as const;

for (const backend of backends) {
  // One after the other: the memory of the process and the numbers of fds are looked at.
  describe(`a server with many clients on ${backend}`, () => {
    it('stops reading from those that hold the most when maxTotalBytes is reached, and serves the others', async () => {
      const clock = new MovedClock();
      const options = { ...common, maxTotalBytes: 1024 * KIB, messageSeconds: 60, clock };
      await serving(backend, options, async (subject) => {
        const hoarders = Array.from({ length: 10 }, () => subject.client());
        for (const hoarder of hoarders) hoarder.trySend(Buffer.alloc(900 * KIB, 'x'));
        await subject.connected(hoarders.length);
        await until(() => subject.server.stats().paused > 0);
        await clock.move(1, subject);
        const { bytes } = subject.server.stats();
        // The limit, and one recv more of each client.
        assert.ok(bytes <= (1024 + 64 * hoarders.length) * KIB, `${bytes} bytes`);
        using honest = subject.client('asked\n');
        await subject.received(1);
        assert.deepEqual([subject.texts, subject.reasons], [['asked'], []]);
        // An unfinished message has its deadline also when the server does not read: nothing else would free the memory.
        await clock.move(61, subject);
        assert.ok(subject.reasons.length > 0 && subject.reasons.every((reason) => reason === 'message-timeout'));
        honest.send('again\n');
        await subject.received(2);
        for (const hoarder of hoarders) hoarder.close();
      });
    });

    it('reads on from a client that it had stopped reading from when others have freed their memory', async () => {
      await serving(backend, { ...common, maxTotalBytes: 512 * KIB, maxMessageBytes: 2048 * KIB }, async (subject) => {
        using first = subject.client();
        using second = subject.client();
        first.trySend(Buffer.alloc(200 * KIB, 'a'));
        const sent = second.trySend(Buffer.alloc(200 * KIB, 'b'));
        await until(() => subject.server.stats().paused > 0);
        first.reset();
        await subject.ended(1);
        await until(() => [...subject.server.connections].every(({ bytes }) => bytes === sent));
        second.send('\n');
        await subject.received(1);
        assert.equal(subject.messages[0]!.length, sent);
      });
    });

    it('counts what it costs to hold small pieces of output, and joins them', async () => {
      await serving(backend, { ...common, maxOutputBytes: 0, highWaterBytes: 0 }, async (subject) => {
        using client = subject.client('start\n');
        await subject.received(1);
        const [connection] = subject.connections as [Connection];
        shrinkBuffers(connection, client);
        connection.write(Buffer.alloc(4000 * KIB));
        await until(() => connection.bufferedBytes > 0 && connection.bytesSent > 0);
        const before = process.memoryUsage.rss();
        for (let index = 0; index < 200_000; index++) connection.write('\n');
        const grown = process.memoryUsage.rss() - before;
        // One Buffer for each of them would take more than 20 MB.
        assert.ok(grown < 10_000 * KIB, `${grown} bytes for 200,000`);
        const received = await client.receive(4000 * KIB + 200_000);
        assert.ok(received.subarray(4000 * KIB).every((byte) => byte === 10));
      });
    });

    it('ends a connection with reset while its handler is busy, and also while it is paused', async () => {
      const never = new Promise(() => undefined);
      const onMessage = (message: Buffer, connection: Connection): unknown => {
        if (message.toString() === 'busy') return never;
        connection.pause();
        return undefined;
      };
      await serving(backend, { ...common, onMessage }, async (subject) => {
        const clients = ['busy\n', 'pause\n', 'busy\n', 'pause\n'].map((text) => subject.client(text));
        await subject.received(clients.length);
        for (const client of clients) client.reset();
        await subject.ended(clients.length);
        assert.deepEqual(new Set(subject.reasons), new Set(['reset']));
        assert.equal(subject.server.connections.size, 0);
      });
    });

    it('ends a connection whose fd somebody closed, and whose number another client has, and closes nothing', async () => {
      const clock = new MovedClock();
      await serving(backend, { ...common, framing: 'chunk', idleSeconds: 10, clock }, async (subject) => {
        using robbed = subject.client('first');
        await subject.received(1);
        const [connection] = subject.connections as [Connection];
        const fd = connection.fileno();
        // They wait to be accepted in the next turn, and the first of them gets the number.
        const others = Array.from({ length: 4 }, (_, index) => subject.client(`${index}`));
        sys.close(fd);
        await subject.received(5);
        assert.deepEqual([subject.reasons, connection.closed], [['reset'], true]);
        assert.ok(subject.connections.slice(1).some((other) => other.fileno() === fd));
        await clock.move(9, subject);
        for (const other of others) other.send('again');
        await subject.received(9);
        await clock.move(2, subject);
        assert.deepEqual(subject.reasons, ['reset']);
        robbed.close();
        for (const other of others) other.close();
      });
    });
  });
}
