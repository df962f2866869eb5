import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { type Connection, DatagramServer, Server, type ServerOptions, type TurnWatcher } from '../../src/server.ts';
import { AF_INET, createConnection, SOCK_DGRAM, Socket } from '../../src/socket.ts';
import { until } from '../support/child.ts';
import { Client, serverChild } from '../support/clients.ts';
import { promiseWithBadThen } from '../support/hostile-promises.ts';
import { withFdLimit } from '../support/programs.ts';

const ADDRESS = ['127.0.0.1', 0] as const;
const failure = new Error('from an async handler');

const rejectLater = async (): Promise<never> => {
  await setTimeout(1);
  throw failure;
};

const quietWatcher: TurnWatcher = {
  waiting: () => undefined,
  wants: () => true,
  waited: () => undefined,
  turned: () => undefined,
  held: () => undefined,
};

interface Reported {
  error: unknown;
  connection: Connection | undefined;
}

/** Serves two clients, the first of which sends an urgent byte, and then makes one more turn after a pause. */
async function reportsOf(options: Partial<ServerOptions>): Promise<{ reported: Reported[]; served: number }> {
  const reported: Reported[] = [];
  const server = new Server({
    address: ADDRESS,
    timeoutSeconds: 0.02,
    ...options,
    onError: (error, connection) => reported.push({ error, connection }),
  });
  const done = server.serveForever();
  using first = new Client(server.address(), 'first');
  first.socket.send(Buffer.from('!'), 1);
  await until(() => reported.length > 0 || server.stats().messages > 0);
  first.close();
  await until(() => server.stats().connected === 0);
  server.hold();
  await setTimeout(5);
  server.release();
  await until(() => reported.length > 0);
  const before = server.stats().clients;
  using second = new Client(server.address(), 'second');
  await until(() => server.stats().clients > before);
  second.close();
  server.shutdown();
  await done;
  return { reported, served: server.stats().clients };
}

describe('an async handler of a server that rejects is reported to onError, and the server goes on:', () => {
  const connectionHandlers = ['onConnection', 'onMessage', 'onBatch', 'onExceptional', 'onDisconnect'] as const;
  for (const name of connectionHandlers) {
    it(name, async () => {
      const { reported, served } = await reportsOf({ [name]: rejectLater });
      assert.ok(reported.every(({ error }) => error === failure));
      assert.ok(reported.every(({ connection }) => connection?.closed));
      assert.equal(served, 2);
    });
  }

  for (const name of ['onTick', 'onTurn'] as const) {
    it(name, async () => {
      const { reported } = await reportsOf({ [name]: rejectLater });
      assert.ok(reported.every(({ error, connection }) => error === failure && connection === undefined));
    });
  }

  it('onExhausted', async () => {
    using child = serverChild(exhausted, withFdLimit(128));
    assert.deepEqual(await child.exit, { code: 0, signal: null }, child.stderr);
    assert.equal(child.stdout, 'reported: EMFILE\n');
    assert.equal(child.stderr, '');
  });
});

async function exhausted(
  { Server }: typeof import('../../src/server.ts'),
  { createConnection }: typeof import('../../src/socket.ts'),
): Promise<void> {
  const { closeSync, openSync } = await import('node:fs');
  let openFds: number[] = [];
  const server = new Server({
    address: ['127.0.0.1', 0],
    onMessage: () => undefined,
    onExhausted: async (code) => {
      await Promise.resolve();
      throw new Error(code);
    },
    onError: (error) => {
      for (const fd of openFds) closeSync(fd);
      openFds = [];
      console.log(`reported: ${(error as Error).message}`);
      server.shutdown();
    },
  });
  const done = server.serveForever();
  const client = createConnection(['127.0.0.1', Number(server.address()[1])]);
  try {
    for (;;) openFds.push(openSync('/dev/null', 'r'));
  } catch {
    // EMFILE: all fds are open.
  }
  await done;
  client.close();
}

describe('a watcher whose method fails is reported to onError, and the server goes on:', () => {
  const throwNow = (): never => {
    throw failure;
  };
  for (const name of ['waiting', 'waited', 'turned', 'held'] as const) {
    for (const [how, method] of [
      ['throws', throwNow],
      ['rejects', rejectLater],
    ] as const) {
      it(`${name} ${how}`, async () => {
        const { reported } = await reportsOf({ watcher: { ...quietWatcher, [name]: method } });
        assert.ok(reported.every(({ error }) => error === failure));
      });
    }
  }

  it('wants throws', async () => {
    const { reported } = await reportsOf({ watcher: { ...quietWatcher, wants: throwNow } });
    assert.ok(reported.every(({ error }) => error === failure));
  });

  it('wants is async, which is a mistake', async () => {
    const wants = rejectLater as unknown as TurnWatcher['wants'];
    const { reported } = await reportsOf({ watcher: { ...quietWatcher, wants } });
    assert.match(String(reported[0]!.error), /^TypeError: wants returned a promise/);
  });
});

