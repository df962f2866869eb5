import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { fileURLToPath } from 'node:url';

import { selectAsync } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';
import { type Cleanup, Fds, portOf } from '../support/fds.ts';
import { onBothThreads } from '../support/loop-threads.ts';
import { TICK_MS, Ticks } from '../support/ticks.ts';

const load = fileURLToPath(new URL('../support/loop-load.js', import.meta.url));

async function startLoad(t: Cleanup, kind: string, port: number, count: number): Promise<void> {
  const child = spawn(process.execPath, [load, kind, String(port), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
}

// An echo server that serves until it is aborted, and counts its messages.
class EchoServer {
  messages = 0;
  readonly port: number;
  readonly #fds = new Fds();
  readonly #listener: number;
  readonly #clients = new Set<number>();
  readonly #controller = new AbortController();
  readonly #buffer = Buffer.alloc(4096);

  constructor() {
    const [listener, address] = this.#fds.listener();
    this.#listener = listener;
    this.port = portOf(address);
    sys.listen(listener, 2048);
  }

  async serve(): Promise<void> {
    const { signal } = this.#controller;
    while (!signal.aborted) {
      const wait = selectAsync([this.#listener, ...this.#clients], [], [], 1, { signal, fdSetSize: 'unlimited' });
      const [readable] = await wait.catch(() => [[]]);
      for (const fd of readable) {
        if (fd === this.#listener) this.#accept();
        else this.#answer(fd);
      }
    }
    this.#fds[Symbol.dispose]();
  }

  stop(): void {
    this.#controller.abort();
  }

  #accept(): void {
    const flags = sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC;
    this.#clients.add(this.#fds.own(sys.accept4(this.#listener, null, null, flags)));
  }

  #answer(fd: number): void {
    const count = sys.recv(fd, this.#buffer, 0, this.#buffer.length, 0);
    this.messages++;
    if (count > 0) sys.send(fd, this.#buffer, 0, count, sys.MSG_NOSIGNAL);
    else if (this.#clients.delete(fd)) this.#fds.close(fd);
  }
}

async function pingOnce(port: number): Promise<number> {
  const start = performance.now();
  const client = connect(port, '127.0.0.1', () => client.write('ping'));
  const [answer] = (await once(client, 'data')) as [Buffer];
  assert.equal(answer.toString(), 'ping');
  client.destroy();
  return performance.now() - start;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

onBothThreads(import.meta.url, 'a server that selectAsync serves', {
  'of 1,000 busy clients lets a timer run': async (t) => {
    const server = new EchoServer();
    const serving = server.serve();
    await startLoad(t, 'echo', server.port, 1000);
    const before = server.messages;
    const ticks = new Ticks();
    while ((ticks.count < 30 || server.messages - before <= 1000) && !ticks.isStarved) await sleep(TICK_MS);
    ticks.assertInTime();
    assert.ok(ticks.count >= 30, `${ticks.count}`);
    assert.ok(server.messages - before > 1000, `${server.messages - before} messages`);
    server.stop();
    await serving;
  },

  'answers beside a busy node:http server on its thread': async (t) => {
    let requests = 0;
    const http = createServer((_, response) => {
      requests++;
      response.end('hello');
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const server = new EchoServer();
    const serving = server.serve();
    await startLoad(t, 'http', (http.address() as AddressInfo).port, 20);
    const before = requests;
    const times: number[] = [];
    for (let i = 0; i < 20; i++) times.push(await pingOnce(server.port));
    assert.ok(Math.max(...times) < 1000, times.join());
    while (requests - before < 200) await sleep(5);
    server.stop();
    await serving;
    http.closeAllConnections();
    http.close();
  },
});
