import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as sys from '../../src/sys.ts';
import { check, Fds, named } from '../support/fds.ts';

const IP_ADD_SOURCE_MEMBERSHIP = 39;
const IP_MSFILTER = 41;
const SIZEOF_IP_MSFILTER = 16;

// Options whose value makes the kernel read or write memory outside of the value.
const REFUSED: readonly (readonly [name: string, level: number, option: number])[] = [
  ['SO_ATTACH_FILTER', sys.SOL_SOCKET, 26],
  ['SO_ATTACH_REUSEPORT_CBPF', sys.SOL_SOCKET, 51],
  ['TCP_ZEROCOPY_RECEIVE', sys.IPPROTO_TCP, 35],
  ['TCP_AO_GET_KEYS', sys.IPPROTO_TCP, 41],
  ['IP_MSFILTER', sys.IPPROTO_IP, IP_MSFILTER],
  ['MCAST_MSFILTER', sys.IPPROTO_IP, 48],
  ['MCAST_MSFILTER of IPv6', sys.IPPROTO_IPV6, 48],
  ['IPT_SO_SET_REPLACE', sys.IPPROTO_IP, 64],
  ['IPT_SO_GET_ENTRIES', sys.IPPROTO_IP, 65],
  ['ARPT_SO_SET_REPLACE', sys.IPPROTO_IP, 96],
  ['EBT_SO_SET_ENTRIES', sys.IPPROTO_IP, 128],
  ['IP6T_SO_SET_REPLACE', sys.IPPROTO_IPV6, 64],
  ['IP6T_SO_GET_ENTRIES', sys.IPPROTO_IPV6, 65],
  ['SOL_NETLINK', 270, 1],
  ['SOL_PACKET', 263, 5],
  ['SOL_TLS', 282, 1],
  ['SOL_MPTCP', 284, 2],
  ['SOL_XDP', 283, 4],
  ['SOL_ALG', 279, 1],
  ['an unknown level', 12345, 1],
  ['a negative level', -1, 1],
];

function getInt(fd: number, level: number, option: number): number {
  const value = new Int32Array(1);
  check(sys.getsockopt(fd, level, option, value, new Int32Array(1)));
  return value[0]!;
}