it('a framing function that is async ends its connection with a TypeError that says so', async () => {
  const framing = rejectLater as unknown as () => number;
  const { reported } = await reportsOf({ framing, onMessage: () => undefined });
  assert.match(String(reported[0]!.error), /^TypeError: framing function: the result is a promise/);
  assert.ok(reported[0]!.connection?.closed);
});

describe('an error of onError becomes a warning of the process', () => {
  const hostile = {
    toString: () => {
      throw failure;
    },
  };
  const kinds: [what: string, onError: () => unknown, warning: RegExp][] = [
    [
      'when it throws',
      () => {
        throw failure;
      },
      /from an async handler/,
    ],
    ['when it rejects', rejectLater, /from an async handler/],
    [
      'when it throws a value that has no text',
      () => {
        throw hostile as unknown as Error;
      },
      /has no text/,
    ],
    ...(['name', 'message', 'stack', 'code', 'detail', 'toString'] as const).map((property): (typeof kinds)[number] => [
      `when it throws an error whose ${property} throws`,
      () => {
        throw Object.defineProperty(new Error('a bad error'), property, {
          get: () => {
            throw failure;
          },
        });
      },
      /a bad error|has no text/,
    ]),
    [
      'when it rejects with a value that only looks like an error',
      () => {
        const getPrototypeOf = (): object => {
          throw failure;
        };
        return Promise.reject(new Proxy(new Error('a bad error'), { getPrototypeOf }));
      },
      /a bad error|has no text/,
    ],
    ['when the then of its promise throws', () => promiseWithBadThen(failure), /from an async handler/],
  ];
  for (const [what, onError, warning] of kinds) {
    it(`${what}, and the server goes on`, async () => {
      const warnings: Error[] = [];
      const collect = (each: Error): void => void warnings.push(each);
      process.on('warning', collect);
      const server = new Server({
        address: ADDRESS,
        onError,
        onMessage: (message) => {
          if (message.toString() === 'end') server.shutdown();
          else throw new Error('from onMessage');
        },
      });
      const done = server.serveForever();
      using _first = new Client(server.address(), 'first');
      await until(() => warnings.length > 0);
      using _second = new Client(server.address(), 'end');
      await done;
      process.off('warning', collect);
      assert.match(String(warnings[0]), warning);
    });
  }
});

describe('an async handler of a datagram server that rejects is reported to onError:', () => {
  for (const name of ['onMessage', 'onTick', 'onTurn', 'watcher'] as const) {
    it(name, async () => {
      const errors: unknown[] = [];
      const server = new DatagramServer({
        address: ADDRESS,
        timeoutSeconds: 0.02,
        onMessage: () => undefined,
        [name]: name === 'watcher' ? { ...quietWatcher, turned: rejectLater } : rejectLater,
        onError: async (error) => {
          errors.push(error);
          await rejectLater();
        },
      });
      const done = server.serveForever();
      using client = new Socket(AF_INET, SOCK_DGRAM);
      client.sendto(Buffer.from('x'), server.address() as [string, number]);
      await until(() => errors.length > 0 && server.stats().messages > 0);
      server.shutdown();
      await done;
      assert.ok(errors.every((error) => error === failure));
    });
  }
});

describe('a promise whose then throws is reported to onError:', () => {
  it('of a handler of connections', async () => {
    const { reported } = await reportsOf({ onMessage: () => promiseWithBadThen(failure) });
    assert.equal(reported[0]?.error, failure);
  });

  it('of a handler of datagrams', async () => {
    const errors: unknown[] = [];
    const server = new DatagramServer({
      address: ADDRESS,
      onMessage: () => promiseWithBadThen(failure),
      onError: (error) => {
        errors.push(error);
        server.shutdown();
      },
    });
    const done = server.serveForever();
    using client = new Socket(AF_INET, SOCK_DGRAM);
    client.sendto(Buffer.from('x'), server.address() as [string, number]);
    await done;
    assert.deepEqual(errors, [failure]);
  });

  it('of a function with a method then', async () => {
    const thenable = Object.assign(() => undefined, {
      then: (_resolve: unknown, reject: (error: unknown) => void): void => {
        reject(failure);
      },
    });
    const { reported } = await reportsOf({ onMessage: () => thenable });
    assert.equal(reported[0]?.error, failure);
  });
});

describe('serveForeverBlocking', () => {
  const names = ['onConnection', 'onMessage', 'onBatch', 'onDisconnect', 'onTick', 'onTurn'] as const;
  for (const name of names) {
    it(`reports that it cannot await the promise of ${name}`, () => {
      const errors: unknown[] = [];
      const server = new Server({
        address: ADDRESS,
        timeoutSeconds: 0.01,
        [name]: rejectLater,
        onError: (error) => {
          errors.push(error);
          server.shutdown();
        },
      });
      using client = createConnection(server.address() as [string, number]);
      client.sendall(Buffer.from('x'));
      if (name === 'onDisconnect') client.close();
      server.serveForeverBlocking();
      assert.match(String(errors[0]), new RegExp(`^TypeError: ${name} returned a promise, which serveForeverBlocking`));
    });
  }
});
