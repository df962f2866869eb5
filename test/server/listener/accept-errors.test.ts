import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { serverChild } from '../../support/clients.ts';
import { someOf } from '../../support/long-run.ts';
import { skipWithout } from '../../support/programs.ts';

// Each error starts a server under strace, which costs a third of a second of CPU.
const failOneConnection = someOf(['ECONNABORTED', 'EPROTO', 'ENETDOWN', 'EHOSTUNREACH', 'EPERM']);
const waitAgain = someOf(['EAGAIN', 'EINTR']);
// The last three are in no list: the kernel does not document them for accept4.
const pause = someOf(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'ETIMEDOUT', 'EIO', 'EFAULT']);
const end = someOf(['EBADF', 'EINVAL', 'ENOTSOCK', 'EOPNOTSUPP']);

interface Outcome {
  messages: number;
  acceptErrors: Record<string, number>;
  paused: number;
  turns: number;
  acceptedAtOnce: number;
}

const options = { concurrency: true, skip: skipWithout('strace') };
describe('a server, when strace injects an error into accept4,', options, () => {
  const injected = (code: string, when: string) => {
    const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=accept4'];
    return serverChild(serveFive, [...strace, '-e', `inject=accept4:error=${code}:when=${when}`]);
  };
  for (const code of [...failOneConnection, ...waitAgain, ...pause]) {
    it(`serves every client in the end: ${code}, five times`, async () => {
      using child = injected(code, '1..5');
      assert.deepEqual(await child.exit, { code: 0, signal: null }, child.stderr);
      const { messages, acceptErrors, paused, turns, acceptedAtOnce } = JSON.parse(child.stdout) as Outcome;
      assert.deepEqual([messages, acceptErrors], [5, waitAgain.includes(code) ? {} : { [code]: 5 }]);
      assert.equal(paused, pause.includes(code) ? 5 : 0);
      // Only an error of the connection itself lets the rest of the queue be accepted in the same turn.
      assert.equal(acceptedAtOnce, failOneConnection.includes(code) ? 5 : 0);
      assert.ok(turns < 200, `${turns} turns`);
    });
  }

  for (const code of end) {
    it(`ends with an error that names the code: ${code}`, async () => {
      using child = injected(code, '1');
      assert.deepEqual(await child.exit, { code: 1, signal: null });
      assert.match(child.stderr, new RegExp(`OSError: ${code === 'EOPNOTSUPP' ? 'ENOTSUP' : code}: .*, accept4`));
    });
  }
});

async function serveFive(
  { Server }: typeof import('../../../src/server.ts'),
  { createConnection }: typeof import('../../../src/socket.ts'),
): Promise<void> {
  let messages = 0;
  let paused = 0;
  let acceptedAtOnce: number | undefined;
  const server = new Server({
    address: ['127.0.0.1', 0],
    timeoutSeconds: 0.1,
    onTurn: ({ did }) => (acceptedAtOnce ??= did.filter(({ call, result }) => call === 'accept' && result >= 0).length),
    onMessage: () => messages++,
    onExhausted: () => paused++,
  });
  const address = ['127.0.0.1', Number(server.address()[1])] as const;
  const clients = [1, 2, 3, 4, 5].map(() => createConnection(address));
  for (const client of clients) client.sendall(new TextEncoder().encode('x'));
  const done = server.serveForever();
  const began = performance.now();
  while (messages < 5 && performance.now() - began < 15_000)
    await new Promise((resolve) => globalThis.setTimeout(resolve, 10));
  const { acceptErrors, turns } = server.stats();
  for (const client of clients) client.close();
  server.shutdown();
  await done;
  console.log(JSON.stringify({ messages, acceptErrors, paused, turns, acceptedAtOnce }));
}
