import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM, Socket } from '../../src/socket.ts';
import { until } from '../support/child.ts';
import { serveWith } from '../support/serve.ts';

function send(host: string, port: number, type: number): void {
  using client = new Socket(host.includes(':') ? AF_INET6 : AF_INET, type);
  client.connect([host, port]);
  client.send(Buffer.from(`from ${host}\n`));
}

describe('tripoll serve --host ::', { concurrency: true }, () => {
  for (const [option, type] of [
    ['--no-udp', SOCK_STREAM],
    ['--udp', SOCK_DGRAM],
  ] as const) {
    it(`receives IPv4 and IPv6 (${option})`, async () => {
      using server = serveWith({}, '--host', '::', '--port', '0', option);
      const port = await server.servePort();
      for (const host of ['127.0.0.1', '::1']) {
        send(host, port, type);
        await until(() => server.stdout.includes(`from ${host}\n`));
      }
    });

    it(`refuses IPv4 with --ipv6-only (${option})`, async () => {
      using server = serveWith({}, '--host', '::', '--port', '0', '--ipv6-only', option);
      const port = await server.servePort();
      if (type === SOCK_DGRAM) send('127.0.0.1', port, type);
      else {
        assert.throws(
          () => {
            send('127.0.0.1', port, type);
          },
          { code: 'ECONNREFUSED' },
        );
      }
      send('::1', port, type);
      await until(() => server.stdout !== '');
      assert.equal(server.stdout, 'from ::1\n');
    });
  }
});
