import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { Child, dist, until } from '../support/child.ts';
import { NetClient, serve } from '../support/serve.ts';
import { UnreadFifo } from '../support/unread-fifo.ts';

// The server ignores a second signal within 300 ms.
const LATER_MS = 500;
const LINE = `${'x'.repeat(99)}\n`;
// More than a pipe can hold, but not enough to make the server stop reading from its clients.
const OVERFLOW = LINE.repeat(700);

const outputs: [name: string, start: (fifo: UnreadFifo, ...args: string[]) => Child][] = [
  ['standard output', (fifo, ...args) => fifo.serve(1, '--framing', 'line', ...args)],
  ['--file', (fifo, ...args) => serve('--framing', 'line', '--file', fifo.path, ...args)],
];

async function fill(server: Child): Promise<void> {
  using client = new NetClient(await server.servePort());
  await client.send(OVERFLOW);
  client.socket.end();
  await until(() => server.stderr.includes(' eof: 700 messages'));
}

describe('tripoll serve whose output nobody reads', () => {
  for (const [name, start] of outputs) {
    it(`ends within --drain-seconds, says that messages are lost, and fails (${name})`, async () => {
      using fifo = new UnreadFifo();
      using server = start(fifo, '--drain-seconds', '0.5');
      await fill(server);
      const asked = performance.now();
      server.kill('SIGTERM');
      assert.deepEqual(await server.exit, { code: 1, signal: null });
      const ms = performance.now() - asked;
      assert.ok(ms > 450 && ms < 5000, `${ms} ms`);
      assert.match(server.stderr, /\ntripoll: nobody reads the output; \d+ messages are lost\n$/);
    });

    it(`waits for a reader that comes in time, and loses nothing (${name})`, async () => {
      using fifo = new UnreadFifo();
      using server = start(fifo);
      await fill(server);
      server.kill('SIGTERM');
      await until(() => server.stderr.includes('ended: '));
      await setTimeout(LATER_MS);
      let text = '';
      await until(() => (text += fifo.read()).length >= OVERFLOW.length);
      assert.deepEqual(await server.exit, { code: 0, signal: null });
      assert.equal(text, OVERFLOW);
    });

    it(`ends immediately at a second signal (${name})`, async () => {
      using fifo = new UnreadFifo();
      using server = start(fifo, '--drain-seconds', '0');
      await fill(server);
      server.kill('SIGTERM');
      await until(() => server.stderr.includes('ended: '));
      await setTimeout(LATER_MS);
      server.kill('SIGTERM');
      assert.deepEqual(await server.exit, { code: 143, signal: null });
    });
  }
});

describe('tripoll serve whose log nobody reads', () => {
  for (const form of ['text', 'json']) {
    it(`goes on serving, drops more than 1 MiB of log, and says so when somebody reads it again (${form})`, async () => {
      using fifo = new UnreadFifo();
      using server = fifo.serve(2, '--log', form, '--trace', '--framing', 'line', '--echo', '--quiet');
      using client = new NetClient(await server.listeningPort());
      await client.send('x\n'.repeat(300_000));
      await until(() => client.received.length === 600_000);
      let log = '';
      await until(() => /[1-9]\d* events? of the log dropped/.test((log += fifo.read()).slice(-100_000)));
      assert.ok(log.length > 2 ** 20 && log.length < 2 ** 22, `${log.length} bytes`);
    });
  }

  it('ends within --drain-seconds, with exit code 0', async () => {
    using fifo = new UnreadFifo();
    using server = fifo.serve(2, '--trace', '--framing', 'line', '--echo', '--quiet', '--drain-seconds', '0.5');
    using client = new NetClient(await server.listeningPort());
    await client.send('x\n'.repeat(30_000));
    await until(() => client.received.length === 60_000);
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
  });
});

describe('tripoll serve with a slow reader', () => {
  it('prints everything that a client sent before SIGTERM, although the client stays connected', async () => {
    const command = [process.execPath, `${dist}src/cli/main.js`, 'serve', '--host', '127.0.0.1', '--port', '0'];
    using server = new Child('sh', '-c', '"$@" | { sleep 1.5; wc -l; }', 'sh', ...command, '--framing', 'line');
    using client = new NetClient(await server.servePort());
    // Each recv ends at the end of a line, so only the kernel knows that more has arrived.
    await client.send(`${'x'.repeat(511)}\n`.repeat(1500));
    const pid = Number(readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').split(' ')[0]);
    process.kill(pid, 'SIGTERM');
    await server.exit;
    assert.equal(server.stdout.trim(), '1500', server.stderr);
  });
});
