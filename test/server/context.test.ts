import assert from 'node:assert/strict';
import { AsyncLocalStorage, createHook, executionAsyncId, triggerAsyncId } from 'node:async_hooks';
import { once } from 'node:events';
import { connect, createServer, type Socket as NetSocket } from 'node:net';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { selectAsync } from '../../src/select.ts';
import { type Connection, DatagramServer, Server } from '../../src/server.ts';
import { SOCK_DGRAM, Socket } from '../../src/socket.ts';
import { until } from '../support/child.ts';
import { Client, Serving, serving } from '../support/clients.ts';
import { client, serving as servingRequests, tcpServer } from '../support/socketserver.ts';

const storage = new AsyncLocalStorage<string>();

// Serves in a context of its own while `test` runs.
async function servingAs(store: string, subject: Serving, test: () => Promise<void>): Promise<void> {
  const done = storage.run(store, () => subject.server.serveForever());
  try {
    await test();
  } finally {
    subject.server.shutdown();
    await done;
  }
}

before(async () => {
  // Nothing of the context of the first wait of a process may be seen later.
  await storage.run('Alice', () => selectAsync([], [], [], 0.01));
});

describe('AsyncLocalStorage in a Server', () => {
  it('shows no store when serveForever was called without one', async () => {
    const seen: unknown[] = [];
    const subject = new Serving('select', { framing: 'line', onMessage: () => seen.push(storage.getStore()) });
    const done = subject.server.serveForever();
    using one = subject.client('a\n');
    await subject.received(1);
    subject.server.shutdown();
    await done;
    one.close();
    assert.deepEqual(seen, [undefined]);
  });

  it('shows the store of serveForever to each handler, wherever the event comes from', async () => {
    const seen: Record<string, unknown> = {};
    const see = (name: string): void => {
      seen[name] = storage.getStore();
    };
    const subject = new Serving('select', {
      framing: 'line',
      timeoutSeconds: 0.01,
      onConnection: () => {
        see('onConnection');
      },
      onMessage: async (message) => {
        see('onMessage');
        await setTimeout(1);
        see('onMessage after an await');
        if (message.toString() === 'fail') throw new Error('expected');
      },
      onError: () => {
        see('onError');
      },
      onDisconnect: (_, reason) => {
        see(`onDisconnect, ${reason}`);
      },
      onTick: () => {
        see('onTick');
      },
      onTurn: () => {
        see('onTurn');
      },
    });
    await servingAs('serve', subject, async () => {
      using one = subject.client('a\n');
      using failing = subject.client('fail\n');
      await subject.ended(1);
      await subject.received(2);
      await until(() => subject.ticks > 0);
      storage.run('closes', () => {
        subject.connections.find((each) => !each.closed)?.close();
      });
      await subject.ended(2);
      one.close();
      failing.close();
    });
    const names = ['onConnection', 'onMessage', 'onMessage after an await', 'onError', 'onTick', 'onTurn'];
    const all = [...names, 'onDisconnect, error', 'onDisconnect, closed'];
    assert.deepEqual(seen, Object.fromEntries(all.map((name) => [name, 'serve'])));
  });

  it('shows the store of serveForever to a watcher that chooses turns', async () => {
    const seen: unknown[] = [];
    const ignore = (): void => undefined;
    const wants = (): boolean => {
      seen.push(storage.getStore());
      return false;
    };
    const watcher = { waiting: ignore, wants, waited: ignore, turned: ignore, held: ignore };
    const subject = new Serving('select', { watcher });
    await servingAs('serve', subject, async () => {
      using one = subject.client('a');
      await subject.received(1);
      one.close();
    });
    assert.ok(seen.length > 0 && seen.every((store) => store === 'serve'), seen.join());
  });

  it('does not show one client what the handler of another has entered', async () => {
    const seen: unknown[] = [];
    const subject = new Serving('select', {
      framing: 'line',
      onMessage: (message) => {
        seen.push(storage.getStore());
        storage.enterWith(message.toString());
      },
    });
    await servingAs('serve', subject, async () => {
      // Both clients are ready in the same turn.
      using one = subject.client('a\n');
      using other = subject.client('b\n');
      await subject.received(2);
      using third = subject.client('c\n');
      await subject.received(3);
      for (const each of [one, other, third]) each.close();
    });
    assert.deepEqual(seen, ['serve', 'serve', 'serve']);
  });

  it('shows the body of a for await loop its own store', async () => {
    const server = new Server({ address: ['127.0.0.1', 0], framing: 'line' });
    const messages = storage.run('maker', () => server.messages());
    const seen = await storage.run('consumer', async () => {
      const stores: unknown[] = [];
      using one = new Client(server.address(), 'a\nb\n');
      for await (const { message } of messages) {
        stores.push(storage.getStore());
        if (message.toString() === 'b') break;
      }
      one.close();
      return stores;
    });
    assert.deepEqual(seen, ['consumer', 'consumer']);
  });

  it('shows the store of serveForever to the handlers of a DatagramServer', async () => {
    const seen: unknown[] = [];
    const server = new DatagramServer({
      address: ['127.0.0.1', 0],
      onMessage: () => {
        seen.push(storage.getStore());
        storage.enterWith('entered');
        if (seen.length === 2) server.shutdown();
      },
    });
    const done = storage.run('serve', () => server.serveForever());
    using sock = new Socket(-1, SOCK_DGRAM);
    for (const text of ['a', 'b']) sock.sendto(Buffer.from(text), server.address() as [string, number]);
    await done;
    assert.equal(seen[0], 'serve');
    assert.notEqual(seen[1], 'Alice');
  });

  it('shows the store of serveForeverAsync to a handler of socketserver', async () => {
    const seen: unknown[] = [];
    const requests = tcpServer(async () => {
      seen.push(storage.getStore());
      await setTimeout(1);
      seen.push(storage.getStore());
    });
    await storage.run('serve', () =>
      servingRequests(requests, async (server) => {
        using one = client(server, 'a');
        await until(() => seen.length === 2);
        one.close();
      }),
    );
    assert.deepEqual(seen, ['serve', 'serve']);
  });
});

