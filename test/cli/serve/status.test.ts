import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { connectionStates, peerStates, statusText } from '../../../src/cli/serve/status.ts';
import { until } from '../../support/child.ts';
import { Client, serving } from '../../support/clients.ts';

describe('the status', () => {
  it('tells for each client when its last message came and what it has not finished, and which address is gone', async () => {
    await serving('epoll', { framing: 'line', timeoutSeconds: 0.02, expectEverySeconds: 0.15 }, async (subject) => {
      const { server } = subject;
      using gone = new Client(server.address(), 'one\n', '127.0.0.2');
      gone.finish();
      await subject.ended(1);
      using client = subject.client('one\ntwo\nhal');
      using mute = subject.client();
      await subject.received(3);
      await subject.connected(3);
      await until(() => connectionStates(server)[0]?.unfinishedBytes === 3 && peerStates(server)[0]?.isSilent);
      const lines = statusText(server)
        .replace(/\d+\.\d s/g, 'N s')
        .replace(/fd \d+/g, 'fd N')
        .replace(/:\d+ /g, ':PORT ')
        .split('\n');
      assert.match(lines[0]!, /^status: 2 connected, 3 clients, 3 messages, 15 bytes, \d+ turns$/);
      assert.deepEqual(lines.slice(1), [
        '  fd N  127.0.0.1:PORT  age N s  2 messages, the last N s ago  unfinished 3 for N s  in 11  out 0  buffered 0',
        '  fd N  127.0.0.1:PORT  age N s  0 messages  in 0  out 0  buffered 0',
        '  127.0.0.2  not connected  1 message, the last N s ago  silent',
      ]);
      const [first, second] = connectionStates(server);
      assert.ok(first!.lastMessageSeconds! >= 0 && first!.unfinishedSeconds! < 60);
      assert.deepEqual([second!.lastMessageSeconds, second!.unfinishedSeconds], [null, null]);
      assert.deepEqual(
        peerStates(server).map(({ host, clients, messages }) => [host, clients, messages]),
        [
          ['127.0.0.2', 0, 1],
          ['127.0.0.1', 1, 2],
          ['other', 0, 0],
        ],
      );
      client.send('f\n');
      client.finish();
      mute.finish();
    });
  });
});
