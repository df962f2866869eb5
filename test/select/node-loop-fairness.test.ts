import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { fileURLToPath } from 'node:url';

import { epoll, EPOLLIN, poll, POLLIN, selectAsync } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';
import { type Cleanup, Fds, own, portOf, readableFd } from '../support/fds.ts';
import { median, onBothThreads, whileWaiting } from '../support/loop-threads.ts';

const load = fileURLToPath(new URL('../support/loop-load.js', import.meta.url));

const TICK_MS = 10;
// A busy machine needs longer for the ticks that a test waits for; a timer that never gets its turn fails here.
const STARVED_MS = 10_000;

/** An interval timer, and the milliseconds between its ticks. */
class Ticks {
  readonly #times = [performance.now()];
  readonly #timer = setInterval(() => this.#times.push(performance.now()), TICK_MS);

  get count(): number {
    return this.#times.length - 1;
  }

  get isStarved(): boolean {
    return performance.now() - this.#times[0]! > STARVED_MS;
  }

  assertInTime(): void {
    clearInterval(this.#timer);
    const gaps = this.#times.slice(1).map((time, index) => time - this.#times[index]!);
    assert.ok(gaps.length > 0 && median(gaps) < 100, gaps.join());
  }
}

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

onBothThreads(import.meta.url, 'awaits in a loop of what is always ready', {
  'let Node run its turns': async (t) => {
    const ready = readableFd(t);
    const poller = poll();
    poller.register(ready, POLLIN);
    using ep = epoll();
    ep.register(ready, EPOLLIN);
    const waits = [
      () => selectAsync([ready], [ready], [], 0),
      () => selectAsync([ready], [], []),
      () => selectAsync([], [], [], 0),
      () => poller.pollAsync(),
      () => ep.pollAsync(),
    ];
    for (const wait of waits) {
      let rounds = 0;
      let filesRead = 0;
      void readFile(new URL(import.meta.url)).then(() => filesRead++);
      const ticks = new Ticks();
      for (; (ticks.count < 10 || filesRead === 0 || rounds <= 20) && !ticks.isStarved; rounds++) await wait();
      ticks.assertInTime();
      assert.ok(ticks.count >= 10 && filesRead === 1 && rounds > 20, `${ticks.count}, ${filesRead}, ${rounds}`);
    }
  },

  'let other waits run theirs': async (t) => {
    const ready = readableFd(t);
    await whileWaiting(t, async () => {
      let otherResults = 0;
      void selectAsync([], [], [], 0.1).then(() => otherResults++);
      const ticks = new Ticks();
      while ((otherResults === 0 || ticks.count < 10) && !ticks.isStarved) await selectAsync([ready], [], [], 0);
      ticks.assertInTime();
      assert.ok(otherResults === 1 && ticks.count >= 10, `${otherResults}, ${ticks.count}`);
    });
  },

  'answer immediately for a regular file': async (t) => {
    const fd = own(t, openSync(new URL(import.meta.url), 'r'));
    const start = performance.now();
    for (let i = 0; i < 50; i++) assert.deepEqual(await selectAsync([fd], [fd], [], 60), [[fd], [fd], []]);
    await whileWaiting(t, async () => {
      for (let i = 0; i < 50; i++) assert.deepEqual(await selectAsync([fd], [fd], [], 60), [[fd], [fd], []]);
    });
    assert.ok(performance.now() - start < 2000);
  },
});

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