describe('async_hooks in a Server', () => {
  // What two clients see: the ids of execution and trigger in each handler.
  type Ids = [execution: number, trigger: number][];

  async function idsOfServer(): Promise<Map<unknown, Ids>> {
    const ids = new Map<unknown, Ids>();
    const note = (connection: Connection): void => {
      ids.set(connection, [...(ids.get(connection) ?? []), [executionAsyncId(), triggerAsyncId()]]);
    };
    const subject = new Serving('epoll', {
      framing: 'line',
      onMessage: (_, connection) => {
        note(connection);
      },
    });
    await servingAs('serve', subject, async () => {
      using one = subject.client('a\n');
      using other = subject.client('b\n');
      await subject.received(2);
      one.send('c\n');
      other.send('d\n');
      await subject.received(4);
    });
    return ids;
  }

  async function idsOfNet(): Promise<Map<unknown, Ids>> {
    const ids = new Map<unknown, Ids>();
    const server = createServer((socket: NetSocket) => {
      socket.on('data', () => {
        ids.set(socket, [...(ids.get(socket) ?? []), [executionAsyncId(), triggerAsyncId()]]);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const clients = [0, 1].map(() => connect((server.address() as { port: number }).port, '127.0.0.1'));
    const messages = (): number => [...ids.values()].reduce((sum, { length }) => sum + length, 0);
    for (const count of [2, 4]) {
      for (const each of clients) each.write('x');
      await until(() => messages() === count);
    }
    for (const each of clients) each.destroy();
    server.close();
    await once(server, 'close');
    return ids;
  }

  // Numbers the ids in the order of their first appearance, so that only their relations are compared.
  function relations(ids: Map<unknown, Ids>): number[][][] {
    const names = new Map([[0, 0]]);
    const nameOf = (id: number): number => {
      if (!names.has(id)) names.set(id, names.size);
      return names.get(id)!;
    };
    return [...ids.values()].map((each) => each.map((pair) => pair.map(nameOf)));
  }

  it('is destroyed once when its connection has ended', async () => {
    const contexts = new Set<number>();
    const destroyed: number[] = [];
    const hook = createHook({
      init: (id, type) => {
        if (type === 'TripollConnection') contexts.add(id);
      },
      destroy: (id) => {
        if (contexts.has(id)) destroyed.push(id);
      },
    }).enable();
    try {
      await serving('epoll', {}, async (subject) => {
        using client = subject.client('x');
        await subject.received(1);
        assert.deepEqual([contexts.size, destroyed.length], [1, 0]);
        client.close();
        await subject.ended(1);
        await until(() => destroyed.length > 0);
      });
      assert.deepEqual(destroyed, [...contexts]);
    } finally {
      hook.disable();
    }
  });

  it('has one execution id for each connection, as with node:net, and the id of the server as the trigger', async () => {
    const [server, net] = [relations(await idsOfServer()), relations(await idsOfNet())];
    assert.deepEqual(server[0], [
      [1, 2],
      [1, 2],
    ]);
    assert.deepEqual(server[1], [
      [3, 2],
      [3, 2],
    ]);
    // In node:net each connection has an id of its own, too; its trigger may be the id of the connection's first event.
    assert.equal(new Set(net.flat().map(([execution]) => execution)).size, 2);
    assert.ok(net.flat(2).every((id) => id !== 0));
  });
});
