import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import type { Connection, ServerOptions } from '../../src/server.ts';
import { until } from '../support/child.ts';
import { assertRest, backends, Serving, serverChild, serving } from '../support/clients.ts';

const TIMEOUT_SECONDS = 0.1;
const AT_ONCE_MS = 1000;

/** Promises that the test settles, one for each message. */
class Gate {
  readonly #opens: ((error?: Error) => void)[] = [];

  get waiting(): number {
    return this.#opens.length;
  }

  wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#opens.push((error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  open(error?: Error): void {
    this.#opens.shift()?.(error);
  }
}

for (const backend of backends) {
  describe(`a promise that onMessage returns, on ${backend}`, () => {
    it('delays the next message of its own connection, and no other', async () => {
      const gate = new Gate();
      const onMessage = (message: Buffer): unknown => (message.toString().startsWith('slow') ? gate.wait() : undefined);
      await serving(backend, { framing: 'line', timeoutSeconds: TIMEOUT_SECONDS, onMessage }, async (subject) => {
        using slow = subject.client('slow 1\nslow 2\nslow 3\n');
        using other = subject.client('a\n');
        await subject.received(2);
        slow.send('slow 4\n');
        other.send('b\nc\n');
        await subject.received(4);
        assert.deepEqual(subject.texts.toSorted(), ['a', 'b', 'c', 'slow 1']);
        assert.equal(subject.server.stats().paused, 1);
        await assertRest(subject, TIMEOUT_SECONDS, 300);
        for (let i = 2; i <= 4; i++) {
          gate.open();
          await until(() => subject.texts.at(-1) === `slow ${i}`);
          assert.equal(gate.waiting, 1);
        }
        gate.open();
        await until(() => subject.server.stats().paused === 0);
      });
    });

    it('ends its connection with error when it is rejected, and is reported; the others go on', async () => {
      const failure = new Error('rejected');
      const gate = new Gate();
      const onMessage = (message: Buffer): unknown => (message.toString() === 'bad' ? gate.wait() : undefined);
      await serving(backend, { onMessage }, async (subject) => {
        using _bad = subject.client('bad');
        using good = subject.client();
        await subject.received(1);
        gate.open(failure);
        await subject.ended(1);
        assert.deepEqual([subject.reasons, subject.errors], [['error'], [failure]]);
        good.send('good');
        await subject.received(2);
      });
    });

    it('is also reported when it is rejected after its connection has ended', async () => {
      const failure = new Error('late');
      const gate = new Gate();
      await serving(backend, { onMessage: () => gate.wait() }, async (subject) => {
        using _client = subject.client('x');
        await subject.received(1);
        subject.connections[0]!.close();
        gate.open(failure);
        await until(() => subject.errors.length === 1);
        assert.deepEqual([subject.reasons, subject.errors], [['closed'], [failure]]);
      });
    });

    it('may be any thenable, also one that settles at once or throws', async () => {
      const failure = new Error('from then');
      const thenables: Record<string, unknown> = {
        now: {
          then(done: () => void) {
            done();
          },
        },
        bad: {
          then() {
            throw failure;
          },
        },
      };
      const onMessage = (message: Buffer): unknown => thenables[message.toString()];
      await serving(backend, { framing: 'line', onMessage }, async (subject) => {
        using good = subject.client('now\nnow\nnow\n');
        await subject.received(3);
        using _bad = subject.client('bad\n');
        await subject.ended(1);
        assert.deepEqual([subject.reasons, subject.errors], [['error'], [failure]]);
        good.send('still\n');
        await subject.received(5);
      });
    });

    it('may send replies after the client has ended its side; the reason is then eof', async () => {
      const onMessage = async (message: Buffer, connection: Connection): Promise<void> => {
        await setTimeout(50);
        connection.write(`${message.toString()}!`);
      };
      await serving(backend, { framing: 'line', timeoutSeconds: TIMEOUT_SECONDS, onMessage }, async (subject) => {
        using client = subject.client('a\nb\nc\n');
        client.finish();
        assert.equal(String(await client.receive(6)), 'a!b!c!');
        assert.equal(await client.end(), 'eof');
        assert.deepEqual(subject.reasons, ['eof']);
      });
    });

    it('does not make a client idle that has sent something while it was pending', async () => {
      const onMessage = (): Promise<void> => setTimeout(400);
      const options = { timeoutSeconds: 0.05, idleSeconds: 0.2, drainSeconds: 1, onMessage };
      await serving(backend, options, async (subject) => {
        using client = subject.client('one');
        await subject.received(1);
        client.send('two');
        await subject.received(2);
        assert.deepEqual([subject.texts, subject.reasons], [['one', 'two'], []]);
        await subject.ended(1);
        assert.deepEqual(subject.reasons, ['idle']);
      });
    });
  });

  describe(`a paused connection on ${backend}`, () => {
    it('delivers nothing until it is resumed, by a handler or by other code', async () => {
      const onMessage = (_: Buffer, connection: Connection): void => {
        connection.pause();
      };
      await serving(backend, { framing: 'line', onMessage }, async (subject) => {
        using client = subject.client('a\nb\n');
        await subject.received(1);
        const [connection] = subject.connections;
        client.send('c\n');
        await setTimeout(50);
        assert.deepEqual([subject.texts, connection!.paused], [['a'], true]);
        for (const [i, text] of ['b', 'c'].entries()) {
          const began = performance.now();
          connection!.resume();
          await subject.received(i + 2);
          assert.ok(performance.now() - began < AT_ONCE_MS);
          assert.equal(subject.texts.at(-1), text);
        }
        assert.equal(subject.ticks, 0);
        // A shutdown would wait for a paused connection until the drain deadline: it may have unread messages.
        connection!.close();
      });
    });

    it('delivers no more of many lines that arrived together, and neither does a closed connection', async () => {
      const lines = Array.from({ length: 500 }, (_, i) => `line ${i} of those that are found together`);
      const onMessage = (message: Buffer, connection: Connection): void => {
        if (message.includes('line 99 ')) connection.pause();
        if (message.includes('line 199 ')) connection.close();
      };
      await serving(backend, { framing: 'line', onMessage }, async (subject) => {
        using client = subject.client(lines.join('\n'));
        await subject.received(100);
        client.send('\n');
        await setTimeout(50);
        assert.deepEqual(subject.texts, lines.slice(0, 100));
        subject.connections[0]!.resume();
        await subject.ended(1);
        assert.deepEqual(subject.texts, lines.slice(0, 200));
      });
    });

    it('can still be written to', async () => {
      const onConnection = (connection: Connection): void => {
        connection.pause();
      };
      await serving(backend, { onConnection }, async (subject) => {
        using client = subject.client('unread');
        await subject.connected(1);
        subject.connections[0]!.write('hello');
        assert.equal(String(await client.receive(5)), 'hello');
        assert.deepEqual(subject.texts, []);
        subject.connections[0]!.close();
      });
    });

    it('causes no needless turns, whatever its client does, and delivers everything when it is resumed', async () => {
      const acts = [
        ['finish', 'eof'],
        ['close', 'eof'],
        ['reset', 'reset'],
      ] as const;
      await Promise.all(
        acts.map(([act, reason]) => {
          const options: Partial<ServerOptions> = {
            timeoutSeconds: TIMEOUT_SECONDS,
            onConnection: (connection) => {
              connection.pause();
            },
          };
          return serving(backend, options, async (subject) => {
            const client = subject.client('sent');
            await subject.connected(1);
            client[act]();
            await assertRest(subject, TIMEOUT_SECONDS, 400);
            assert.deepEqual([subject.texts, subject.reasons], [[], []]);
            subject.connections[0]!.resume();
            await subject.ended(1);
            assert.deepEqual([subject.texts.join(''), subject.reasons], ['sent', [reason]]);
            client.close();
          });
        }),
      );
    });

    it('lets the next client in at once when it is closed in the middle of a wait', async () => {
      const onConnection = (connection: Connection): void => {
        connection.pause();
      };
      await serving(backend, { maxClients: 1, onConnection, timeoutSeconds: 5 }, async (subject) => {
        using _first = subject.client('found ready once');
        await subject.connected(1);
        using _second = subject.client();
        await setTimeout(50);
        const began = performance.now();
        subject.connections[0]!.close();
        await subject.connected(2);
        assert.ok(performance.now() - began < AT_ONCE_MS);
        subject.connections[1]!.close();
      });
    });
  });

  describe(`messages() on ${backend}`, () => {
    it('yields the next message of a connection when the loop has handled the one before', async () => {
      const subject = new Serving(backend, { framing: 'line', timeoutSeconds: TIMEOUT_SECONDS });
      const lines = Array.from({ length: 20 }, (_, i) => `${i}\n`).join('');
      using client = subject.client(lines);
      const seen: string[] = [];
      for await (const { message, connection } of subject.server.messages()) {
        assert.equal(subject.server.stats().messages, seen.length + 1);
        seen.push(message.toString());
        if (seen.length % 5 === 0) await setTimeout(10);
        connection.write(`${message.toString()}\n`);
        if (seen.length === 20) break;
      }
      assert.equal(seen.join(), Array.from({ length: 20 }, (_, i) => i).join());
      assert.equal(String(await client.receive(lines.length)), lines);
      assert.deepEqual([subject.reasons, subject.server.listening], [['closed'], false]);
    });

    it('ends the server at once when the loop ends, also if messages of others wait', async () => {
      for (const exit of ['break', 'throw']) {
        const subject = new Serving(backend, { framing: 'line' });
        const clients = ['a', 'b', 'c'].map((name) => subject.client(`${name}\n${name}\n`));
        const failure = new Error('from the loop');
        const began = performance.now();
        try {
          for await (const _ of subject.server.messages()) {
            await until(() => subject.server.stats().messages === 3);
            if (exit === 'break') break;
            throw failure;
          }
        } catch (error) {
          assert.equal(error, failure);
        }
        assert.ok(performance.now() - began < 3000);
        assert.deepEqual(subject.reasons, ['closed', 'closed', 'closed']);
        for (const client of clients) client.close();
      }
    });

    it('ends when the server is shut down while it waits for a message', async () => {
      const subject = new Serving(backend);
      globalThis.setTimeout(() => {
        subject.server.shutdown();
      }, 30);
      const began = performance.now();
      for await (const _ of subject.server.messages()) assert.fail('there was no message');
      assert.ok(performance.now() - began < AT_ONCE_MS);
    });

    it('yields the messages that arrived before a shutdown', async () => {
      const subject = new Serving(backend, { framing: 'line' });
      using _client = subject.client('a\nb\nc\n');
      const seen: string[] = [];
      for await (const { message } of subject.server.messages()) {
        seen.push(message.toString());
        subject.server.shutdown();
        await setTimeout(5);
      }
      assert.deepEqual(seen, ['a', 'b', 'c']);
    });

    it('throws when the server already serves, and does not disturb it', async () => {
      await serving(backend, {}, async (subject) => {
        await assert.rejects(subject.server.messages().next(), new Error('the server is listening already'));
        using _client = subject.client('served');
        await subject.received(1);
      });
    });
  });

  describe(`a handler of onTurn on ${backend}`, () => {
    for (const ending of ['shutdown', 'close'] as const) {
      it(`ends the server at once with ${ending}()`, async () => {
        const began = performance.now();
        let turns = 0;
        const subject: Serving = new Serving(backend, {
          timeoutSeconds: 10,
          onTurn: () => {
            if (++turns === 2) subject.server[ending]();
          },
        });
        const done = subject.server.serveForever();
        using client = subject.client();
        await subject.connected(1);
        client.send('x');
        await done;
        assert.ok(performance.now() - began < 5000);
        assert.deepEqual(subject.reasons, ['closed']);
      });
    }
  });
}

