import assert from 'node:assert/strict';
import { exec, spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MessageChannel, Worker } from 'node:worker_threads';

import { selectAsync } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';
import { median, onBothThreads, whileWaiting } from '../support/loop-threads.ts';
import { Fds, portOf } from '../support/fds.ts';

// Node counts a timer's time in whole milliseconds, so it may fire up to 1 ms early by a finer clock.
function assertOnTime(latenessMs: number[]): void {
  assert.ok(Math.min(...latenessMs) > -1, `early: ${latenessMs.join()}`);
  // On a busy machine some timers are late. A timer that our wait delays would be late every time.
  assert.ok(Math.min(...latenessMs) < 5, `none in time: ${latenessMs.join()}`);
  assert.ok(median(latenessMs) < 50, `median: ${latenessMs.join()}`);
  assert.ok(Math.max(...latenessMs) < 1000, `late: ${latenessMs.join()}`);
}

async function lateness(delayMs: number): Promise<number> {
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  return performance.now() - start - delayMs;
}

onBothThreads(import.meta.url, "Node's timers during a selectAsync", {
  'fire on time, one after the other': (t) =>
    whileWaiting(t, async () => {
      const all: number[] = [];
      for (const delayMs of [1, 2, 5, 10, 20, 1, 30, 3, 50]) all.push(await lateness(delayMs));
      assertOnTime(all);
    }),

  'fire on time when many are pending, set in any order': (t) =>
    whileWaiting(t, async () => {
      const delays = [200, 3, 150, 1, 75, 30, 31, 32, 100, 5, 5, 50];
      assertOnTime(await Promise.all(delays.map(lateness)));
    }),

  'keep an interval': (t) =>
    whileWaiting(t, async () => {
      const times = [performance.now()];
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          if (times.push(performance.now()) <= 20) return;
          clearInterval(timer);
          resolve();
        }, 10);
      });
      assertOnTime(times.slice(1).map((time, index) => time - times[index]! - 10));
    }),

  'do not fire when cleared, and fire when refreshed': (t) =>
    whileWaiting(t, async () => {
      let fired = 0;
      const count = (): number => fired++;
      clearTimeout(setTimeout(count, 10));
      const refreshed = setTimeout(count, 10);
      await sleep(30);
      refreshed.refresh();
      await sleep(30);
      assert.equal(fired, 2);
    }),
});

onBothThreads(import.meta.url, "Node's queues during a selectAsync", {
  'run in their order': (t) =>
    whileWaiting(t, async () => {
      await sleep(5);
      const order: string[] = [];
      await Promise.all([
        immediate().then(() => order.push('immediate')),
        new Promise<void>((resolve) => {
          process.nextTick(() => {
            order.push('tick');
            resolve();
          });
        }),
        Promise.resolve().then(() => order.push('promise')),
      ]);
      assert.deepEqual(order, ['promise', 'tick', 'immediate']);
    }),

  'run a thousand immediates, each set by the one before': (t) =>
    whileWaiting(t, async () => {
      const start = performance.now();
      for (let i = 0; i < 1000; i++) await immediate();
      assert.ok(performance.now() - start < 5000);
    }),
});

onBothThreads(import.meta.url, "Node's I/O during a selectAsync", {
  'reads and writes files': (t) =>
    whileWaiting(t, async () => {
      const path = join(tmpdir(), `tripoll-${process.pid}-${performance.now()}`);
      await writeFile(path, 'content');
      assert.equal(await readFile(path, 'utf8'), 'content');
      await rm(path);
    }),

  'fetches from a node:http server of the same thread': (t) =>
    whileWaiting(t, async () => {
      const server = createServer((request, response) => response.end(`got ${request.url!}`)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      for (const path of ['/one', '/two', '/three']) {
        assert.equal(await (await fetch(`http://127.0.0.1:${port}${path}`)).text(), `got ${path}`);
      }
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }),

  'connects a node:net client to a listener that selectAsync serves': async (t) => {
    using fds = new Fds();
    const [listener, address] = fds.listener();
    await whileWaiting(t, async () => {
      const client = connect(portOf(address), '127.0.0.1').end('ping');
      assert.deepEqual(await selectAsync([listener], [], [], 5), [[listener], [], []]);
      const server = fds.own(sys.accept4(listener, null, null, sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC));
      assert.deepEqual(await selectAsync([server], [], [server], 5), [[server], [], []]);
      const buffer = Buffer.alloc(16);
      const count = sys.recv(server, buffer, 0, 16, 0);
      assert.equal(sys.send(server, buffer, 0, count, 0), 4);
      fds.close(server);
      const [answer] = (await once(client, 'data')) as [Buffer];
      assert.equal(answer.toString(), 'ping');
      await once(client, 'close');
    });
  },

  'runs child processes': (t) =>
    whileWaiting(t, async () => {
      const children = [0, 1, 2].map((code) => spawn('sh', ['-c', `read line; exit ${code}`], { stdio: 'pipe' }));
      for (const child of children) child.stdin.end('line\n');
      const ends = await Promise.all(children.map((child) => once(child, 'exit')));
      assert.deepEqual(
        ends.map(([code]) => code as number),
        [0, 1, 2],
      );
    }),

  'reads what a child process writes': (t) =>
    whileWaiting(t, async () => {
      assert.equal((await promisify(exec)('sleep 0.05; echo done')).stdout, 'done\n');
    }),

  'looks up names': (t) =>
    whileWaiting(t, async () => {
      assert.match((await lookup('localhost')).address, /^(127\.0\.0\.1|::1)$/);
    }),

  'passes messages to and from a worker': (t) =>
    whileWaiting(t, async () => {
      const echo = `const { parentPort } = require('node:worker_threads');
        parentPort.on('message', (message) => parentPort.postMessage(message + 1));`;
      const worker = new Worker(echo, { eval: true });
      for (let i = 0; i < 20; i++) {
        worker.postMessage(i);
        assert.deepEqual(await once(worker, 'message'), [i + 1]);
      }
      await worker.terminate();
    }),

  'passes messages through a MessageChannel': (t) =>
    whileWaiting(t, async () => {
      const { port1, port2 } = new MessageChannel();
      port1.postMessage('hello');
      assert.deepEqual(await once(port2, 'message'), ['hello']);
      port1.close();
    }),
});
