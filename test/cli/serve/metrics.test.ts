import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { expositionText } from '../../../src/cli/serve/exposition.ts';
import { serverMetrics } from '../../../src/cli/serve/metrics.ts';
import { Server } from '../../../src/server.ts';
import { until } from '../../support/child.ts';
import { NetClient } from '../../support/serve.ts';

describe('serverMetrics', () => {
  it('adds up the output that waits for clients that do not read', async () => {
    const server: Server = new Server({
      address: ['127.0.0.1', 0],
      onConnection: (connection) => {
        // More than the buffers of both sockets hold.
        connection.write(Buffer.alloc(2 ** 23));
      },
    });
    const metrics = serverMetrics(server);
    const served = server.serveForever();
    try {
      const [, port] = server.address() as [string, number];
      using first = new NetClient(port);
      using second = new NetClient(port);
      for (const { socket } of [first, second]) socket.pause();
      await until(() => server.connections.size === 2);
      const buffered = [...server.connections].map(({ bufferedBytes }) => bufferedBytes);
      assert.ok(Math.min(...buffered) > 2 ** 20, String(buffered));
      const text = expositionText(metrics);
      assert.equal(numberOf('tripoll_output_buffer_bytes', text), buffered[0]! + buffered[1]!);
      assert.equal(numberOf('tripoll_paused_connections', text), 2);
    } finally {
      server.close();
      await served;
    }
    assert.equal(numberOf('tripoll_output_buffer_bytes', expositionText(metrics)), 0);
  });
});

function numberOf(metric: string, text: string): number {
  return Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(text)?.[1]);
}
