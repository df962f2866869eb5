import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { Command } from 'commander';

import { effectiveSettings } from '../../../src/cli/serve/effective-settings.ts';
import { expositionText } from '../../../src/cli/serve/exposition.ts';
import { serverMetrics } from '../../../src/cli/serve/metrics.ts';
import { addServeOptions } from '../../../src/cli/serve/options.ts';
import { DatagramServer, Server } from '../../../src/server.ts';
import { root, until } from '../../support/child.ts';
import { codeOf, rowsOf } from '../../support/markdown.ts';
import { NetClient } from '../../support/serve.ts';

describe('serverMetrics', () => {
  it('adds up the output that waits for clients that do not read', async () => {
    const server: Server = new Server({
      address: ['127.0.0.1', 0],
      onConnection: (connection) => {
        // More than the buffers of both sockets hold.
        connection.write(Buffer.alloc(2 ** 23));
      },
    });
    const metrics = serverMetrics(server);
    const served = server.serveForever();
    try {
      const [, port] = server.address() as [string, number];
      using first = new NetClient(port);
      using second = new NetClient(port);
      for (const { socket } of [first, second]) socket.pause();
      await until(() => server.connections.size === 2);
      const buffered = [...server.connections].map(({ bufferedBytes }) => bufferedBytes);
      assert.ok(Math.min(...buffered) > 2 ** 20, String(buffered));
      const text = expositionText(metrics);
      assert.equal(numberOf('tripoll_output_buffer_bytes', text), buffered[0]! + buffered[1]!);
      assert.equal(numberOf('tripoll_paused_connections', text), 2);
    } finally {
      server.close();
      await served;
    }
    assert.equal(numberOf('tripoll_output_buffer_bytes', expositionText(metrics)), 0);
  });
});

describe('the metrics', () => {
  const makers: [heading: string, createServer: () => Server | DatagramServer, options: string[]][] = [
    ['connections', () => new Server({ address: ['127.0.0.1', 0] }), []],
    ['datagrams', () => new DatagramServer({ address: ['127.0.0.1', 0], onMessage: () => undefined }), ['--udp']],
  ];
  const texts = makers.map(([, make, options]) => {
    const server = make();
    const command = addServeOptions(new Command()).parse(options, { from: 'user' });
    const output = { unwrittenBytes: 1, unwrittenMessages: 2, lostMessages: 3 };
    const text = expositionText(serverMetrics(server, { settings: effectiveSettings(command).values, output }));
    server.close();
    return text;
  });

  it('are those of the tables of docs/serve.md, with their types', () => {
    const listed = rowsOf(readFileSync(`${root}docs/serve.md`, 'utf8'))
      .filter(({ cells }) => cells[0]?.includes('`tripoll_'))
      .flatMap(({ cells }) => codeOf(cells[0]).map((name) => `${name.replace(/\{.*/, '')} ${cells[1]!.trim()}`));
    const types = (text: string): string[] => [...text.matchAll(/^# TYPE (tripoll_.*)$/gm)].map(([, type]) => type!);
    const [connections = '', datagrams = ''] = texts;
    assert.deepEqual([...new Set([...types(connections), ...types(datagrams)])].sort(), listed.sort());
    const ofConnections = listed.filter((line) => !types(datagrams).includes(line)).map((line) => line.split(' ')[0]);
    assert.ok(ofConnections.includes('tripoll_connections') && !ofConnections.includes('tripoll_messages_total'));
    assert.ok(!types(connections).some((line) => line.startsWith('tripoll_dropped_datagrams_total ')));
  });

  it('tell the limits in use, and the backlog of the output', () => {
    const [connections = '', datagrams = ''] = texts;
    assert.equal(numberOf('tripoll_limit\\{name="max_clients"\\}', connections), 10_000);
    assert.match(connections, /^tripoll_limit\{name="idle_seconds"\} \+Inf$/m);
    assert.equal(numberOf('tripoll_limit\\{name="datagrams_per_turn"\\}', datagrams), 64);
    assert.doesNotMatch(datagrams, /max_clients/);
    for (const text of [connections, datagrams]) {
      assert.match(text, /^tripoll_build_info\{version="\d[^"]*"\} 1$/m);
      const numbers = ['unwritten_bytes', 'unwritten_messages', 'lost_messages_total'].map((name) => {
        return numberOf(`tripoll_${name}`, text);
      });
      assert.deepEqual(numbers, [1, 2, 3]);
    }
  });

  const skip = spawnSync('promtool', ['--version']).status === 0 ? false : 'needs promtool, of the package prometheus';
  it('pass promtool check metrics', { skip }, () => {
    for (const input of texts) {
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
      assert.deepEqual([status, stdout, stderr], [0, '', '']);
    }
  });

  it('tell who has sent how much, what is unfinished, and how long the turns took', async () => {
    const server = new Server({ address: ['127.0.0.1', 0], framing: 'line' });
    const metrics = serverMetrics(server);
    const served = server.serveForever();
    try {
      const [, port] = server.address() as [string, number];
      using gone = new NetClient(port);
      await gone.send('one\nha');
      gone.socket.end();
      await until(() => server.stats().unfinished.eof === 1);
      using client = new NetClient(port);
      await client.send('two\nthre');
      await until(() => server.stats().bytes === 14 && server.stats().messages === 2);
      const text = expositionText(metrics);
      assert.equal(numberOf('tripoll_unfinished_messages_total\\{reason="eof"\\}', text), 1);
      assert.equal(numberOf('tripoll_unfinished_messages_total\\{reason="malformed"\\}', text), 0);
      assert.equal(numberOf('tripoll_unfinished_bytes', text), 4);
      assert.equal(numberOf('tripoll_peer_messages_total\\{address="127.0.0.1"\\}', text), 2);
      assert.equal(numberOf('tripoll_peer_connections\\{address="127.0.0.1"\\}', text), 1);
      assert.equal(numberOf('tripoll_peer_messages_total\\{address="other"\\}', text), 0);
      for (const name of ['tripoll_last', 'tripoll_peer_last']) {
        const seconds = numberOf(`${name}_message_timestamp_seconds(?:\\{address="127.0.0.1"\\})?`, text);
        assert.ok(Math.abs(Date.now() / 1e3 - seconds) < 20, `${name}: ${seconds}`);
      }
      const turns = numberOf('tripoll_turn_duration_seconds_count', text);
      assert.ok(turns >= 1);
      assert.equal(numberOf('tripoll_turn_duration_seconds_bucket\\{le="\\+Inf"\\}', text), turns);
    } finally {
      server.close();
      await served;
    }
  });
});

function numberOf(metric: string, text: string): number {
  return Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(text)?.[1]);
}
