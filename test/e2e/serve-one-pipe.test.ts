import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { Child, dist, until } from '../support/child.ts';
import { NetClient } from '../support/serve.ts';
import { UnreadFifo } from '../support/unread-fifo.ts';
import { Terminal } from '../support/terminal.ts';
import { skipWithout } from '../support/programs.ts';

const CLIENTS = ['a', 'b', 'c'];
const LINES = 20;
// More than a pipe takes at once.
const LINE_BYTES = 20_000;
const text = (index: number): string => String.fromCharCode(97 + (index % 26)).repeat(LINE_BYTES);

/** `tripoll serve` with standard output and standard error in the same FIFO or terminal. */
function serveInto(path: string): Child {
  const command = [process.execPath, `${dist}src/cli/main.js`, 'serve', '--host', '127.0.0.1', '--port', '0'];
  return new Child('sh', '-c', 'exec "$@" > "$0" 2>&1', path, ...command, '--framing', 'line', '--log-level', 'debug');
}

describe('tripoll serve with standard output and standard error in one place', { skip: skipWithout('mkfifo') }, () => {
  for (const [name, Reader] of [
    ['pipe', UnreadFifo],
    ['terminal', Terminal],
  ] as const) {
    it(`writes no log into a message, and every message once and in order (${name})`, async () => {
      using reader = new Reader();
      using server = serveInto(reader.path);
      let output = '';
      const read = (): string => (output += reader.read());
      const port = Number((await until(() => /listening on \S+:(\d+),/.exec(read())))[1]);
      const clients = CLIENTS.map((client) => {
        const connection = new NetClient(port);
        for (let index = 0; index < LINES; index++) void connection.send(`${client} ${index} ${text(index)}\n`);
        return connection;
      });
      for (let rounds = 0; rounds < 50; rounds++) {
        server.kill('SIGUSR2');
        await setTimeout(2);
        output += reader.read();
      }
      const messages = (): string[] => output.split(/\r?\n/).filter((line) => /^[abc] /.test(line));
      await until(() => read() && messages().length >= CLIENTS.length * LINES && output.endsWith('\n'));
      server.kill('SIGTERM');
      for (const connection of clients) connection[Symbol.dispose]();
      assert.deepEqual(await server.exit, { code: 0, signal: null });
      for (const client of CLIENTS) {
        assert.deepEqual(
          messages().filter((line) => line.startsWith(client)),
          Array.from({ length: LINES }, (_, index) => `${client} ${index} ${text(index)}`),
        );
      }
    });
  }
});
