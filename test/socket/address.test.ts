import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM, socket } from '../../src/socket.ts';
import { bound, inet } from '../support/socket-pairs.ts';

describe('AF_INET address', () => {
  it("takes '' for 0.0.0.0, '<broadcast>', short forms, bytes and localhost", () => {
    const hostOf = (host: unknown): unknown => inet(bound(AF_INET, [host, 0], SOCK_DGRAM))[0];
    assert.equal(hostOf(''), '0.0.0.0');
    assert.equal(hostOf('127.1'), '127.0.0.1');
    assert.equal(hostOf(Buffer.from('127.0.0.1')), '127.0.0.1');
    assert.equal(hostOf('localhost'), '127.0.0.1');
    assert.equal(hostOf('<broadcast>'), '255.255.255.255');
  });

  it('comes out as it went in', () => {
    const [host, port] = inet(bound(AF_INET, ['127.0.0.2', 0]));
    assert.equal(host, '127.0.0.2');
    assert.ok(port > 0 && port < 65536);
  });

  it('has to be an array of two', () => {
    const pair = { name: 'TypeError', message: 'AF_INET address must be a pair (host, port)' };
    for (const address of [[], ['a'], ['a', 1, 2]]) assert.throws(() => bound(AF_INET, address), pair);
    const notTuple = (type: string): object => ({
      name: 'TypeError',
      message: `bind(): AF_INET address must be tuple, not ${type}`,
    });
    assert.throws(() => bound(AF_INET, 'x'), notTuple('str'));
    assert.throws(() => bound(AF_INET, null), notTuple('NoneType'));
    assert.throws(() => bound(AF_INET, { 0: 'x', 1: 2, length: 2 }), notTuple('Object'));
  });

  it('has a port from 0 to 65535', () => {
    const range = { name: 'RangeError', message: 'bind(): port must be 0-65535.' };
    for (const port of [-1, 65536, 2 ** 40, 2 ** 32 + 80]) assert.throws(() => bound(AF_INET, ['', port]), range);
    const notInt = (type: string): object => ({
      name: 'TypeError',
      message: `'${type}' object cannot be interpreted as an integer`,
    });
    assert.throws(() => bound(AF_INET, ['', '80']), notInt('str'));
    assert.throws(() => bound(AF_INET, ['', 1.5]), notInt('float'));
    assert.throws(() => bound(AF_INET, ['', null]), notInt('NoneType'));
  });

  it('names the method in the message', () => {
    using s = socket(AF_INET, SOCK_DGRAM);
    const data = Buffer.from('x');
    assert.throws(
      () => {
        s.connect(['127.0.0.1', 99999]);
      },
      { message: 'connect(): port must be 0-65535.' },
    );
    assert.throws(() => s.connectEx('x'), { message: 'connect_ex(): AF_INET address must be tuple, not str' });
    assert.throws(() => s.sendto(data, 'x'), { message: 'sendto(): AF_INET address must be tuple, not str' });
    assert.throws(() => s.sendmsg([data], [], 0, 'x'), /^TypeError: sendmsg\(\): AF_INET address must be tuple/);
  });

  it('refuses hosts of another kind', () => {
    assert.throws(() => bound(AF_INET, [5, 1]), { message: 'str, bytes or bytearray expected, not int' });
    assert.throws(() => bound(AF_INET, [null, 0]), { message: 'str, bytes or bytearray expected, not NoneType' });
    const nul = { name: 'TypeError', message: 'host name must not contain null character' };
    assert.throws(() => bound(AF_INET, ['127.0.0.1\0x', 1]), nul);
    assert.throws(() => bound(AF_INET, ['\udc80', 0]), { message: 'encoding of hostname failed' });
  });

  it('throws a gaierror for a host that is unknown or of another family', () => {
    // No name server is asked about a label of over 63 characters.
    const unknown = { name: 'gaierror', errno: -2, message: 'Name or service not known' };
    assert.throws(() => bound(AF_INET, ['x'.repeat(300), 0]), unknown);
    const otherFamily = { name: 'gaierror', errno: -9, message: 'Address family for hostname not supported' };
    assert.throws(() => bound(AF_INET, ['::1', 0]), otherFamily);
    assert.throws(() => bound(AF_INET6, ['127.0.0.1', 0]), otherFamily);
  });
});

describe('bind', () => {
  it('throws for an address in use, one of another host and a second time', () => {
    using first = socket();
    first.bind(['127.0.0.1', 0]);
    const address = inet(first.getsockname());
    using second = socket();
    const where = String(address[1]);
    const inUse = { name: 'OSError', code: 'EADDRINUSE', errno: -98, syscall: 'bind' };
    assert.throws(() => {
      second.bind(address);
    }, inUse);
    assert.throws(
      () => {
        second.bind(address);
      },
      new RegExp(`address already in use, bind \\('127.0.0.1', ${where}\\)`),
    );
    assert.throws(
      () => {
        second.bind(['192.0.2.1', 0]);
      },
      { code: 'EADDRNOTAVAIL' },
    );
    assert.throws(
      () => {
        first.bind(['127.0.0.1', 0]);
      },
      { code: 'EINVAL' },
    );
  });
});

describe('AF_INET6 address', () => {
  it('takes 2, 3 or 4 elements and always gives 4', () => {
    for (const rest of [[], [0], [0, 0], [0, -1], [2 ** 40]]) {
      const address = bound(AF_INET6, ['::1', 0, ...rest]) as [string, number, number, number];
      assert.equal(address.length, 4);
      assert.deepEqual([address[0], address[2]], ['::1', 0]);
    }
    assert.equal((bound(AF_INET6, ['', 0]) as [string])[0], '::');
  });

  it('has its own messages', () => {
    const shape = 'AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])';
    for (const address of [[], ['::1'], ['::1', 1, 2, 3, 4]]) {
      assert.throws(() => bound(AF_INET6, address), { name: 'TypeError', message: shape });
    }
    const range = { name: 'RangeError', message: 'bind(): flowinfo must be 0-1048575.' };
    for (const flowinfo of [-1, 2 ** 20]) assert.throws(() => bound(AF_INET6, ['::1', 0, flowinfo]), range);
    assert.throws(() => bound(AF_INET6, 'x'), { message: 'bind(): AF_INET6 address must be tuple, not str' });
    assert.throws(() => bound(AF_INET6, ['::1', 0, 'x']), { name: 'TypeError' });
    assert.throws(() => bound(AF_INET6, ['<broadcast>', 0]), { message: 'address family mismatched' });
  });

  it('carries a connection on ::1', () => {
    using listener = socket(AF_INET6);
    listener.bind(['::1', 0]);
    listener.listen();
    using client = socket(AF_INET6);
    client.connect(listener.getsockname() as [string, number]);
    const [accepted, address] = listener.accept();
    using server = accepted;
    assert.deepEqual(address, client.getsockname());
    server.sendall(Buffer.from('six'));
    assert.equal(String(client.recv(10)), 'six');
  });
});

describe('an address of another family', () => {
  it('cannot be packed', () => {
    using inner = socket();
    using s = socket(99, SOCK_STREAM, 0, inner.dup().detach());
    assert.throws(
      () => {
        s.connect(['127.0.0.1', 1]);
      },
      { name: 'OSError', message: 'connect(): bad family' },
    );
  });
});
