import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import type { Connection, Server, ServerOptions } from '../../../src/server.ts';
import { backends, type Client, Serving, serverChild, serving } from '../../support/clients.ts';
import { countFds } from '../../support/fds.ts';

// Many lines behind each other are found together, before the handler gets the first of them.
const manyFound = `a\nb\nc\n${'x\n'.repeat(500)}`;

const failure = new Error('from a handler');
const fail = (): never => {
  throw failure;
};

// For each handler, options in which the handler acts on the first of two clients.
const perConnection = ['onConnection', 'onMessage'] as const;

for (const backend of backends) {
  describe(`a handler of a server on ${backend}`, () => {
    for (const name of perConnection) {
      const once = (act: (connection: Connection) => void) => {
        let first: Connection | undefined;
        return (...args: (Buffer | Connection)[]): void => {
          const connection = args.at(-1) as Connection;
          first ??= connection;
          if (connection === first) act(connection);
        };
      };

      const firstOnly = async (act: (connection: Connection) => void, reason: string): Promise<void> => {
        await serving(backend, { [name]: once(act) }, async (subject) => {
          using first = subject.client('first');
          await subject.ended(1);
          assert.deepEqual(subject.reasons, [reason]);
          assert.match(await first.end(), /^eof$|^ECONNRESET$/);
          using _second = subject.client('second');
          await subject.connected(2);
          while (!subject.texts.includes('second')) await setTimeout(5);
          assert.equal(subject.server.stats().connected, 1);
          assert.deepEqual(subject.errors, reason === 'error' ? [failure] : []);
        });
      };

      it(`may close its own connection in ${name}`, async () => {
        await firstOnly((connection) => {
          connection.close();
        }, 'closed');
      });

      it(`ends its own connection, and no other, when it throws in ${name}`, async () => {
        await firstOnly(fail, 'error');
      });
    }

    it('receives the next line of the same segment when its promise has settled, and not before', async () => {
      const events: string[] = [];
      const options: Partial<ServerOptions> = {
        framing: 'line',
        onMessage: async (message) => {
          events.push(`start ${message.toString()}`);
          await setTimeout(5);
          events.push(`end ${message.toString()}`);
        },
      };
      await serving(backend, options, async (subject) => {
        using _client = subject.client(manyFound);
        while (!events.includes('end c')) await setTimeout(5);
        subject.server.close();
      });
      assert.deepEqual(events.slice(0, 6), ['start a', 'end a', 'start b', 'end b', 'start c', 'end c']);
    });

    it('receives no further line of the same segment while its client has too much unsent output', async () => {
      const output = Buffer.alloc(2 ** 22, '.');
      let delivered = 0;
      const options: Partial<ServerOptions> = {
        framing: 'line',
        highWaterBytes: output.length,
        maxOutputBytes: 100 * output.length,
        onMessage: (_, connection) => {
          delivered++;
          connection.write(output);
        },
      };
      await serving(backend, options, async (subject) => {
        // The client reads nothing.
        using _client = subject.client(manyFound);
        while (delivered === 0) await setTimeout(5);
        await new Promise(setImmediate);
        // What the kernel takes makes room for the second line, which fills the queue beyond the kernel's buffer.
        await setTimeout(50);
        assert.ok(delivered <= 2, `${delivered} lines were delivered`);
      });
    });

    it('stops nothing when it throws in onDisconnect or onTick', async () => {
      const blamed: (Connection | undefined)[] = [];
      const options: Partial<ServerOptions> = {
        timeoutSeconds: 0.05,
        onDisconnect: fail,
        onTick: fail,
        onError: (_, connection) => blamed.push(connection),
      };
      await serving(backend, options, async (subject) => {
        using stays = subject.client('stays');
        await subject.received(1);
        subject.client('goes').close();
        await subject.ended(1);
        while (subject.ticks < 2) await setTimeout(5);
        stays.send('served');
        await subject.received(3);
        assert.equal(subject.server.stats().connected, 1);
        assert.deepEqual([...new Set(subject.errors)], [failure]);
        assert.deepEqual(new Set(blamed), new Set([subject.connections[1], undefined]));
      });
    });

    it('may close another connection that is ready in the same turn, and the next client with this fd is served', async () => {
      const late: Client[] = [];
      const fds: number[] = [];
      const subject: Serving = new Serving(backend, {
        timeoutSeconds: 0.1,
        onConnection: (connection) => fds.push(connection.fileno()),
        onMessage: (_, connection) => {
          if (late.length > 0) return;
          late.push(subject.client());
          for (const other of subject.connections) if (other !== connection) other.close();
        },
      });
      const clients = [subject.client('a'), subject.client('b')];
      const done = subject.server.serveForever();
      await subject.connected(3);
      assert.ok(fds.slice(0, 2).includes(fds[2]!), `the fds were ${fds.join(', ')}`);
      const before = subject.server.stats().turns;
      await setTimeout(300);
      const turns = subject.server.stats().turns - before;
      assert.ok(turns <= 5, `${turns} turns of 100 ms in 300 ms`);
      assert.deepEqual([subject.messages.length, subject.reasons, subject.errors], [1, ['closed'], []]);
      late[0]!.send('late');
      await subject.received(2);
      assert.equal(subject.texts[1], 'late');
      for (const client of [...clients, ...late]) client.close();
      subject.server.shutdown();
      await done;
    });

    const places: [where: string, options: (end: () => void) => Partial<ServerOptions>][] = [
      ['onConnection', (end) => ({ onConnection: end })],
      ['onMessage', (end) => ({ onMessage: end })],
      ['onMessage while accepting pauses', (end) => ({ onMessage: end, maxClients: 1 })],
      ['onDisconnect', (end) => ({ onDisconnect: end })],
      ['onTick', (end) => ({ onTick: end, timeoutSeconds: 0.02 })],
    ];
    for (const [where, options] of places) {
      for (const ending of ['shutdown', 'close'] as const satisfies (keyof Server)[]) {
        it(`may call ${ending}() in ${where}`, async () => {
          const before = countFds();
          const end = (): void => {
            subject.server[ending]();
          };
          const subject: Serving = new Serving(backend, options(end));
          const clients = [subject.client('a'), subject.client('b')];
          if (where === 'onDisconnect') clients[0]!.close();
          const began = performance.now();
          await subject.server.serveForever();
          assert.ok(performance.now() - began < 2000);
          for (const client of clients) client.close();
          assert.deepEqual(subject.errors, []);
          assert.equal(countFds(), before);
        });
      }
    }
  });
}

