/** The server under load: `npm run soak`. Each process needs 10,100 fds, and the tests take some minutes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';

import { type Backend, Server, type ServerOptions } from '../../src/server.ts';
import { dist, until } from '../support/child.ts';
import { countFds } from '../support/fds.ts';

const MIB = 2 ** 20;
const MESSAGES = 5;

/** A process with many clients. */
class Clients {
  readonly #process;
  readonly #lines;

  constructor(kind: string, port: unknown, count: number) {
    const args = [`${dist}test/load/clients.js`, kind, String(port), String(count)];
    this.#process = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async says(text: string | RegExp): Promise<string> {
    const line = String((await this.#lines.next()).value);
    assert.match(line, typeof text === 'string' ? new RegExp(`^${text}$`) : text);
    return line;
  }

  go(): void {
    this.#process.stdin.write('\n');
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }
}

async function serving(
  options: Omit<ServerOptions, 'address'>,
  kind: string,
  count: number,
  body: (server: Server, clients: Clients) => Promise<void>,
): Promise<void> {
  const server = new Server({ address: ['127.0.0.1', 0], framing: 'line', timeoutSeconds: 0.1, ...options });
  const done = server.serveForever();
  const clients = new Clients(kind, server.address()[1], count);
  try {
    await clients.says('connected');
    await body(server, clients);
  } finally {
    await clients.end();
    server.close();
    await done;
  }
}

/** Sends a line as an honest client, and returns the time until the answer, in ms. */
async function answered(server: Server): Promise<number> {
  const began = performance.now();
  const socket = connect(Number(server.address()[1]), '127.0.0.1');
  socket.write('honest\n');
  await once(socket, 'data');
  socket.destroy();
  return performance.now() - began;
}

for (const backend of ['select', 'poll', 'epoll'] satisfies Backend[]) {
  describe(`10,000 clients on ${backend}`, () => {
    const before = countFds();
    after(() => {
      assert.equal(countFds(), before);
    });

    it('are served: each message arrives once and in order, and none is lost at the end', async (t) => {
      const COUNT = 10_000;
      const next = new Array<number>(COUNT).fill(0);
      let ended = false;
      const options: Omit<ServerOptions, 'address'> = {
        backend,
        maxClients: 0,
        onMessage(message) {
          const [index = NaN, number] = message.toString().split(' ').map(Number);
          assert.equal(number, next[index]);
          next[index]!++;
        },
        onError(error) {
          throw error;
        },
      };
      await serving(options, 'lines', COUNT, async (server, clients) => {
        await until(() => server.stats().connected === COUNT);
        t.diagnostic(`${Math.round(process.memoryUsage().rss / MIB)} MiB of memory`);
        clients.go();
        await clients.says('sent');
        const began = performance.now();
        const { messages } = server.stats();
        server.shutdown();
        await until(() => (ended ||= server.stats().connected === 0));
        t.diagnostic(
          `${messages} messages had come at the shutdown; it took ${Math.round(performance.now() - began)} ms`,
        );
        assert.ok(next.every((count) => count === MESSAGES));
      });
    });
  });
}

describe('bad clients', () => {
  it('are ended when they send a byte now and then, and honest clients are answered meanwhile', async () => {
    const options: Omit<ServerOptions, 'address'> = {
      messageSeconds: 3,
      onMessage: (_, connection) => connection.write('answer\n'),
    };
    await serving(options, 'loris', 1000, async (server, clients) => {
      clients.go();
      await until(() => server.stats().bytes > 3000);
      const ms = await answered(server);
      assert.ok(ms < 10_000, `${ms} ms`);
      await clients.says('all closed');
      assert.equal(server.stats().disconnects['message-timeout'], 1000);
    });
  });

  it('are ended when they never read, and the memory stays bounded', async (t) => {
    const answer = Buffer.alloc(100_000, 'a');
    const options: Omit<ServerOptions, 'address'> = {
      writeStallSeconds: 3,
      onMessage: (message, connection) =>
        connection.write(String(message) === 'honest' ? 'answer\n' : Buffer.from(answer)),
    };
    await serving(options, 'deaf', 100, async (server, clients) => {
      const rss = process.memoryUsage().rss;
      let most = rss;
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 50).unref();
      clients.go();
      await until(() => server.stats().paused > 50);
      const ms = await answered(server);
      assert.ok(ms < 10_000, `${ms} ms`);
      await clients.says('all closed');
      clearInterval(watch);
      t.diagnostic(`${Math.round((most - rss) / MIB)} MiB more at most`);
      assert.equal(server.stats().disconnects['write-stall'], 100);
      assert.ok(most - rss < 200 * MIB);
    });
  });

  it('are ended when they send a gigabyte without a newline, and the memory stays bounded', async (t) => {
    await serving({ maxMessageBytes: 2 * MIB }, 'endless', 1, async (server, clients) => {
      const { rss } = process.memoryUsage();
      clients.go();
      const text = await clients.says(/bytes$/);
      await until(() => server.stats().connected === 0);
      assert.equal(server.stats().disconnects['too-large'], 1);
      t.diagnostic(`${text} sent`);
      assert.ok(process.memoryUsage().rss - rss < 64 * MIB);
    });
  });

  it('are ended at once when they declare a length of 4 GB', async () => {
    const framing = { kind: 'lengthPrefixed', bytes: 4 } as const;
    await serving({ framing }, 'none', 0, async (server) => {
      const { rss } = process.memoryUsage();
      const socket = connect(Number(server.address()[1]), '127.0.0.1');
      socket.on('error', () => undefined).resume();
      socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3]));
      await once(socket, 'close');
      assert.equal(server.stats().disconnects['too-large'], 1);
      assert.ok(process.memoryUsage().rss - rss < 32 * MIB);
    });
  });
});

describe('shutdown() with 100 clients in the middle of a message', () => {
  it('waits until they complete their messages, and delivers them', async () => {
    const texts: string[] = [];
    const options: Omit<ServerOptions, 'address'> = {
      drainSeconds: 20,
      onMessage: (message) => texts.push(message.toString()),
    };
    await serving(options, 'halves', 100, async (server, clients) => {
      clients.go();
      await clients.says('sent');
      server.shutdown();
      await until(() => texts.length === 100);
      clients.go();
      await clients.says('sent');
      await until(() => server.stats().connected === 0);
      const numbers = Array.from({ length: 100 }, (_, index) => index);
      assert.deepEqual(texts.sort(), numbers.flatMap((n) => [`${n} half`, `${n} whole`]).sort());
    });
  });

  it('ends at the deadline when they do not', async () => {
    await serving({ drainSeconds: 1 }, 'halves', 100, async (server, clients) => {
      clients.go();
      await clients.says('sent');
      await until(() => server.stats().messages === 100);
      const began = performance.now();
      server.shutdown();
      await until(() => server.stats().connected === 0);
      const ms = performance.now() - began;
      assert.ok(ms >= 1000 && ms < 5000, `${ms} ms`);
      assert.equal(server.stats().disconnects['drain-deadline'], 100);
    });
  });
});
