import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Address } from '../../../src/socket.ts';
import { AddressCounts, type CountedConnection } from '../../../src/server/connection/address-counts.ts';

const connectionFrom = (address: Address): CountedConnection => ({ compactAddress: address, countedHost: undefined });

describe('AddressCounts', () => {
  const same: [what: string, addresses: Address[]][] = [
    [
      'whatever their ports are',
      [
        ['192.0.2.1', 1],
        ['192.0.2.1', 2],
      ],
    ],
    [
      'as IPv4, and as IPv6 with an IPv4-mapped address',
      [
        ['192.0.2.1', 1],
        ['::ffff:192.0.2.1', 1, 0, 0],
        ['192.0.2.1', 2],
      ],
    ],
    [
      'with different flow labels',
      [
        ['2001:db8::1', 1, 0, 0],
        ['2001:db8::1', 1, 7, 0],
      ],
    ],
  ];
  for (const [what, addresses] of same) {
    it(`counts clients of one address together, ${what}`, () => {
      const counts = new AddressCounts();
      const connections = addresses.map(connectionFrom);
      assert.deepEqual(
        connections.map((connection) => counts.add(connection)),
        addresses.map((_, index) => index + 1),
      );
      for (const connection of connections) counts.remove(connection);
      assert.equal(counts.add(connections[0]!), 1);
    });
  }

  it('counts different addresses separately, and link-local addresses for each interface', () => {
    const counts = new AddressCounts();
    const addresses: Address[] = [
      ['192.0.2.1', 1],
      ['192.0.2.2', 1],
      ['::ffff:192.0.2.3', 1, 0, 0],
      ['::ffff:0:c000:203', 1, 0, 0],
      ['fe80::1', 1, 0, 2],
      ['fe80::1', 1, 0, 3],
    ];
    for (const address of addresses) assert.equal(counts.add(connectionFrom(address)), 1, String(address));
  });

  it('does not count clients of a Unix socket', () => {
    const counts = new AddressCounts();
    const clients = ['', '/run/client', Buffer.from('\0client')].map(connectionFrom);
    for (const client of clients) assert.equal(counts.add(client), 0);
    for (const client of clients) counts.remove(client);
  });
});
