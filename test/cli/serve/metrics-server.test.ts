import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { type MetricsServer, startMetricsServer } from '../../../src/cli/serve/metrics-server.ts';
import { Server } from '../../../src/server.ts';
import { sendOnce, until } from '../../support/child.ts';
import { MovedClock } from '../../support/clock.ts';
import { NetClient } from '../../support/serve.ts';

const server = new Server({ address: ['127.0.0.1', 0] });
const served = server.serveForever();
after(async () => {
  server.close();
  await served;
});

function start(metrics: string, clock = new MovedClock()): Promise<MetricsServer> {
  return startMetricsServer(server, { metrics, timeout: 1 }, () => clock.nowMs());
}

function portOf({ url }: MetricsServer): number {
  return Number(new URL(url).port);
}

/** Sends the bytes, and returns all that comes until the server closes. */
async function exchange(port: number, bytes: string): Promise<string> {
  using client = new NetClient(port);
  await client.send(bytes);
  await until(() => client.ended);
  return client.received;
}

/** The status of a GET request with these header lines. */
async function statusOf(port: number, headers: string, version = '1.1'): Promise<number> {
  const answer = await exchange(port, `GET /readyz HTTP/${version}\r\n${headers}connection: close\r\n\r\n`);
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
}

describe('startMetricsServer', () => {
  let metrics: MetricsServer;
  const clock = new MovedClock();
  before(async () => {
    metrics = await start('127.0.0.1:0', clock);
  });
  after(() => {
    metrics.close();
  });

  it('computes the metrics once a second at most', async () => {
    const read = async (): Promise<string> => (await fetch(`${metrics.url}/metrics`)).text();
    const first = await read();
    assert.match(first, /^tripoll_connections_total 0$/m);
    await sendOnce((server.address() as [string, number])[1], 'x');
    await until(() => server.stats().clients === 1);
    clock.advance(0.9);
    assert.equal(await read(), first);
    clock.advance(0.2);
    assert.match(await read(), /^tripoll_connections_total 1$/m);
  });

  it('answers GET and HEAD only', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await fetch(`${metrics.url}/metrics`, { method });
      assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, HEAD']);
    }
    for (const page of ['/metrics', '/livez', '/readyz']) {
      const response = await fetch(`${metrics.url}${page}`, { method: 'HEAD' });
      assert.equal(response.status, 200);
      assert.ok(Number(response.headers.get('content-length')) > 0);
      assert.equal(await response.text(), '');
    }
  });

  it('on a loopback address, accepts only a Host that is a name or an address of loopback', async () => {
    const port = portOf(metrics);
    for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:9464', '127.1.2.3', '[::1]', '[::1]:80']) {
      assert.equal(await statusOf(port, `host: ${host}\r\n`), 200, host);
    }
    for (const host of ['example.org', '127.0.0.1.example.org', 'localhost.example.org', '10.0.0.1:80', '[::2]', '']) {
      assert.equal(await statusOf(port, `host: ${host}\r\n`), 403, host);
    }
    // HAProxy sends no Host in HTTP/1.0; a browser always sends one.
    assert.equal(await statusOf(port, '', '1.0'), 200);
  });

  it('on another address, accepts every Host', async () => {
    const everywhere = await start('0.0.0.0:0');
    try {
      assert.equal(await statusOf(portOf(everywhere), 'host: example.org\r\n'), 200);
    } finally {
      everywhere.close();
    }
  });

  it('answers the pipelined requests of a connection in order, and closes it after 100', async () => {
    const requests = ['/livez', '/readyz'].map((page) => `GET ${page} HTTP/1.1\r\nhost: localhost\r\n\r\n`).join('');
    const received = await exchange(portOf(metrics), requests.repeat(600));
    const texts = [...received.matchAll(/\r\n\r\n(the loop turns|ready)\n/g)].map((match) => match[1]);
    assert.equal(texts.length, 100);
    assert.deepEqual(
      texts,
      texts.map((_, i) => (i % 2 === 0 ? 'the loop turns' : 'ready')),
    );
  });

  it('keeps at most 16 connections, and accepts another one when one has gone', async () => {
    const port = portOf(metrics);
    const clients: Socket[] = [];
    try {
      for (let i = 0; i < 16; i++) {
        const client = connect(port, '127.0.0.1');
        clients.push(client);
        await once(client, 'connect');
      }
      assert.equal(await exchange(port, 'GET /livez HTTP/1.0\r\n\r\n'), '');
      clients.pop()?.destroy();
      // The server sees the end of that connection a moment later. A refused connection has no status.
      while ((await statusOf(port, 'host: localhost\r\n')) !== 200) await setTimeout(10);
    } finally {
      for (const client of clients) client.destroy();
    }
  });

  it('closes a connection that sends no request within 7 seconds', async () => {
    using silent = new NetClient(portOf(metrics));
    using slow = new NetClient(portOf(metrics));
    await slow.send('GET /metrics HTTP/1.1\r\n');
    await until(() => silent.ended && slow.ended);
  });
});