describe('an error that a handler of a server throws', () => {
  for (const [where, onError] of [
    ['when there is no onError', false],
    ['and so does an error that onError throws', true],
  ] as const) {
    it(`makes the process emit a warning ${where}`, async () => {
      using child = serverChild(warn, ['env', `ON_ERROR=${onError}`]);
      assert.deepEqual(await child.exit, { code: 0, signal: null }, child.stderr);
      assert.equal(child.stdout, 'served after\n');
      assert.match(child.stderr, onError ? /Error: from onError/ : /Error: from a handler[^]*Warning: a string/);
    });
  }
});

async function warn(
  { Server }: typeof import('../../../src/server.ts'),
  { createConnection }: typeof import('../../../src/socket.ts'),
): Promise<void> {
  let failures: unknown[] = [new Error('from a handler'), 'a string', Object.create(null)];
  const options = {
    onError: () => {
      throw new Error('from onError');
    },
  };
  const server = new Server({
    address: ['127.0.0.1', 0],
    onMessage: (message) => {
      if (failures.length === 0) {
        console.log(`served ${message.toString()}`);
        server.shutdown();
      }
      const failed = failures[0];
      failures = failures.slice(1);
      if (failed !== undefined) throw failed as Error;
    },
    ...(process.env.ON_ERROR === 'true' ? options : {}),
  });
  const done = server.serveForever();
  const address = ['127.0.0.1', Number(server.address()[1])] as const;
  const clients = [0, 1, 2, 3].map(() => createConnection(address));
  for (const client of clients) {
    const { messages } = server.stats();
    client.sendall(new TextEncoder().encode('after'));
    while (server.stats().messages === messages) await new Promise(setImmediate);
  }
  await done;
}
