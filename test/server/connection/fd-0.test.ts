import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { backends, serverChild } from '../../support/clients.ts';

describe('a client whose fd is 0', { concurrency: true }, () => {
  for (const backend of backends) {
    it(`is served like every other client, also while two servers share one wait (${backend})`, async () => {
      using child = serverChild(serveFd0, ['env', `BACKEND=${backend}`]);
      assert.deepEqual(await child.exit, { code: 0, signal: null }, child.stderr);
      assert.deepEqual(JSON.parse(child.stdout), {
        fds: [0],
        replies: 'one two bye',
        ended: true,
        reasons: ['closed'],
      });
    });
  }
});

async function serveFd0(
  { Server }: typeof import('../../../src/server.ts'),
  { createConnection }: typeof import('../../../src/socket.ts'),
): Promise<void> {
  const { closeSync } = await import('node:fs');
  const fds: number[] = [];
  const reasons: string[] = [];
  const backend = process.env.BACKEND as 'select';
  const server = new Server({
    address: ['127.0.0.1', 0],
    backend,
    framing: 'line',
    timeoutSeconds: 30,
    onConnection: (connection) => fds.push(connection.fileno()),
    onMessage: (message, connection) => {
      if (message.toString() === 'bye') connection.end('bye');
      else connection.write(`${message.toString()} `);
    },
    onDisconnect: (_, reason) => reasons.push(reason),
  });
  const other = new Server({ address: ['127.0.0.1', 0], backend, timeoutSeconds: 30, onMessage: () => undefined });
  const client = createConnection(['127.0.0.1', Number(server.address()[1])]);
  client.setblocking(false);
  // accept(2) returns the lowest number that is free.
  closeSync(0);
  const served = [server.serveForever(), other.serveForever()];

  let replies = '';
  let ended = false;
  async function until(condition: () => boolean): Promise<void> {
    const giveUpMs = performance.now() + 5000;
    while (!condition() && performance.now() < giveUpMs) {
      await new Promise((resolve) => globalThis.setTimeout(resolve, 5));
      try {
        const bytes = ended ? '' : client.recv(100).toString();
        if (bytes === '') ended = true;
        replies += bytes;
      } catch (error) {
        if ((error as { code?: string }).code !== 'EAGAIN') throw error;
      }
    }
  }

  for (const [line, expected] of Object.entries({ one: 'one ', two: 'one two ', bye: 'one two bye' })) {
    client.sendall(new TextEncoder().encode(`${line}\n`));
    await until(() => replies === expected);
  }
  await until(() => ended);
  client.close();
  const giveUpMs = performance.now() + 5000;
  while (reasons.length === 0 && performance.now() < giveUpMs) {
    await new Promise((resolve) => globalThis.setTimeout(resolve, 5));
  }
  console.log(JSON.stringify({ fds, replies, ended, reasons }));
  for (const each of [server, other]) each.close();
  await Promise.all(served);
}
