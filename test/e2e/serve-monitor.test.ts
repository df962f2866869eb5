import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { type Child, sendOnce, until } from '../support/child.ts';
import { NetClient, serve, serveWith } from '../support/serve.ts';

const metricsUrl = (server: Child): Promise<string> =>
  until(() => /metrics on (http:\S+)\/metrics/.exec(server.stderr)?.[1]);

describe('tripoll serve --metrics', () => {
  it('serves the metrics of the server and of the process in the format of Prometheus', async () => {
    using server = serve('--metrics', '127.0.0.1:0', '--echo', '--framing', 'line');
    const port = await server.servePort();
    const url = await metricsUrl(server);
    using gone = new NetClient(port);
    await gone.send('one\n');
    gone.socket.end();
    await until(() => server.stderr.includes(' eof: '));
    using client = new NetClient(port);
    await client.send('two\nthree\n');
    await until(() => client.received === 'two\nthree\n');
    const response = await fetch(`${url}/metrics`);
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    for (const line of [
      '# TYPE tripoll_connections gauge',
      'tripoll_connections 1',
      '# TYPE tripoll_connections_total counter',
      'tripoll_connections_total 2',
      'tripoll_disconnects_total{reason="eof"} 1',
      'tripoll_disconnects_total{reason="shed"} 0',
      'tripoll_disconnects_total{reason="drain-deadline"} 0',
      '# TYPE tripoll_accept_errors_total counter',
      'tripoll_messages_total 3',
      'tripoll_received_bytes_total 14',
      'tripoll_sent_bytes_total 14',
      'tripoll_paused_connections 0',
      'tripoll_output_buffer_bytes 0',
    ]) {
      assert.ok(text.includes(`${line}\n`), `${line} is not in\n${text}`);
    }
    assert.match(text, /^tripoll_loop_turns_total [1-9]\d*$/m);
    assert.match(text, /^process_cpu_seconds_total \d/m);
    assert.equal((await fetch(`${url}/other`)).status, 404);
    assert.match(await (await fetch(`${url}/metrics`)).text(), /^tripoll_messages_total 3$/m);
  });

  it('reports that the server is alive, and ready until it drains', async () => {
    using server = serve('--metrics', '[::1]:0', '--framing', 'line', '--timeout', '0.1');
    const url = await metricsUrl(server);
    const status = async (page: string): Promise<number> => (await fetch(`${url}${page}`)).status;
    using client = new NetClient(await server.servePort());
    await client.send('half');
    await until(() => server.stderr.includes('connected'));
    assert.deepEqual([await status('/livez'), await status('/readyz')], [200, 200]);
    server.kill('SIGTERM');
    await until(() => server.stderr.includes('finishing'));
    assert.deepEqual([await status('/livez'), await status('/readyz')], [200, 503]);
    await client.send('\n');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
  });

  it('serves the metrics of a datagram server', async () => {
    using server = serve('--metrics', '127.0.0.1:0', '--udp');
    const text = await (await fetch(`${await metricsUrl(server)}/metrics`)).text();
    assert.match(text, /^tripoll_messages_total 0$/m);
    assert.doesNotMatch(text, /tripoll_connections/);
  });

  it('uses no CPU while the server is idle', async () => {
    using server = serve('--metrics', '127.0.0.1:0');
    await fetch(`${await metricsUrl(server)}/metrics`);
    const before = server.cpuMs();
    await setTimeout(2000);
    assert.ok(server.cpuMs() - before < 60, `${server.cpuMs() - before} ms of CPU in 2 s`);
  });

  it('says in one sentence that its port is taken, with exit code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    using server = serve('--metrics', taken);
    assert.equal((await server.exit).code, 1);
    assert.match(server.stderr, /\ntripoll: --metrics 127\.0\.0\.1:\d+: [^\n]*EADDRINUSE[^\n]*\n$/);
    other.close();
  });
});

describe('tripoll serve --log-lines-per-second', () => {
  it('leaves out more lines about clients, and says how many, also at the end', async () => {
    using server = serve('--log-lines-per-second', '1');
    const port = await server.servePort();
    const started = performance.now();
    for (let i = 0; i < 20; i++) await sendOnce(port, 'x');
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
    const seconds = Math.ceil((performance.now() - started) / 1000);
    const lines = server.stderr.split('\n').filter((line) => / (connected|eof: .*)$/.test(line));
    const clientLines = lines.filter((line) => !line.includes('left out'));
    assert.ok(clientLines.length >= 1 && clientLines.length <= seconds, server.stderr);
    const counts = [...server.stderr.matchAll(/(\d+) lines? about clients left out/g)].map((match) => Number(match[1]));
    assert.equal(
      counts.reduce((sum, count) => sum + count, clientLines.length),
      40,
    );
    assert.match(server.stderr, /\ntripoll: ended: 20 clients/);
  });
});

describe('tripoll serve --log json', () => {
  it('writes a line of JSON for each event, with the details of the event', async () => {
    const local = ['--host', '127.0.0.1', '--port', '0'];
    using server = serveWith({ TRIPOLL_LOG: 'json' }, ...local, '--max-clients', '7', '--trace');
    const events = (): Record<string, unknown>[] =>
      server.stderr
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const port = await server.servePort();
    using client = new NetClient(port);
    await client.send('x');
    client.socket.end();
    await until(() => events().some(({ event }) => event === 'connection.close'));
    server.kill('SIGUSR2');
    await until(() => events().some(({ event }) => event === 'status'));
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
    const all = events();
    const named = (name: string): Record<string, unknown> => all.find(({ event }) => event === name)!;
    assert.equal(
      all[0],
      all.find(({ event }) => event === 'listening'),
    );
    const { level, address, backend, limits, msg, time } = named('listening');
    assert.deepEqual([level, address, backend], ['info', `127.0.0.1:${port}`, 'select']);
    assert.equal((limits as Record<string, number>).maxClients, 7);
    assert.match(String(msg), /^listening on /);
    assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000);
    const { reason, messages, bytes } = named('connection.close');
    assert.deepEqual([reason, messages, bytes], ['eof', 1, 1]);
    assert.deepEqual(named('status').connections, []);
    assert.equal(named('turn').call, 'select');
    assert.equal(named('ended').clients, 1);
    assert.equal(all.at(-1)?.event, 'ended');
  });
});
