import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { Child, dist, until } from '../support/child.ts';
import { skipWithout } from '../support/programs.ts';
import { Folder, NetClient, serve } from '../support/serve.ts';
import { SmallDisk, skipWithoutMount } from '../support/small-disk.ts';

// Two clients send as many bytes each: more than the disk of 64 KiB holds.
const LINES = 600;
const command = [process.execPath, `${dist}src/cli/main.js`, 'serve', '--host', '127.0.0.1', '--port', '0'];

const lineOf = (client: string, number: number): string => `${client} ${number} ${'x'.repeat(90)}`;

/** Sends numbered lines. The server may end before it has read them all. */
function sendLines(port: number, name: string): NetClient {
  const client = new NetClient(port);
  const lines = Array.from({ length: LINES }, (_, number) => `${lineOf(name, number)}\n`);
  client.socket.end(lines.join(''));
  return client;
}

/** Checks that each client's lines are whole and in order, from its first line on. Returns their number. */
function checkLines(text: string): number {
  assert.ok(text === '' || text.endsWith('\n'), `the last line is cut: ${text.slice(-20)}`);
  const next: Record<string, number> = {};
  const lines = text.split('\n').slice(0, -1);
  for (const line of lines) {
    const client = line[0]!;
    const number = (next[client] ??= 0);
    assert.equal(line, lineOf(client, number));
    next[client] = number + 1;
  }
  return lines.length;
}

async function endsWithWholeLines(server: Child, file: string, code: string): Promise<void> {
  assert.deepEqual(await server.exit, { code: 1, signal: null });
  const written = checkLines(readFileSync(file, 'utf8'));
  const lost = Number(new RegExp(`--file: ${code}: [^;]+; (\\d+) messages are lost\\n`).exec(server.stderr)?.[1]);
  const received = Number(/ended: \d clients?, (\d+) messages/.exec(server.stderr)?.[1]);
  assert.ok(written > 0 && lost > 0, server.stderr);
  assert.equal(written + lost, received);
}

describe('tripoll serve --file on a disk that becomes full', { skip: skipWithoutMount() }, () => {
  it('ends with a sentence, exit code 1 and no cut line', async () => {
    using disk = new SmallDisk();
    using server = serve('--framing', 'line', '--file', disk.file('out'));
    const port = await server.servePort();
    using _first = sendLines(port, 'a');
    using _second = sendLines(port, 'b');
    await endsWithWholeLines(server, disk.file('out'), 'ENOSPC');
  });

  it('holds its clients with --on-output-error retry, and loses and doubles nothing when there is room again', async () => {
    using disk = new SmallDisk();
    disk.fill(40_000);
    using server = serve('--framing', 'line', '--file', disk.file('out'), '--on-output-error', 'retry');
    using _client = sendLines(await server.servePort(), 'a');
    await until(() => server.stderr.includes('ENOSPC'));
    await setTimeout(300);
    disk.free();
    await until(() => readFileSync(disk.file('out'), 'utf8').split('\n').length > LINES);
    await until(() => server.stderr.includes('works again'));
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
    assert.equal(checkLines(readFileSync(disk.file('out'), 'utf8')), LINES);
    assert.equal(server.stderr.match(/ENOSPC: [^;]+; the clients wait until writing works again\n/g)?.length, 1);
    assert.match(server.stderr, /--file: writing works again, after \d+\.\d s\n/);
  });

  it('ends within --drain-seconds with --on-output-error retry when there is still no room', async () => {
    using disk = new SmallDisk();
    const options = ['--file', disk.file('out'), '--on-output-error', 'retry', '--drain-seconds', '0.5'];
    using server = serve('--framing', 'line', ...options);
    const port = await server.servePort();
    using _first = sendLines(port, 'a');
    using _second = sendLines(port, 'b');
    await until(() => server.stderr.includes('ENOSPC'));
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 1, signal: null });
    assert.match(server.stderr, /--file: ENOSPC: [^;]+; \d+ messages are lost\n$/);
  });
});

describe('tripoll serve --file whose writes fail', () => {
  it('ends with a sentence, exit code 1 and no cut line at the limit of the size of a file', async () => {
    using folder = new Folder();
    const file = folder.file('out');
    using server = new Child(
      'bash',
      '-c',
      'ulimit -f 50; exec "$@"',
      'bash',
      ...command,
      '--framing',
      'line',
      '--file',
      file,
    );
    using _client = sendLines(await server.servePort(), 'a');
    await endsWithWholeLines(server, file, 'EFBIG');
  });

  it('goes on in the new file after SIGHUP, with --on-output-error retry', async () => {
    using folder = new Folder();
    const [file, rotated] = [folder.file('out'), folder.file('out.1')];
    const options = ['--framing', 'line', '--file', file, '--on-output-error', 'retry'];
    using server = new Child('bash', '-c', 'ulimit -f 50; exec "$@"', 'bash', ...command, ...options);
    using _client = sendLines(await server.servePort(), 'a');
    await until(() => server.stderr.includes('EFBIG'));
    renameSync(file, rotated);
    server.kill('SIGHUP');
    await until(() => server.stderr.includes('works again'));
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
    const texts = [readFileSync(rotated, 'utf8'), readFileSync(file, 'utf8')];
    assert.ok(texts.every((text) => text.endsWith('\n')));
    assert.equal(checkLines(texts.join('')), LINES);
  });

  const skip = skipWithout('strace');
  it('tries again after EIO, with --on-output-error retry', { skip }, async () => {
    using folder = new Folder();
    const file = folder.file('out');
    const options = ['--framing', 'line', '--file', file, '--on-output-error', 'retry'];
    using server = injected(file, 'error=EIO:when=2..3', ...options);
    const port = await server.servePort();
    using _traced = killedAtEnd(firstChild(server.pid));
    using client = new NetClient(port);
    for (let number = 0; number < 3; number++) {
      await client.send(`${lineOf('a', number)}\n`);
      await until(() => (number === 0 ? readFileSync(file, 'utf8') !== '' : server.stderr.includes('EIO: ')));
    }
    await until(() => server.stderr.includes('works again'));
    await until(() => checkLines(readFileSync(file, 'utf8')) === 3);
  });

  it('ends within --drain-seconds when a write never returns', { skip }, async () => {
    using folder = new Folder();
    const file = folder.file('out');
    using server = injected(file, 'delay_enter=60000000', '--drain-seconds', '0.5', '--file', file);
    const port = await server.servePort();
    const pid = firstChild(server.pid);
    using _traced = killedAtEnd(pid);
    using client = new NetClient(port);
    await client.send('x');
    await until(() => server.stderr.includes('connected'));
    await setTimeout(100);
    const asked = performance.now();
    process.kill(pid, 'SIGTERM');
    // strace does not notice the end of the process before the delay is over.
    await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
    const ms = performance.now() - asked;
    assert.ok(ms > 450 && ms < 5000, `${ms} ms`);
    assert.match(server.stderr, /tripoll: the disk does not answer; 1 message is lost\n/);
  });
});

/** `tripoll serve` whose writes to a file strace makes fail, or delays. One thread of the pool, because strace counts by thread. */
function injected(file: string, fault: string, ...options: string[]): Child {
  writeFileSync(file, '');
  const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-P', file, '-e', `inject=write:${fault}`];
  return new Child('env', 'UV_THREADPOOL_SIZE=1', ...strace, ...command, ...options);
}

function killedAtEnd(pid: number): Disposable {
  return { [Symbol.dispose]: () => process.kill(pid, 'SIGKILL') };
}

function firstChild(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
}
