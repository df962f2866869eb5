import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { Child, dist, until } from '../support/child.ts';
import { NetClient } from '../support/serve.ts';
import { Terminal } from '../support/terminal.ts';

const LINE = `${'x'.repeat(99)}\n`;
const OPTIONS = ['--framing', 'line', '--drain-seconds', '0.5'];

/** The last bytes cannot be received while the terminal shows nothing. */
async function assertClientWaits(client: NetClient): Promise<void> {
  let isSent = false;
  const lines = LINE.repeat(10_000);
  void (async () => {
    for (let megabytes = 0; megabytes < 32; megabytes++) await client.send(lines);
    isSent = true;
  })();
  await setTimeout(500);
  assert.equal(isSent, false);
}

async function assertEndsInTime(server: Child): Promise<void> {
  const asked = performance.now();
  server.kill('SIGTERM');
  assert.deepEqual(await server.exit, { code: 1, signal: null });
  const ms = performance.now() - asked;
  assert.ok(ms > 450 && ms < 5000, `${ms} ms`);
}

describe('tripoll serve on a terminal that shows nothing, as after Ctrl-S', () => {
  it('makes its clients wait, and SIGTERM ends it in time, with a sentence', async () => {
    using terminal = new Terminal();
    using server = terminal.serve(['>'], ...OPTIONS);
    using client = new NetClient(await server.servePort());
    await assertClientWaits(client);
    await assertEndsInTime(server);
    assert.match(server.stderr, /tripoll: nobody reads the output; \d+ messages are lost\n$/);
  });

  it('does so when the log goes to the terminal, too', async () => {
    using terminal = new Terminal();
    using server = terminal.serve(['>', '2>'], ...OPTIONS, '--trace');
    using client = new NetClient(await server.listeningPort());
    await assertClientWaits(client);
    await assertEndsInTime(server);
  });

  it('ends after an error that nobody has handled, although its log goes to the terminal, too', async () => {
    using terminal = new Terminal();
    const crash = `--import=data:text/javascript,process.on('SIGWINCH',()=>{throw new Error('unforeseen')})`;
    const command = [process.execPath, crash, `${dist}src/cli/main.js`, 'serve', '--host', '127.0.0.1', '--port', '0'];
    using server = new Child('sh', '-c', 'exec "$@" >"$0" 2>"$0"', terminal.path, ...command, ...OPTIONS);
    using client = new NetClient(await server.listeningPort());
    await assertClientWaits(client);
    server.kill('SIGWINCH');
    assert.deepEqual(await server.exit, { code: 1, signal: null });
  });

  it('prints everything in order when the terminal shows it again', async () => {
    using terminal = new Terminal();
    using server = terminal.serve(['>'], '--framing', 'line');
    using client = new NetClient(await server.servePort());
    const lines = Array.from({ length: 20_000 }, (_, number) => `${number}\n`).join('');
    await client.send(lines);
    await until(() => server.stderr.includes('connected'));
    await setTimeout(100);
    let shown = '';
    await until(() => (shown += terminal.read()).replaceAll('\r', '').length === lines.length);
    assert.equal(shown.replaceAll('\r', ''), lines);
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
  });
});

describe('tripoll watch on a terminal that shows nothing', () => {
  it('serves, and ends at SIGTERM', async () => {
    using terminal = new Terminal();
    terminal.fill();
    using watch = terminal.run(['2>'], 'watch');
    await watch.listeningPort();
    const asked = performance.now();
    watch.kill('SIGTERM');
    assert.deepEqual(await watch.exit, { code: 0, signal: null });
    const ms = performance.now() - asked;
    assert.ok(ms < 5000, `${ms} ms`);
  });
});

describe('tripoll serve on a terminal', () => {
  for (const output of ['text', 'json']) {
    it(`escapes what a terminal would obey in a client's message (${output})`, async () => {
      using terminal = new Terminal();
      using server = terminal.serve(['>'], '--framing', 'line', '--output', output);
      using client = new NetClient(await server.servePort());
      await client.send('a\u009b2J\u202eb\x1b[2Jc\n');
      let shown = '';
      await until(() => (shown += terminal.read()).includes('\n'));
      const [c1, bidi, escape] = output === 'text' ? ['\\x9b', '\\u202e', '\\x1b'] : ['\\u009b', '\\u202e', '\\u001b'];
      assert.ok(shown.includes(`a${c1}2J${bidi}b${escape}[2Jc`), JSON.stringify(shown));
    });
  }
});
