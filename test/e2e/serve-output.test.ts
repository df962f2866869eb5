import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { readFileSync, renameSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { AF_UNIX, SOCK_STREAM, Socket } from '../../src/socket.ts';
import { Child, dist, sendOnce, until } from '../support/child.ts';
import { skipWithout } from '../support/programs.ts';
import { Folder, NetClient, serve, serveWith } from '../support/serve.ts';

interface JsonMessage {
  time: string;
  peer: string;
  message?: string;
  base64?: string;
}

const jsonLines = (text: string): JsonMessage[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as JsonMessage);

describe('tripoll serve --output json', () => {
  it('writes a line for each message: time, peer and message, or base64 when it is not UTF-8', async () => {
    using server = serve('--output', 'json', '--framing', 'line');
    const port = await server.servePort();
    const began = Date.now();
    await sendOnce(port, Buffer.from([...Buffer.from('grüße "1"\n'), 0xff, 0x80, 0x0a, 0x0a]));
    await until(() => jsonLines(server.stdout).length === 3);
    const [text, bytes, empty] = jsonLines(server.stdout);
    assert.equal(text?.message, 'grüße "1"');
    assert.match(text.peer, /^127\.0\.0\.1:\d+$/);
    assert.match(text.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(Date.parse(text.time) >= began && Date.parse(text.time) <= Date.now());
    assert.deepEqual([bytes?.base64, bytes?.message], ['/4A=', undefined]);
    assert.equal(empty?.message, '');
  });
});

describe('tripoll serve --file', () => {
  it('appends messages to the file, and after SIGHUP to a new one', async () => {
    using folder = new Folder();
    const [file, rotated] = [folder.file('messages'), folder.file('messages.1')];
    using server = serve('--file', file);
    const port = await server.servePort();
    await sendOnce(port, 'one');
    await until(() => readFileSync(file, 'utf8') === 'one\n');
    renameSync(file, rotated);
    server.kill('SIGHUP');
    await until(() => server.stderr.includes('reopened the file'));
    await sendOnce(port, 'two');
    await until(() => readFileSync(file, 'utf8') === 'two\n');
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
    assert.equal(readFileSync(rotated, 'utf8'), 'one\n');
    assert.equal(server.stdout, '');
    using again = serve('--file', file);
    await sendOnce(await again.servePort(), 'three');
    await until(() => readFileSync(file, 'utf8') === 'two\nthree\n');
  });

  it('ends with one sentence and exit code 1 when the disk is full', async () => {
    using server = serve('--file', '/dev/full');
    await sendOnce(await server.servePort(), 'x').catch(() => undefined);
    assert.deepEqual(await server.exit, { code: 1, signal: null });
    assert.equal(server.stderr.match(/--file: ENOSPC/g)?.length, 1, server.stderr);
  });
});

describe('tripoll serve', () => {
  it('makes its clients wait while nobody reads its output, and loses nothing', async () => {
    const command = [process.execPath, `${dist}src/cli/main.js`, 'serve', '--host', '127.0.0.1', '--port', '0'];
    using server = new Child('sh', '-c', '"$@" | { sleep 2; wc -c; }', 'sh', ...command, '--framing', 'line');
    using client = new NetClient(await server.servePort());
    const lines = `${'x'.repeat(999)}\n`.repeat(1000);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 64; sent++) await client.send(lines);
      client.socket.end();
    })();
    await setTimeout(1000);
    assert.ok(sent < 64, 'the server received everything while nobody read its output');
    await sending;
    await until(() => server.stderr.includes(' eof: 64000 messages'));
    process.kill(firstChild(server.pid), 'SIGTERM');
    await server.exit;
    assert.equal(server.stdout.trim(), '64000000');
  });

  it('serves on a Unix socket', async () => {
    using folder = new Folder();
    using server = serveWith({}, '--unix', folder.file('socket'), '--framing', 'line');
    await until(() => server.stderr.includes(`listening on ${folder.file('socket')}, select`));
    using client = new NetClient(folder.file('socket'));
    await client.send('hello\n');
    await until(() => server.stdout === 'hello\n');
    await until(() => server.stderr.includes('(unnamed) connected'));
  });

  it("escapes control characters in the name of a Unix socket's client, which chooses it", async () => {
    using folder = new Folder();
    using server = serveWith({}, '--unix', folder.file('socket'));
    await until(() => server.stderr.includes('listening on'));
    using client = new Socket(AF_UNIX, SOCK_STREAM);
    client.bind(folder.file('a\ntripoll: \x1b[2J\x9b'));
    client.connect(folder.file('socket'));
    await until(() => server.stderr.includes('a\\x0atripoll: \\x1b[2J\\x9b connected\n'));
    client.close();
    await until(() => server.stderr.includes('a\\x0atripoll: \\x1b[2J\\x9b eof: 0 messages'));
    assert.equal(server.stderr.split('\n').length, 4);
  });

  it('receives datagrams with --udp, and sends them back', async () => {
    using server = serve('--udp', '--echo', '--output', 'json');
    const port = await server.servePort();
    const client = createSocket('udp4').bind(0, '127.0.0.1');
    await once(client, 'listening');
    client.send('ping', port, '127.0.0.1');
    const [message] = (await once(client, 'message')) as [Buffer];
    const { port: from } = client.address();
    client.close();
    assert.equal(message.toString(), 'ping');
    await until(() => server.stdout.includes('\n'));
    assert.equal(jsonLines(server.stdout)[0]?.peer, `127.0.0.1:${from}`);
    server.kill('SIGINT');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
    assert.match(server.stderr, /ended: 1 message, 4 bytes, \d+ turns\n$/);
  });

  it('receives what logger sends', { skip: skipWithout('logger') }, async () => {
    using server = serve('--framing', 'octet-counting');
    const port = await server.servePort();
    const to = ['--server', '127.0.0.1', '--port', String(port), '--tcp', '--octet-count'];
    using logger = new Child('logger', ...to, 'two\nlines');
    assert.deepEqual(await logger.exit, { code: 0, signal: null });
    await until(() => / two\nlines\n$/.exec(server.stdout));
    assert.match(server.stdout, /^<13>1 /);
    await until(() => / eof: 1 message, /.exec(server.stderr));
  });

  it('prints the address that a PROXY header names', async () => {
    using server = serve('--proxy-protocol', '--output', 'json', '--framing', 'line');
    using client = new NetClient(await server.servePort());
    await client.send('PROXY TCP4 192.0.2.7 198.51.100.1 4711 9001\r\nhi\n');
    await until(() => server.stdout.includes('\n'));
    assert.deepEqual(
      [jsonLines(server.stdout)[0]?.peer, jsonLines(server.stdout)[0]?.message],
      ['192.0.2.7:4711', 'hi'],
    );
  });
});

function firstChild(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
}
