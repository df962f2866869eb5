import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { type Child, tripoll, until } from '../support/child.ts';
import { someOf } from '../support/long-run.ts';
import { skipWithout } from '../support/programs.ts';
import { numbered, seedClient } from '../support/seed-client.ts';
import { serve } from '../support/serve.ts';

const MESSAGES = Array.from({ length: 20 }, (_, index) => `message ${index}`);

// nc has no --version, so skipWithout('nc') alone would always skip.
const withoutNc = spawnSync('nc', ['-h']).status === 0 ? false : skipWithout('nc');

function run(program: string, args: string[], input = ''): void {
  const { status, stderr } = spawnSync(program, args, { input, encoding: 'utf8', timeout: 10_000 });
  assert.equal(status, 0, stderr);
}

const clients: [name: string, skip: string | false, start: (port: number) => Child][] = [
  ['examples/seed-client.py', skipWithout('python3'), (port) => seedClient('python3', port)],
  ['tripoll send', false, (port) => tripoll('send', '--port', String(port), '--interval', '0.02')],
];

for (const backend of someOf(['select', 'poll', 'epoll'])) {
  describe(`tripoll serve on ${backend}`, () => {
    for (const [name, skip, start] of clients) {
      it(`prints the 15 messages of ${name} in their order`, { skip }, async () => {
        using server = serve('--backend', backend);
        using client = start(await server.servePort());
        assert.deepEqual(await client.exit, { code: 0, signal: null });
        await until(() => server.stdout.split('\n').length > 15);
        assert.equal(server.stdout, numbered);
        server.kill('SIGTERM');
        assert.deepEqual(await server.exit, { code: 0, signal: null });
      });
    }

    it('receives lines from nc, and echoes them', { skip: withoutNc }, async () => {
      using server = serve('--backend', backend, '--framing', 'line', '--echo');
      const port = await server.servePort();
      const text = `${MESSAGES.join('\n')}\n`;
      const { stdout } = spawnSync('nc', ['-N', '127.0.0.1', String(port)], {
        input: text,
        encoding: 'utf8',
        timeout: 10_000,
      });
      assert.equal(stdout, text);
      await until(() => server.stdout === text);
      server.kill('SIGTERM');
      assert.equal((await server.exit).code, 0);
    });

    it('receives messages from logger, in octet counting', { skip: skipWithout('logger') }, async () => {
      using server = serve('--backend', backend, '--framing', 'octet-counting');
      const port = await server.servePort();
      const args = ['--server', '127.0.0.1', '--port', String(port), '--tcp', '--octet-count', '--tag', 'test'];
      run('logger', args, `${MESSAGES.join('\n')}\n`);
      await until(() => server.stdout.split('\n').length === MESSAGES.length + 1);
      const texts = server.stdout.trimEnd().split('\n');
      texts.forEach((line, index) => {
        assert.match(line, new RegExp(`^<\\d+>.* test .*${MESSAGES[index]!}$`));
      });
      server.kill('SIGTERM');
      assert.equal((await server.exit).code, 0);
    });
  });
}
