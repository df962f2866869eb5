// Several clients are ready in one turn. One call of the addon makes the first recv of each, and one call their sends.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Connection, TurnRecord } from '../../../src/server.ts';
import * as sys from '../../../src/sys.ts';
import { until } from '../../support/child.ts';
import { backends, type Client, type Serving, serving } from '../../support/clients.ts';

const KIB = 1024;

// Returns clients that are accepted and have sent nothing.
async function clientsOf(subject: Serving, count: number): Promise<Client[]> {
  const clients = Array.from({ length: count }, () => subject.client());
  await subject.connected(count);
  await new Promise(setImmediate);
  return clients;
}

describe('a turn with one message', () => {
  it('reads the clock of the server once', async () => {
    let reads = 0;
    const clock = {
      nowMs: () => {
        reads++;
        return performance.now();
      },
    };
    await serving('epoll', { clock }, async (subject) => {
      const [client] = await clientsOf(subject, 1);
      const { turns } = subject.server.stats();
      reads = 0;
      client!.send('a');
      await subject.received(1);
      await new Promise(setImmediate);
      assert.deepEqual([reads, subject.server.stats().turns - turns], [1, 1]);
      client!.close();
    });
  });
});

for (const backend of backends) {
  describe(`a turn with several clients on ${backend}`, () => {
    it('delivers nothing from a client that the handler of another client has closed, but counts its bytes', async () => {
      const options = {
        onMessage: (_: Buffer, connection: Connection): void => {
          for (const other of subject.connections) if (other !== connection) other.close();
        },
      };
      let subject!: Serving;
      await serving(backend, options, async (served) => {
        subject = served;
        const clients = await clientsOf(subject, 3);
        for (const client of clients) client.send('hello');
        await subject.ended(2);
        await new Promise(setImmediate);
        assert.deepEqual([subject.texts, subject.errors], [['hello'], []]);
        assert.deepEqual(subject.reasons, ['closed', 'closed']);
        for (const client of clients) client.close();
      });
    });

    it('buffers the bytes of a client that the handler of another client has paused, until it is resumed', async () => {
      const options = {
        onMessage: (_: Buffer, connection: Connection): void => {
          if (subject.messages.length > 1) return;
          for (const other of subject.connections) if (other !== connection) other.pause();
        },
      };
      let subject!: Serving;
      await serving(backend, options, async (served) => {
        subject = served;
        const clients = await clientsOf(subject, 3);
        clients.forEach((client, index) => {
          client.send(`from ${index}`);
        });
        await subject.received(1);
        await new Promise(setImmediate);
        assert.equal(subject.messages.length, 1);
        for (const connection of subject.connections) connection.resume();
        await subject.received(3);
        assert.deepEqual(subject.texts.sort(), ['from 0', 'from 1', 'from 2']);
        for (const client of clients) client.close();
      });
    });

    it('keeps the messages of 200 clients apart, also those that handlers have kept', async () => {
      const count = 200;
      const options = { framing: 'line' } as const;
      await serving(backend, options, async (subject) => {
        const clients = await clientsOf(subject, count);
        const expected: string[] = [];
        for (let round = 0; round < 4; round++) {
          clients.forEach((client, index) => {
            // Every third line arrives in two turns, and every seventh line is empty.
            const line = index % 7 === 0 ? '' : `${round} of ${index}${'.'.repeat(index)}`;
            expected.push(line);
            client.send(index % 3 === 0 ? `${line}\nrest of ` : `${line}\n`);
          });
          await subject.received(expected.length);
          clients.forEach((client, index) => {
            if (index % 3 !== 0) return;
            expected.push(`rest of ${index}`);
            client.send(`${index}\n`);
          });
          await subject.received(expected.length);
        }
        assert.deepEqual(subject.texts.sort(), expected.sort());
        for (const client of clients) client.close();
      });
    });

    it('receives 64 KiB per turn from each of many clients, as from a single one', async () => {
      const size = 100 * KIB;
      await serving(backend, {}, async (subject) => {
        const clients = await clientsOf(subject, 5);
        clients.forEach((client, index) => {
          client.socket.setblocking(true);
          client.send(Buffer.alloc(size, 65 + index));
        });
        const bytes = (): number => subject.messages.reduce((sum, message) => sum + message.length, 0);
        await until(() => bytes() === 5 * size);
        assert.ok(subject.messages.every((message) => message.length <= 64 * KIB && new Set(message).size === 1));
        clients.forEach((_, index) => {
          const own = subject.messages.filter((message) => message[0] === 65 + index);
          assert.equal(Buffer.concat(own).length, size);
        });
        for (const client of clients) client.close();
      });
    });

    it('answers the others when one client reads nothing, one has gone, and one is closed by its own answer', async () => {
      const piece = Buffer.alloc(4000, 'x');
      const options = {
        framing: 'line',
        onMessage: (message: Buffer): void => {
          const { connections } = subject;
          if (String(message) !== 'all') return;
          for (const connection of connections) connection.write(piece);
          connections[2]!.end('bye');
        },
        maxOutputBytes: 64 * KIB * KIB,
        highWaterBytes: 0,
      } as const;
      let subject!: Serving;
      await serving(backend, options, async (served) => {
        subject = served;
        const clients = await clientsOf(subject, 5);
        const [caller, silent, ended, gone, reader] = clients as [Client, Client, Client, Client, Client];
        const received: number[] = [0, 0, 0];
        for (let round = 0; round < 2000; round++) {
          if (round === 10) gone.reset();
          caller.send('all\n');
          for (const [index, client] of [caller, ended, reader].entries())
            received[index]! += client.receiveAvailable().length;
          if (round % 8 === 0) await new Promise(setImmediate);
        }
        for (const [index, client] of [caller, ended, reader].entries()) {
          const due = index === 1 ? piece.length + 3 : 2000 * piece.length;
          if (received[index]! < due) received[index]! += (await client.receive(due - received[index]!)).length;
          assert.equal(received[index], due);
        }
        assert.ok(subject.connections[1]!.bufferedBytes > 0, 'the kernel accepted all of it');
        const late = await silent.receive(2000 * piece.length);
        assert.equal(late.length, 2000 * piece.length);
        assert.ok(late.every((byte) => byte === 120));
        await until(() => subject.connections[1]!.bufferedBytes === 0);
        assert.deepEqual(subject.errors, []);
        assert.equal(subject.connections[4]!.bytesSent, 2000 * piece.length);
        for (const client of clients) client.close();
      });
    });

    it('tries once per turn to send to a client that reads nothing', async () => {
      const piece = Buffer.alloc(500, 'x');
      const turns: TurnRecord[] = [];
      const options = {
        onTurn: (turn: TurnRecord): void => void turns.push(turn),
        onMessage: (): void => {
          for (const connection of subject.connections) connection.write(piece);
        },
        highWaterBytes: 0,
      };
      let subject!: Serving;
      await serving(backend, options, async (served) => {
        subject = served;
        const [caller, silent] = (await clientsOf(subject, 2)) as [Client, Client];
        while (subject.connections[1]!.bufferedBytes === 0) {
          caller.send('x');
          caller.receiveAvailable();
          await new Promise(setImmediate);
        }
        const { length } = turns;
        for (let round = 0; round < 5; round++) {
          caller.send('x');
          caller.receiveAvailable();
          await new Promise(setImmediate);
          await new Promise(setImmediate);
        }
        const fd = subject.connections[1]!.fileno();
        const tries = turns.slice(length).map(({ did }) => did.filter((a) => a.call === 'send' && a.fd === fd).length);
        assert.ok(tries.includes(1));
        assert.equal(Math.max(...tries), 1);
        for (const client of [caller, silent]) client.close();
      });
    });

    it('sends once when several handlers write to a client that has just become writable', async () => {
      const options = {
        framing: 'line',
        highWaterBytes: 0,
        onMessage: (message: Buffer): void => void subject.connections[1]!.write(`<${String(message)}>`),
      } as const;
      let subject!: Serving;
      await serving(backend, options, async (served) => {
        subject = served;
        const [first, reader, last] = (await clientsOf(subject, 3)) as [Client, Client, Client];
        const slow = subject.connections[1]!;
        let written = 0;
        while (slow.bufferedBytes === 0) {
          slow.write(Buffer.alloc(65_536, '.'));
          written += 65_536;
          await new Promise(setImmediate);
        }
        subject.server.hold();
        await until(() => subject.server.held);
        await new Promise(setImmediate);
        // All three are ready in the next turn.
        const receivedBytes = (await reader.receive(written - slow.bufferedBytes)).length;
        first.send('a\n');
        last.send('c\n');
        subject.server.release();
        const rest = await reader.receive(written - receivedBytes + 6);
        // Loopback may deliver the two lines in either order.
        assert.match(rest.subarray(written - receivedBytes).toString(), /^(<a><c>|<c><a>)$/);
        assert.deepEqual([slow.bufferedBytes, slow.bytesSent], [0, written + 6]);
        for (const client of [first, reader, last]) client.close();
      });
    });

    it('ends only the connection whose output buffer was detached', async () => {
      await serving(backend, { highWaterBytes: 0 }, async (subject) => {
        const clients = await clientsOf(subject, 2);
        const [full, other] = subject.connections as [Connection, Connection];
        const piece = new Uint8Array(3000);
        while (full.bufferedBytes === 0) {
          full.write(new Uint8Array(3000));
          await new Promise(setImmediate);
        }
        full.write(piece);
        structuredClone(piece, { transfer: [piece.buffer] });
        full.write('x');
        other.write('y');
        assert.equal((await clients[1]!.receive(1)).toString(), 'y');
        while (!full.closed) {
          clients[0]!.receiveAvailable();
          await new Promise(setImmediate);
        }
        assert.deepEqual([subject.reasons, other.closed], [['reset'], false]);
        for (const client of clients) client.close();
      });
    });

    it('never delivers bytes under the old client when a new client has got its fd, which other code closed', async () => {
      const options = {
        framing: 'line',
        onMessage: (message: Buffer, connection: Connection): void => {
          received.push(`${subject.connections.indexOf(connection)}: ${String(message)}`);
          if (String(message) === 'close') sys.close(subject.connections[1]!.fileno());
        },
      } as const;
      const received: string[] = [];
      let subject!: Serving;
      await serving(backend, options, async (served) => {
        subject = served;
        const clients = await clientsOf(subject, 3);
        subject.server.hold();
        await new Promise(setImmediate);
        await new Promise(setImmediate);
        clients[0]!.send('close\n');
        clients.push(subject.client('secret\n'));
        clients[1]!.send('b\n');
        clients[2]!.send('c\n');
        subject.server.release();
        await until(() => received.some((line) => line.endsWith('secret')));
        assert.ok(received.includes('3: secret'), received.join());
        assert.ok(!received.includes('1: secret'), received.join());
        for (const client of clients) client.close();
      });
    });

    it('records each recv and each send for onTurn', async () => {
      const turns: TurnRecord[] = [];
      const options = {
        onTurn: (turn: TurnRecord): void => void turns.push(turn),
        onMessage: (message: Buffer): void => void subject.connections.at(-1)!.write(message),
      };
      let subject!: Serving;
      await serving(backend, options, async (served) => {
        subject = served;
        const clients = await clientsOf(subject, 3);
        for (const client of clients) client.send('hello');
        await subject.received(3);
        await clients[2]!.receive(15);
        await until(() => turns.flatMap(({ did }) => did).some(({ call }) => call === 'send'));
        const did = turns.flatMap((turn) => turn.did).filter(({ call }) => call !== 'accept');
        const fds = subject.connections.map((connection) => connection.fileno());
        const of = (name: string): number[][] =>
          did.filter(({ call }) => call === name).map(({ fd, result }) => [fd, result]);
        assert.deepEqual(of('recv').sort(), fds.map((fd) => [fd, 5]).sort());
        assert.deepEqual(of('message').sort(), fds.map((fd) => [fd, 5]).sort());
        assert.equal(
          of('send').reduce((sum, [, result]) => sum + result!, 0),
          15,
        );
        for (const client of clients) client.close();
      });
    });
  });
}
