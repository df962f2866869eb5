import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Backend } from '../../src/server.ts';
import type { Child } from '../support/child.ts';
import { serverChild } from '../support/clients.ts';
import { someOf } from '../support/long-run.ts';
import { skipWithout } from '../support/programs.ts';

// Each error starts a server under strace, which costs a third of a second of CPU.
const pause = someOf<[Backend, code: string]>([
  ['select', 'ENOMEM'],
  ['poll', 'ENOMEM'],
  ['epoll', 'ENOMEM'],
  ['select', 'ENOBUFS'],
  ['poll', 'EPROTO'],
  ['poll', 'ETIMEDOUT'],
]);
const end = someOf(['EBADF', 'ENOTSOCK', 'EINVAL', 'EOPNOTSUPP']);
const PAUSES_MS = 195;

const options = { concurrency: 2, skip: skipWithout('strace') };
describe('a datagram server, when strace injects an error into recvfrom,', options, () => {
  for (const [backend, code] of pause) {
    it(`${code}, twice: it pauses twice, and goes on (${backend})`, () => receivesInTheEnd(backend, code, PAUSES_MS));
  }
  it('ECONNREFUSED, twice: it goes on (epoll)', () => receivesInTheEnd('epoll', 'ECONNREFUSED', 0));
  for (const code of end) {
    it(`ends with an error that names the code: ${code}`, async () => {
      using child = injected('poll', code, '1');
      assert.deepEqual(await child.exit, { code: 1, signal: null });
      assert.match(child.stderr, new RegExp(`OSError: ${code === 'EOPNOTSUPP' ? 'ENOTSUP' : code}: .*, recvfrom`));
    });
  }
});

function injected(backend: Backend, code: string, when: string): Child {
  const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=recvfrom'];
  const injection = `inject=recvfrom:error=${code}:when=${when}`;
  return serverChild(receiveOne, ['env', `BACKEND=${backend}`, ...strace, '-e', injection]);
}

async function receivesInTheEnd(backend: Backend, code: string, leastMs: number): Promise<void> {
  using child = injected(backend, code, '1..2');
  assert.deepEqual(await child.exit, { code: 0, signal: null }, child.stderr);
  const { messages, receiveErrors, turns, afterMs } = JSON.parse(child.stdout) as Record<string, unknown>;
  assert.deepEqual([messages, receiveErrors], [1, { [code]: 2 }]);
  assert.ok(Number(afterMs) >= leastMs && Number(afterMs) < 10_000, `${String(afterMs)} ms`);
  assert.ok(Number(turns) < 20, `${String(turns)} turns`);
}

// A wait lasts 30 s when nothing arrives; only a pause makes it shorter.
async function receiveOne(
  { DatagramServer }: typeof import('../../src/server.ts'),
  { Socket, AF_INET, SOCK_DGRAM }: typeof import('../../src/socket.ts'),
): Promise<void> {
  const began = performance.now();
  const server = new DatagramServer({
    address: ['127.0.0.1', 0],
    backend: process.env.BACKEND as 'select',
    timeoutSeconds: 30,
    onMessage: () => {
      server.shutdown();
    },
  });
  const client = new Socket(AF_INET, SOCK_DGRAM);
  client.connect(['127.0.0.1', Number(server.address()[1])]);
  client.send(new TextEncoder().encode('x'));
  await server.serveForever();
  client.close();
  console.log(JSON.stringify({ ...server.stats(), afterMs: performance.now() - began }));
}
