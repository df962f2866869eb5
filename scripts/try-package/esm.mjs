// The 15-line server of README, and each module once.
import assert from 'node:assert/strict';

import * as tripoll from 'tripoll';
import { epoll, EPOLLIN, poll, POLLIN, select, selectAsync } from 'tripoll/select';
import { DefaultSelector, EVENT_READ } from 'tripoll/selectors';
import { Server } from 'tripoll/server';
import { createConnection, socketpair } from 'tripoll/socket';
import { TCPServer } from 'tripoll/socketserver';
import * as sys from 'tripoll/sys';

const [a, b] = socketpair();
assert.deepEqual(select([a], [], [], 0), [[], [], []]);
b.send(Buffer.from('x'));
assert.deepEqual(select([a], [], [], 0), [[a], [], []]);
const isNode = process.versions.bun === undefined && process.versions.deno === undefined;
if (isNode) assert.deepEqual(await selectAsync([a], [], [], 1), [[a], [], []]);
else await assert.rejects(selectAsync([a], [], [], 1), /only Node's event loop/);
const poller = poll();
poller.register(a, POLLIN);
assert.deepEqual(poller.poll(0), [[a.fileno(), POLLIN]]);
const edge = epoll();
edge.register(a, EPOLLIN);
assert.deepEqual(edge.poll(0), [[a.fileno(), EPOLLIN]]);
edge.close();
const selector = new DefaultSelector();
selector.register(a, EVENT_READ);
assert.equal(selector.select(0)[0][0].fileobj, a);
selector.close();
assert.equal(typeof tripoll.Server, 'function');
assert.equal(typeof TCPServer, 'function');
assert.ok(sys.eventfd(0, 0) > 0);

if (isNode) {
  const server = new Server({
    address: ['127.0.0.1', 0],
    backend: 'select',
    timeoutSeconds: 1,
    framing: 'line',
    onMessage(message, connection) {
      connection.write(`got ${message.length} bytes\n`);
    },
  });
  const served = server.serveForever();
  const client = createConnection(server.address());
  client.send(Buffer.from('hello\n'));
  await selectAsync([client], [], [], 10);
  assert.equal(String(client.recv(100)), 'got 5 bytes\n');
  server.shutdown();
  client.close();
  await served;
}
console.log('esm works');
