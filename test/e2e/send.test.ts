import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';

import { tripoll } from '../support/child.ts';

describe('tripoll send', () => {
  it('sends numbered messages, one connection each, an interval apart', async () => {
    const messages: string[] = [];
    const times: number[] = [];
    const server = createServer((socket) => {
      times.push(performance.now());
      socket.setEncoding('utf8').on('data', (text: string) => messages.push(text));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    using client = tripoll('send', '--port', port, '--count', '3', '--interval', '0.2', '--message', 'm');
    assert.deepEqual(await client.exit, { code: 0, signal: null });
    server.close();
    assert.deepEqual(messages, ['m0', 'm1', 'm2']);
    assert.ok((times[2] ?? 0) - (times[0] ?? 0) >= 380, String(times));
    assert.equal(client.stdout, '');
    assert.match(
      client.stderr,
      new RegExp(`^tripoll: sent 3 messages, 6 bytes to 127\\.0\\.0\\.1:${port} in \\d\\.\\d s\n$`),
    );
  });

  it('says that nobody listens, with exit code 1', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    await new Promise((resolve) => server.close(resolve));
    using client = tripoll('send', '--port', port);
    assert.deepEqual(await client.exit, { code: 1, signal: null });
    assert.match(
      client.stderr,
      /^tripoll: 0 of 15 messages sent to .*\ntripoll: ECONNREFUSED: .*`tripoll serve` starts a server\.\n$/,
    );
  });
});