describe('sys.setsockopt and sys.getsockopt', () => {
  const integers: readonly (readonly [name: string, level: number, option: number, value: number])[] = [
    ['SO_REUSEADDR', sys.SOL_SOCKET, sys.SO_REUSEADDR, 1],
    ['SO_KEEPALIVE', sys.SOL_SOCKET, sys.SO_KEEPALIVE, 1],
    ['TCP_NODELAY', sys.IPPROTO_TCP, sys.TCP_NODELAY, 1],
    ['TCP_KEEPIDLE', sys.IPPROTO_TCP, sys.TCP_KEEPIDLE, 77],
    ['IP_TTL', sys.IPPROTO_IP, sys.IP_TTL, 33],
  ];
  for (const [name, level, option, value] of integers) {
    it(`sets and gets ${name}`, () => {
      using fds = new Fds();
      const [fd] = fds.bound(sys.SOCK_STREAM);
      assert.notEqual(getInt(fd, level, option), value);
      assert.equal(sys.setsockopt(fd, level, option, Int32Array.of(value), 0), 0);
      assert.equal(getInt(fd, level, option), value);
    });
  }

  it('sets and gets a structure, and writes its length', () => {
    using fds = new Fds();
    const [fd] = fds.bound(sys.SOCK_STREAM);
    assert.equal(sys.setsockopt(fd, sys.SOL_SOCKET, sys.SO_LINGER, Int32Array.of(1, 5), 0), 0);
    const value = new Int32Array(4).fill(-7);
    const length = new Int32Array(1);
    assert.equal(sys.getsockopt(fd, sys.SOL_SOCKET, sys.SO_LINGER, value, length), 0);
    assert.deepEqual([...value, ...length], [1, 5, -7, -7, 8]);
  });

  it('leaves the length unchanged after an error', () => {
    using fds = new Fds();
    const length = Int32Array.of(-7);
    const result = sys.getsockopt(fds.closed(), sys.SOL_SOCKET, sys.SO_LINGER, new Int32Array(2), length);
    assert.deepEqual([named(result), length[0]], ['EBADF', -7]);
  });

  it('sets IPv6 options', (t) => {
    using fds = new Fds();
    const result = sys.socket(sys.AF_INET6, sys.SOCK_STREAM | sys.SOCK_CLOEXEC, 0);
    if (named(result) === 'EAFNOSUPPORT') {
      t.skip('needs IPv6');
      return;
    }
    const fd = fds.own(result);
    assert.equal(sys.setsockopt(fd, sys.IPPROTO_IPV6, sys.IPV6_V6ONLY, Int32Array.of(1), 0), 0);
    assert.equal(getInt(fd, sys.IPPROTO_IPV6, sys.IPV6_V6ONLY), 1);
  });

  it('reads and clears SO_ERROR, and reads SO_TYPE and SO_ACCEPTCONN', () => {
    using fds = new Fds();
    const [listener, address] = fds.listener();
    assert.equal(getInt(listener, sys.SOL_SOCKET, sys.SO_TYPE), sys.SOCK_STREAM);
    assert.equal(getInt(listener, sys.SOL_SOCKET, sys.SO_ACCEPTCONN), 1);
    fds.close(listener);
    const fd = fds.own(sys.socket(sys.AF_INET, sys.SOCK_STREAM | sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC, 0));
    sys.connect(fd, address, address.length);
    check(sys.poll(Int32Array.of(fd, sys.POLLOUT), 1, 5000));
    assert.equal(named(-getInt(fd, sys.SOL_SOCKET, sys.SO_ERROR)), 'ECONNREFUSED');
    assert.equal(getInt(fd, sys.SOL_SOCKET, sys.SO_ERROR), 0);
  });

  it('fill a value of no bytes with nothing', () => {
    using fds = new Fds();
    const [fd] = fds.pair();
    const length = Int32Array.of(-7);
    assert.equal(sys.getsockopt(fd, sys.SOL_SOCKET, sys.SO_TYPE, new Uint8Array(0), length), 0);
    assert.equal(length[0], 0);
    assert.equal(named(sys.setsockopt(fd, sys.SOL_SOCKET, sys.SO_KEEPALIVE, new Uint8Array(0), 4)), 'EINVAL');
  });

  it('return the errno for null with a length, unknown options and other files', () => {
    using fds = new Fds();
    const [fd] = fds.pair();
    assert.equal(named(sys.setsockopt(fd, sys.SOL_SOCKET, sys.SO_KEEPALIVE, null, 4)), 'EFAULT');
    assert.equal(named(sys.setsockopt(fd, sys.SOL_SOCKET, 9999, Int32Array.of(1), 0)), 'ENOPROTOOPT');
    const file = fds.at(0);
    assert.equal(
      named(sys.getsockopt(file, sys.SOL_SOCKET, sys.SO_TYPE, new Int32Array(1), new Int32Array(1))),
      'ENOTSOCK',
    );
  });

  for (const [name, level, option] of REFUSED) {
    it(`refuse ${name}`, () => {
      using fds = new Fds();
      for (const type of [sys.SOCK_STREAM, sys.SOCK_DGRAM]) {
        const [fd] = fds.bound(type);
        const value = new Uint8Array(64);
        assert.equal(named(sys.setsockopt(fd, level, option, value, 0)), 'ENOPROTOOPT');
        assert.equal(named(sys.getsockopt(fd, level, option, value, new Int32Array(1))), 'ENOPROTOOPT');
      }
    });
  }

  it('let nothing be written beyond a value that asks for more elements than it has room for', () => {
    using fds = new Fds();
    const [fd] = fds.bound(sys.SOCK_DGRAM);
    const group = [239, 1, 2, 3, 127, 0, 0, 1];
    for (const last of [1, 2, 3, 4]) {
      const source = Uint8Array.of(...group, 127, 0, 0, last);
      check(sys.setsockopt(fd, sys.IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, source, 0));
    }
    const memory = new Uint8Array(64).fill(0xa5);
    memory.set([...group, ...new Uint8Array(Uint32Array.of(1, 4).buffer)]);
    sys.getsockopt(fd, sys.IPPROTO_IP, IP_MSFILTER, memory.subarray(0, SIZEOF_IP_MSFILTER), new Int32Array(1));
    assert.deepEqual(memory.subarray(SIZEOF_IP_MSFILTER), new Uint8Array(48).fill(0xa5));
  });
});
