import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Address, ServerOptions } from '../../../src/server.ts';
import { until } from '../../support/child.ts';
import { type Client, type Serving, serving } from '../../support/clients.ts';

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V4 = Buffer.from([192, 0, 2, 1, 198, 51, 100, 2, 0x30, 0x39, 0, 80]);
const V6 = Buffer.from('20010db8000000000000000000000001'.repeat(2) + '30390050', 'hex');

function version2(
  command: number,
  family: number,
  body: Uint8Array = new Uint8Array(0),
  declared = body.length,
): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.from([command, family, declared >> 8, declared & 255]), body]);
}

const proxied = (test: (subject: Serving) => Promise<void>, options: Partial<ServerOptions> = {}): Promise<void> =>
  serving('poll', { proxyProtocol: true, framing: 'line', ...options }, test);

// Without an address here, the expected address is that of the connection itself.
const good: [what: string, header: string | Buffer, address?: Address][] = [
  ['TCP4', 'PROXY TCP4 192.0.2.1 198.51.100.2 12345 80\r\n', ['192.0.2.1', 12345]],
  ['TCP6', 'PROXY TCP6 2001:db8::1 2001:db8::2 12345 80\r\n', ['2001:db8::1', 12345, 0, 0]],
  ['TCP6 in a long form', 'PROXY TCP6 2001:DB8:0:00::0001 ::2 12345 80\r\n', ['2001:db8::1', 12345, 0, 0]],
  ['TCP6, IPv4-mapped', 'PROXY TCP6 ::ffff:c000:201 ::2 12345 80\r\n', ['::ffff:192.0.2.1', 12345, 0, 0]],
  ['the highest port', 'PROXY TCP4 192.0.2.1 198.51.100.2 65535 0\r\n', ['192.0.2.1', 65535]],
  ['UNKNOWN', 'PROXY UNKNOWN\r\n'],
  ['UNKNOWN with more', 'PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'],
  ['version 2, IPv4', version2(0x21, 0x11, V4), ['192.0.2.1', 12345]],
  ['version 2, IPv6', version2(0x21, 0x21, V6), ['2001:db8::1', 12345, 0, 0]],
  ['version 2 with TLVs', version2(0x21, 0x11, Buffer.concat([V4, Buffer.alloc(300, 4)])), ['192.0.2.1', 12345]],
  ['version 2, LOCAL', version2(0x20, 0)],
  ['version 2, LOCAL with an address', version2(0x20, 0x11, V4)],
  ['version 2, UNSPEC', version2(0x21, 0)],
  ['version 2, a Unix socket', version2(0x21, 0x31, Buffer.alloc(216, 1))],
];

const malformed: [what: string, header: string | Buffer][] = [
  ['other bytes', 'hello\n'],
  ['an empty line', '\n'],
  ['PROXY only', 'PROXY \r\n'],
  ['another family', 'PROXY TCP5 192.0.2.1 198.51.100.2 1 2\r\n'],
  ['an IPv6 address in TCP4', 'PROXY TCP4 ::1 198.51.100.2 1 2\r\n'],
  ['an IPv4 address in TCP6', 'PROXY TCP6 192.0.2.1 2001:db8::2 1 2\r\n'],
  ['a name', 'PROXY TCP4 localhost 198.51.100.2 1 2\r\n'],
  ['a scope', 'PROXY TCP6 fe80::1%lo fe80::2 1 2\r\n'],
  ['a scope of the destination', 'PROXY TCP6 fe80::1 fe80::2%lo 1 2\r\n'],
  ['no destination', 'PROXY TCP4 192.0.2.1\r\n'],
  ['no port of the destination', 'PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n'],
  ['a wrong destination', 'PROXY TCP4 192.0.2.1 nowhere 1 2\r\n'],
  ['a port too high', 'PROXY TCP4 192.0.2.1 198.51.100.2 65536 2\r\n'],
  ['a negative port', 'PROXY TCP4 192.0.2.1 198.51.100.2 -1 2\r\n'],
  ['a field too many', 'PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n'],
  ['two spaces', 'PROXY TCP4  192.0.2.1 198.51.100.2 1 2\r\n'],
  ['a line that does not end', `PROXY UNKNOWN ${'x'.repeat(200)}`],
  ['version 3', version2(0x31, 0x11, V4)],
  ['an unknown command', version2(0x22, 0x11, V4)],
  ['addresses too short', version2(0x21, 0x11, V4.subarray(0, 11))],
  ['IPv6 addresses too short', version2(0x21, 0x21, V4)],
  ['a length of 65,535', version2(0x21, 0x11, V4, 65535)],
];

