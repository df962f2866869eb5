import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Command } from 'commander';

import { type AnyServer, createServer, type Receivers } from '../../../src/cli/serve/create-server.ts';
import { effectiveSettings } from '../../../src/cli/serve/effective-settings.ts';
import { addServeOptions } from '../../../src/cli/serve/options.ts';
import type { MessageOutput } from '../../../src/cli/serve/output/message-output.ts';
import type { Messages } from '../../../src/cli/serve/output/messages.ts';
import type { Log } from '../../../src/cli/serve/log.ts';
import { AF_INET, SOCK_DGRAM, Socket } from '../../../src/socket.ts';
import { hostPortText } from '../../../src/socket/address-text.ts';
import { sendOnce, until } from '../../support/child.ts';
import { NetClient } from '../../support/serve.ts';

// Starts a server with these options, which serves in this process until the end of the test.
function serve(
  args: readonly string[],
  receivers: Partial<Receivers> = {},
): { server: AnyServer; port: number } & Disposable {
  const command = addServeOptions(new Command()).parse(['--host', '127.0.0.1', '--port', '0', ...args], {
    from: 'user',
  });
  const server = createServer(effectiveSettings(command).values, { log: () => undefined, ...receivers });
  void server.serveForever();
  const [, port] = server.address() as [string, number];
  return {
    server,
    port,
    [Symbol.dispose]: () => {
      server.close();
    },
  };
}

describe('createServer', () => {
  for (const [framing, sent, back = sent] of [
    ['chunk', 'any'],
    ['line', 'a\r\nb\n', 'a\nb\n'],
    ['delimiter:\\0', 'a\0b\0'],
    ['fixed:2', 'abcd'],
    ['netstring', '3:abc,0:,'],
    ['octet-counting', '3 abc1 d'],
    ['length-prefixed:2,little-endian', '\x03\0abc\x01\0d'],
    ['length-prefixed:1,adjustment=-1', '\x04abc\x02d'],
    ['length-prefixed:1,offset=1,keep-header', 'H\x03abc'],
  ] as const) {
    it(`makes a server that echoes each message as it came: --framing ${framing}`, async () => {
      using serving = serve(['--echo', '--framing', framing]);
      using client = new NetClient(serving.port);
      await client.send(Buffer.from(sent, 'latin1'));
      await until(() => client.received.length >= back.length);
      assert.equal(client.received, back);
    });
  }

  it('writes what no message has become to the output, marked with the reason', async () => {
    const written: [text: string, unfinished: string | undefined][] = [];
    const output = {
      write: ({ source, unfinished }: Messages) => void written.push([source.toString(), unfinished]),
    } as unknown as MessageOutput;
    for (const echo of [[], ['--echo']]) {
      written.length = 0;
      using serving = serve(['--framing', 'line', ...echo], { output });
      await sendOnce(serving.port, 'temp=20\ntemp=21');
      await until(() => written.length === 2);
      assert.equal(written[0]![1], undefined);
      assert.deepEqual(written[1], ['temp=21', 'eof']);
    }
  });

  for (const [what, options] of [
    ['a client', ['--framing', 'line']],
    ['a sender of datagrams', ['--udp']],
  ] as const) {
    it(`logs once that ${what} is silent, and once that it is back: --expect-every`, async () => {
      const lines: string[] = [];
      const log: Log = (level, event, sentence) => {
        if (event.startsWith('silence')) lines.push(`${level} ${sentence.replace(/[\d.]+ s$/, 'N s')}`);
      };
      using serving = serve(['--expect-every', '0.15', '--timeout', '0.02', ...options], { log });
      const send = async (): Promise<void> => {
        if (what === 'a client') {
          await sendOnce(serving.port, 'x\n');
          return;
        }
        using socket = new Socket(AF_INET, SOCK_DGRAM);
        socket.sendto(Buffer.from('x'), ['127.0.0.1', serving.port]);
      };
      await send();
      await until(() => lines.length === 1);
      await send();
      await until(() => lines.length === 2);
      assert.deepEqual(lines, ['warn 127.0.0.1 is silent: no message for N s', 'info 127.0.0.1 is back']);
    });
  }

  for (const [host, address] of [
    ['::1', '[::1]'],
    ['localhost', '127.0.0.1'],
  ] as const) {
    it(`makes a server that listens on ${host}`, async () => {
      const events: string[] = [];
      using serving = serve(['--host', host], { log: (_level, event) => events.push(event) });
      assert.equal(hostPortText(serving.server.address()), `${address}:${serving.port}`);
      await sendOnce(serving.port, 'x', host);
      await until(() => serving.server.stats().bytes === 1 && events.includes('connection.close'));
    });
  }
});