describe('serveForeverBlocking', { concurrency: true }, () => {
  for (const backend of backends) {
    it(`echoes, and ends when a handler shuts it down (${backend})`, async () => {
      using child = serverChild(blocking, ['env', `BACKEND=${backend}`]);
      assert.deepEqual(await child.exit, { code: 0, signal: null }, child.stderr);
      const { echoed, reasons, blocked } = JSON.parse(child.stdout) as Record<string, unknown>;
      assert.deepEqual({ echoed, reasons, blocked }, { echoed: 'echo', reasons: ['error', 'closed'], blocked: true });
      assert.match(child.stderr, /TypeError: onMessage returned a promise/);
    });
  }
});

// The clients send before the server starts, and receive after it has ended, because it blocks the thread.
async function blocking(
  { Server }: typeof import('../../src/server.ts'),
  { createConnection }: typeof import('../../src/socket.ts'),
): Promise<void> {
  const reasons: string[] = [];
  const server = new Server({
    address: ['127.0.0.1', 0],
    backend: process.env.BACKEND as 'select',
    timeoutSeconds: 0.2,
    onMessage: (message, connection) => {
      if (message.toString() === 'promise') return Promise.resolve();
      return connection.write(message);
    },
    onDisconnect: (_, reason) => reasons.push(reason),
    onTick: () => {
      server.shutdown();
    },
  });
  const address = ['127.0.0.1', Number(server.address()[1])] as const;
  const client = createConnection(address);
  client.sendall(new TextEncoder().encode('echo'));
  const other = createConnection(address);
  other.sendall(new TextEncoder().encode('promise'));
  let timers = 0;
  setImmediate(() => timers++);
  server.serveForeverBlocking();
  const blocked = timers === 0;
  const echoed = client.recv(100).toString();
  client.close();
  other.close();
  await new Promise(setImmediate);
  console.log(JSON.stringify({ echoed, reasons, blocked }));
}