describe('a PROXY header', () => {
  for (const [what, header, address] of good) {
    it(`sets the address, wherever the header is cut in two: ${what}`, async () => {
      await proxied(async (subject) => {
        const stream = Buffer.concat([Buffer.from(header), Buffer.from('hello\n')]);
        const cuts = Array.from({ length: Math.min(stream.length, 80) - 1 }, (_, i) => i + 1);
        const clients = cuts.map((cut): [Client, number] => [subject.client(), cut]);
        for (const [client, cut] of clients) client.send(stream.subarray(0, cut));
        await until(() => subject.server.stats().bytes === cuts.reduce((sum, cut) => sum + cut, 0));
        for (const [client, cut] of clients) client.send(stream.subarray(cut));
        await subject.received(cuts.length);
        assert.deepEqual(subject.texts, Array<string>(cuts.length).fill('hello'));
        const own = clients.map(([client]) => client.socket.getsockname());
        const seen = subject.connections.map((connection) => connection.address);
        if (address === undefined) assert.deepEqual(sorted(seen), sorted(own));
        else for (const one of seen) assert.deepEqual(one, address);
        for (const [client] of clients) client.close();
      });
    });
  }

  it('may arrive byte by byte', async () => {
    await proxied(async (subject) => {
      using client = subject.client();
      for (const [i, byte] of version2(0x21, 0x21, V6).entries()) {
        client.send(Uint8Array.of(byte));
        await until(() => subject.server.stats().bytes === i + 1);
      }
      await subject.connected(1);
      assert.deepEqual(subject.connections[0]!.address, ['2001:db8::1', 12345, 0, 0]);
    });
  });

  it('ends the connection when it is malformed, and no handler is called for a message or a client', async () => {
    await proxied(async (subject) => {
      for (const [i, [what, header]] of malformed.entries()) {
        const client = subject.client();
        client.send(Buffer.concat([Buffer.from(header), Buffer.from('hello\n')]));
        await until(() => subject.server.stats().clients === i + 1 && subject.server.stats().connected === 0);
        assert.deepEqual(subject.reasons, Array(i + 1).fill('malformed'), what);
        client.close();
      }
      assert.deepEqual([subject.texts, subject.connections, subject.errors], [[], [], []]);
    });
  });

  it('ends the connection with eof when the client leaves before it is complete', async () => {
    await proxied(async (subject) => {
      subject.client('PROXY TCP4 192.').close();
      subject.client().close();
      await subject.ended(2);
      assert.deepEqual([subject.reasons, subject.connections], [['eof', 'eof'], []]);
    });
  });

  it('sets the address that maxClientsPerAddress counts', async () => {
    await proxied(
      async (subject) => {
        const clients = [1, 2, 1].map((host) => subject.client(`PROXY TCP4 192.0.2.${host} 192.0.2.9 1 2\r\nhello\n`));
        await subject.ended(1);
        await subject.received(2);
        assert.deepEqual([subject.reasons, subject.connections.length], [['shed'], 2]);
        for (const client of clients) client.close();
      },
      { maxClientsPerAddress: 1 },
    );
  });

  it('counts the forms of one address as one client address', async () => {
    const forms = ['TCP6 ::1', 'TCP6 0:0:0:0:0:0:0:1', 'TCP6 ::0001', 'TCP4 192.0.2.1', 'TCP6 ::ffff:192.0.2.1'];
    await proxied(
      async (subject) => {
        const clients = forms.map((form) => {
          const destination = form.startsWith('TCP4') ? '192.0.2.9' : '::2';
          return subject.client(`PROXY ${form} ${destination} 1 2\r\nhello\n`);
        });
        await subject.ended(3);
        await subject.received(2);
        assert.deepEqual(subject.reasons, ['shed', 'shed', 'shed']);
        assert.deepEqual(subject.connections.map(({ address }) => address[0]).toSorted(), ['192.0.2.1', '::1']);
        for (const client of clients) client.close();
      },
      { maxClientsPerAddress: 1 },
    );
  });
});

const sorted = (addresses: readonly Address[]): string[] => addresses.map(String).toSorted();
