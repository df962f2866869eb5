import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, it } from 'node:test';

import { type Answer, createLimitedServer, UNREAD_TIMEOUT_MS } from '../../src/http/limited-server.ts';
import { until } from '../support/child.ts';
import { NetClient } from '../support/serve.ts';

const REQUEST = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';
// More than the kernel takes for a client that reads nothing.
const UNREAD_BODY = Buffer.alloc(2 ** 25);

async function limitedServer(answer: Answer, test: (port: number) => Promise<void>): Promise<void> {
  const server = createLimitedServer(2, answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await test((server.address() as AddressInfo).port);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe('createLimitedServer', () => {
  it('gives the client a time limit only while it has to send or to read', async () => {
    const timeouts: (number | undefined)[] = [];
    const answer: Answer = async ({ socket }, response) => {
      timeouts.push(socket.timeout);
      await Promise.resolve();
      setImmediate(() => timeouts.push(socket.timeout));
      response.end(UNREAD_BODY);
    };
    await limitedServer(answer, async (port) => {
      using client = new NetClient(port);
      client.socket.pause();
      await client.send(REQUEST);
      await until(() => timeouts.length === 2);
      assert.deepEqual(timeouts, [0, UNREAD_TIMEOUT_MS]);
    });
  });

  it('begins an answer when the answer before it is complete', async () => {
    let running = 0;
    let most = 0;
    const answer: Answer = async (_, response) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      response.end('x');
    };
    await limitedServer(answer, async (port) => {
      using client = new NetClient(port);
      await client.send(REQUEST.repeat(10));
      await until(() => client.received.match(/200 OK/g)?.length === 10);
      assert.equal(most, 1);
    });
  });

  it('ends the connection of an answer that fails, and goes on', async () => {
    let requests = 0;
    const answer: Answer = (_, response) => {
      if (++requests === 1) throw new Error('no answer');
      response.end('x');
    };
    await limitedServer(answer, async (port) => {
      using first = new NetClient(port);
      await first.send(REQUEST);
      await until(() => first.ended);
      assert.equal(first.received, '');
      using second = new NetClient(port);
      await second.send(REQUEST);
      await until(() => second.received.includes('200 OK'));
    });
  });
});
