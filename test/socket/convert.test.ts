import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  AF_INET,
  AF_INET6,
  htonl,
  htons,
  inetAton,
  inetNtoa,
  inetNtop,
  inetPton,
  ntohl,
  ntohs,
} from '../../src/socket.ts';

const LOCALHOST = Buffer.from([127, 0, 0, 1]);

describe('htons, ntohs, htonl and ntohl', () => {
  it('reverse the bytes, and reverse them back', () => {
    assert.deepEqual([0, 1, 80, 65535].map(htons), [0, 256, 20480, 65535]);
    assert.deepEqual([0, 1, 65536, 2 ** 32 - 1].map(htonl), [0, 16777216, 256, 2 ** 32 - 1]);
    assert.equal(ntohs(htons(9001)), 9001);
    assert.equal(ntohl(htonl(0xdeadbeef)), 0xdeadbeef);
  });

  it('throw for 16 bits as Python does', () => {
    const bits = 'C 16-bit unsigned integer';
    for (const [name, call] of Object.entries({ htons, ntohs })) {
      const large = { name: 'RangeError', message: `${name}: Python int too large to convert to ${bits}` };
      assert.throws(() => call(65536), large);
      assert.throws(() => call(-1), { message: `${name}: can't convert negative Python int to ${bits}` });
      assert.throws(() => call(2 ** 32), { message: 'signed integer is greater than maximum' });
      const type = { name: 'TypeError', message: "'str' object cannot be interpreted as an integer" };
      assert.throws(() => call('x' as never), type);
    }
  });

  it('throw for 32 bits as Python does', () => {
    for (const call of [htonl, ntohl]) {
      assert.throws(() => call(2 ** 32), { name: 'RangeError', message: 'int larger than 32 bits' });
      assert.throws(() => call(-1), { message: "can't convert negative value to unsigned int" });
      assert.throws(() => call(1.5), { name: 'TypeError', message: 'expected int, float found' });
      assert.throws(() => call(null as never), { message: 'expected int, NoneType found' });
    }
  });
});

describe('inetAton and inetNtoa', () => {
  it('convert IPv4 addresses, including short forms', () => {
    assert.deepEqual(inetAton('127.1'), LOCALHOST);
    assert.equal(inetNtoa(new Uint8Array([255, 254, 253, 252])), '255.254.253.252');
  });

  it('throw for values that are not an address', () => {
    const illegal = { name: 'OSError', message: 'illegal IP address string passed to inet_aton', errno: undefined };
    for (const text of ['', 'x', '1.2.3.4.5']) assert.throws(() => inetAton(text), illegal);
    assert.throws(() => inetAton(5 as never), { message: 'inet_aton() argument 1 must be str, not int' });
    assert.throws(() => inetAton('1\0'), { name: 'RangeError', message: 'embedded null character' });
    assert.throws(() => inetNtoa(Buffer.from('abc')), { message: 'packed IP wrong length for inet_ntoa' });
    assert.throws(() => inetNtoa('abcd' as never), { name: 'TypeError' });
  });
});

describe('inetPton and inetNtop', () => {
  it('convert both families', () => {
    assert.deepEqual(inetPton(AF_INET, '127.0.0.1'), LOCALHOST);
    const six = inetPton(AF_INET6, '2001:db8::1');
    assert.equal(six.length, 16);
    assert.equal(inetNtop(AF_INET6, six), '2001:db8::1');
    assert.equal(inetNtop(AF_INET, LOCALHOST), '127.0.0.1');
  });

  it('throw for values that are not an address', () => {
    const illegal = { name: 'OSError', message: 'illegal IP address string passed to inet_pton' };
    assert.throws(() => inetPton(AF_INET, '127.1'), illegal);
    assert.throws(() => inetPton(AF_INET6, 'x'), illegal);
    assert.throws(() => inetPton(99, '::1'), { code: 'EAFNOSUPPORT' });
    assert.throws(() => inetPton(AF_INET, 5 as never), { message: 'inet_pton() argument 2 must be str, not int' });
    const length = { name: 'RangeError', message: 'invalid length of packed IP address string' };
    assert.throws(() => inetNtop(AF_INET, Buffer.from('abc')), length);
    assert.throws(() => inetNtop(AF_INET6, LOCALHOST), length);
    assert.throws(() => inetNtop(99, LOCALHOST), { name: 'RangeError', message: 'unknown address family 99' });
  });
});
