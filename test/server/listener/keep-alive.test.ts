import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Server, type ServerOptions } from '../../../src/server.ts';
import { createServer, SO_KEEPALIVE, SOL_SOCKET } from '../../../src/socket.ts';
import * as sys from '../../../src/sys.ts';
import { IPPROTO_TCP, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_USER_TIMEOUT } from '../../../src/sys.ts';
import { Client, serving } from '../../support/clients.ts';

const NAMES = [
  [SOL_SOCKET, SO_KEEPALIVE],
  [IPPROTO_TCP, TCP_KEEPIDLE],
  [IPPROTO_TCP, TCP_KEEPINTVL],
  [IPPROTO_TCP, TCP_KEEPCNT],
  [IPPROTO_TCP, TCP_USER_TIMEOUT],
] as const;

/** The options of the connection of a client. */
async function optionsOf(options: Partial<ServerOptions>, connectBefore?: () => Client): Promise<number[]> {
  const before = connectBefore?.();
  const values: number[] = [];
  await serving('epoll', options, async (subject) => {
    using client = before ?? subject.client();
    await subject.connected(1);
    const fd = subject.connections[0]!.fileno();
    for (const [level, name] of NAMES) {
      const value = new Int32Array(1);
      assert.equal(sys.getsockopt(fd, level, name, value, Int32Array.of(4)), 0);
      values.push(value[0]!);
    }
    client.finish();
    await subject.ended(1);
  });
  return values;
}

describe('keepAliveSeconds and its relatives', () => {
  it('end a connection within a minute by default when its peer has vanished', async () => {
    const [isOn, idle, interval, probes, userTimeoutMs] = await optionsOf({});
    assert.equal(isOn, 1);
    assert.ok(idle! + interval! * probes! < 60, `${idle} + ${interval} x ${probes}`);
    assert.equal(userTimeoutMs, (idle! + interval! * probes!) * 1e3);
  });

  it('are set as asked, on the connections of an inherited listener as well', async () => {
    const limits = { keepAliveSeconds: 7, keepAliveIntervalSeconds: 1.5, keepAliveProbes: 3, userTimeoutSeconds: 2.5 };
    assert.deepEqual(await optionsOf(limits), [1, 7, 2, 3, 2500]);
    const listener = createServer(['127.0.0.1', 0]);
    const address = { fd: listener.fileno() };
    // This client waits in the queue when the server takes the listener over.
    const connectBefore = (): Client => new Client(listener.getsockname());
    assert.deepEqual(await optionsOf({ ...limits, address }, connectBefore), [1, 7, 2, 3, 2500]);
    listener.detach();
  });

  it('leave it to the kernel when they are 0, and do not end a client that may leave output unread for long', async () => {
    const off = await optionsOf({ keepAliveSeconds: 0 });
    assert.deepEqual([off[0], off[4]], [0, 0]);
    assert.equal((await optionsOf({ writeStallSeconds: 0 }))[4], 0);
    assert.equal((await optionsOf({ writeStallSeconds: 0, userTimeoutSeconds: 5 }))[4], 5000);
  });

  for (const options of [{ keepAliveSeconds: 32_768 }, { keepAliveIntervalSeconds: 0 }, { keepAliveProbes: 128 }]) {
    it(`must be numbers that the kernel accepts: ${JSON.stringify(options)}`, () => {
      const [name] = Object.keys(options);
      assert.throws(() => new Server({ address: ['127.0.0.1', 0], ...options }), {
        name: 'RangeError',
        message: new RegExp(`^${name} must be \\d+ to \\d+, not \\d+$`),
      });
    });
  }
});
