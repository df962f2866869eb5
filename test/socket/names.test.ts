import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';

import {
  AF_INET,
  AF_INET6,
  AI_NUMERICHOST,
  AI_PASSIVE,
  getaddrinfo,
  getfqdn,
  gethostbyaddr,
  gethostbyname,
  gethostbynameEx,
  gethostname,
  getnameinfo,
  getprotobyname,
  getservbyname,
  getservbyport,
  ifIndextoname,
  ifNameindex,
  ifNametoindex,
  inetAton,
  inetPton,
  IPPROTO_TCP,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  sethostname,
  socket,
  SOCK_STREAM,
} from '../../src/socket.ts';

// No name server is asked about a label of over 63 characters.
const UNKNOWN = 'x'.repeat(300);
const NUMERIC = NI_NUMERICHOST | NI_NUMERICSERV;
const unknownHost = { name: 'gaierror', errno: -2, message: 'Name or service not known' };

describe('getaddrinfo', () => {
  it('returns family, type, proto, canonname and an address', () => {
    const tcp = [AF_INET, SOCK_STREAM, IPPROTO_TCP, '', ['127.0.0.1', 80]];
    assert.deepEqual(getaddrinfo('127.0.0.1', 80, 0, SOCK_STREAM), [tcp]);
    assert.deepEqual(getaddrinfo(Buffer.from('127.0.0.1'), Buffer.from('80'), 0, SOCK_STREAM), [tcp]);
    assert.deepEqual(getaddrinfo('127.0.0.1', '80', AF_INET, SOCK_STREAM, IPPROTO_TCP), [tcp]);
    const six = [AF_INET6, SOCK_STREAM, IPPROTO_TCP, '', ['::1', 80, 0, 0]];
    assert.deepEqual(getaddrinfo('::1', 80, 0, SOCK_STREAM), [six]);
    assert.equal(getaddrinfo('127.0.0.1', null).length, 3);
    assert.deepEqual(getaddrinfo(null, 0, AF_INET, SOCK_STREAM, 0, AI_PASSIVE)[0]?.[4], ['0.0.0.0', 0]);
  });

  it('throws a gaierror with the EAI_ code', () => {
    assert.throws(() => getaddrinfo(UNKNOWN, 1), unknownHost);
    assert.throws(() => getaddrinfo('localhost', 1, 0, 0, 0, AI_NUMERICHOST), unknownHost);
    assert.throws(() => getaddrinfo('::1', 80, AF_INET), { name: 'gaierror', errno: -9 });
    assert.throws(() => getaddrinfo('127.0.0.1', 'no-such-service'), { name: 'gaierror', errno: -8 });
    assert.throws(() => getaddrinfo('127.0.0.1', 80, 99), { name: 'gaierror', errno: -6 });
    assert.throws(() => getaddrinfo('127.0.0.1', 80, 0, 99), { name: 'gaierror', errno: -7 });
    assert.throws(() => getaddrinfo('127.0.0.1', 80, 0, 1, 0, -1), { name: 'gaierror', errno: -1 });
  });

  it('throws for arguments of the wrong type', () => {
    const host = { name: 'TypeError', message: 'getaddrinfo() argument 1 must be string or None' };
    assert.throws(() => getaddrinfo(5 as never, 80), host);
    const port = { name: 'OSError', message: 'Int or String expected' };
    for (const bad of [1.5, [], true]) assert.throws(() => getaddrinfo('127.0.0.1', bad as never), port);
    assert.throws(() => getaddrinfo('127.0.0.1', 2 ** 64), { name: 'RangeError' });
    assert.throws(() => getaddrinfo('127.0.0.1\0.example', 80), { name: 'TypeError' });
    assert.throws(() => getaddrinfo('127.0.0.1', 80, 'x' as never), { name: 'TypeError' });
  });
});

describe('getnameinfo', () => {
  it('returns numbers when the flags ask for them', () => {
    assert.deepEqual(getnameinfo(['127.0.0.1', 80], NUMERIC), ['127.0.0.1', '80']);
    assert.deepEqual(getnameinfo(['::1', 80, 0, 0], NUMERIC), ['::1', '80']);
    const loopback = ifNametoindex('lo');
    assert.deepEqual(getnameinfo(['fe80::1', 80, 5, loopback], NUMERIC), ['fe80::1%lo', '80']);
  });

  it('uses the lower 32 bits of the flow label and of the scope', () => {
    const address = ['::1', 80, 2 ** 32, 2 ** 32] as const;
    assert.deepEqual(getnameinfo(address, NUMERIC), ['::1', '80']);
  });

  it('throws as Python does', () => {
    const type = (address: unknown, message: string): void => {
      assert.throws(() => getnameinfo(address as never, NUMERIC), { name: 'TypeError', message });
    };
    type('x', 'getnameinfo() argument 1 must be a tuple');
    type([5, 80], 'getnameinfo(): illegal sockaddr argument');
    type(['127.0.0.1'], 'getnameinfo(): illegal sockaddr argument');
    type(['127.0.0.1', 80, 0, 0, 0], 'getnameinfo(): illegal sockaddr argument');
    const two = { name: 'OSError', message: 'IPv4 sockaddr must be 2 tuple' };
    assert.throws(() => getnameinfo(['127.0.0.1', 80, 1], NUMERIC), two);
    assert.throws(() => getnameinfo(['localhost', 80], NUMERIC), unknownHost);
    const flow = { name: 'RangeError', message: 'getnameinfo(): flowinfo must be 0-1048575.' };
    assert.throws(() => getnameinfo(['::1', 80, -1, 0], NUMERIC), flow);
  });
});

describe('gethostbyname, gethostbynameEx and gethostbyaddr', () => {
  it('find localhost', () => {
    assert.equal(gethostbyname('localhost'), '127.0.0.1');
    assert.equal(gethostbyname(''), '0.0.0.0');
    assert.equal(gethostbyname('<broadcast>'), '255.255.255.255');
    assert.equal(gethostbyname(Buffer.from('127.1')), '127.0.0.1');
    assert.deepEqual(gethostbynameEx('127.0.0.1'), ['127.0.0.1', [], ['127.0.0.1']]);
    const [name, aliases, addresses] = gethostbyaddr('127.0.0.1');
    assert.ok([name, ...aliases].some((each) => each.startsWith('localhost')));
    assert.deepEqual(addresses, ['127.0.0.1']);
    assert.ok(gethostbynameEx('localhost')[2].includes('127.0.0.1'));
  });

  it('throw for unknown names', () => {
    for (const call of [gethostbyname, gethostbynameEx, gethostbyaddr]) assert.throws(() => call(UNKNOWN), unknownHost);
    assert.throws(() => gethostbyname('::1'), { name: 'gaierror', errno: -9 });
    assert.throws(() => gethostbynameEx(''), { name: 'herror' });
  });

  it('throw for arguments of the wrong type', () => {
    const message = 'gethostbyname_ex() argument 1 must be str, bytes or bytearray, not int';
    assert.throws(() => gethostbynameEx(5 as never), { name: 'TypeError', message });
    assert.throws(() => gethostbyname(null as never), /must be str, bytes or bytearray, not None$/);
    assert.throws(() => gethostbyaddr('a\0b'), /must be encoded string without null bytes, not str$/);
  });
});

describe('gethostname, getfqdn and sethostname', () => {
  it('name this host', () => {
    assert.equal(gethostname(), hostname());
    assert.equal(getfqdn(), getfqdn('0.0.0.0'));
    assert.ok(getfqdn('127.0.0.1').startsWith('localhost'));
    assert.equal(getfqdn(UNKNOWN), UNKNOWN);
  });

  it('throw for a name that is too long or not a name', () => {
    assert.throws(
      () => {
        sethostname('x'.repeat(100));
      },
      (error: { code?: string }) => ['EINVAL', 'EPERM'].includes(error.code ?? ''),
    );
    const type = 'expected str, bytes or os.PathLike object, not int';
    assert.throws(
      () => {
        sethostname(5 as never);
      },
      { name: 'TypeError', message: type },
    );
    assert.throws(
      () => {
        sethostname('a\0b');
      },
      { name: 'RangeError', message: 'embedded null byte' },
    );
  });
});

// Python raises UnicodeEncodeError, a ValueError. Node would encode each of these as U+FFFD.
describe('half of a surrogate pair', () => {
  const half = '\ud800';
  const calls: [name: string, call: (text: string) => unknown][] = [
    ['getaddrinfo, host', (text) => getaddrinfo(text, 80)],
    ['getaddrinfo, port', (text) => getaddrinfo('localhost', text)],
    ['getnameinfo', (text) => getnameinfo([text, 80], NUMERIC)],
    ['gethostbyname', gethostbyname],
    ['gethostbynameEx', gethostbynameEx],
    ['gethostbyaddr', gethostbyaddr],
    ['getfqdn', getfqdn],
    ['getservbyname', getservbyname],
    ['getservbyname, protocol', (text) => getservbyname('http', text)],
    ['getservbyport, protocol', (text) => getservbyport(80, text)],
    ['getprotobyname', getprotobyname],
    ['ifNametoindex', ifNametoindex],
    ['inetAton', inetAton],
    ['inetPton', (text) => inetPton(AF_INET, text)],
  ];
  for (const [name, call] of calls) {
    it(`is a RangeError in ${name}`, () => {
      const message = "'utf-8' codec can't encode character '\\ud800' in position 1: surrogates not allowed";
      assert.throws(() => call(`a${half}`), { name: 'RangeError', message });
    });
  }

  it('cannot be encoded in the host of an address', () => {
    using s = socket();
    const error = { name: 'TypeError', message: 'encoding of hostname failed' };
    assert.throws(() => {
      s.bind([half, 0]);
    }, error);
  });
});

describe('getservbyname, getservbyport and getprotobyname', () => {
  it('throw for unknown names', () => {
    const service = { name: 'OSError', message: 'service/proto not found', errno: undefined };
    assert.throws(() => getservbyname('no-such-service'), service);
    assert.throws(() => getservbyname('http', 'no-such-protocol'), service);
    assert.throws(() => getservbyport(80, 'no-such-protocol'), { message: 'port/proto not found' });
    for (const name of ['no-such-protocol', '']) {
      assert.throws(() => getprotobyname(name), { name: 'OSError', message: 'protocol not found' });
    }
  });

  it('agree with getaddrinfo if the machine has a list of services', (t) => {
    let port: number;
    try {
      port = getservbyname('http', 'tcp');
    } catch {
      t.skip('needs /etc/services');
      return;
    }
    assert.equal(port, 80);
    assert.equal(getservbyname('http'), 80);
    assert.equal(getservbyport(80), 'http');
    assert.equal(getservbyport(80, 'tcp'), 'http');
  });

  it('know the common protocols', () => {
    assert.deepEqual(['ip', 'icmp', 'tcp', 'udp', 'ipv6-icmp'].map(getprotobyname), [0, 1, 6, 17, 58]);
  });

  it('throw for arguments of the wrong type', () => {
    const range = { name: 'RangeError', message: 'getservbyport: port must be 0-65535.' };
    for (const port of [-1, 65536]) assert.throws(() => getservbyport(port), range);
    assert.throws(() => getservbyport('80' as never), { name: 'TypeError' });
    assert.throws(() => getservbyname(5 as never), { message: 'getservbyname() argument 1 must be str, not int' });
    assert.throws(() => getservbyname('a', 5 as never), { message: 'getservbyname() argument 2 must be str, not int' });
    assert.throws(() => getprotobyname(5 as never), { message: 'getprotobyname() argument 1 must be str, not int' });
  });
});

describe('interfaces', () => {
  it('have names and indexes', () => {
    const index = ifNametoindex('lo');
    assert.equal(ifIndextoname(index), 'lo');
    assert.equal(ifNametoindex(Buffer.from('lo')), index);
    assert.ok(ifNameindex().some(([number, name]) => number === index && name === 'lo'));
  });

  it('throw for unknown interfaces and for values that are not an index', () => {
    const unknown = { name: 'OSError', message: 'no interface with this name' };
    assert.throws(() => ifNametoindex('no-such-if'), unknown);
    assert.throws(() => ifNametoindex('x'.repeat(100)), unknown);
    assert.throws(() => ifNametoindex(5 as never), { name: 'TypeError' });
    for (const index of [0, 999_999, 2 ** 31, 2 ** 40]) assert.throws(() => ifIndextoname(index), { code: 'ENXIO' });
    for (const index of [2n ** 63n, 2n ** 64n - 1n]) {
      assert.throws(() => ifIndextoname(index as never), { code: 'ENXIO' }, String(index));
    }
    assert.throws(() => ifIndextoname((2n ** 64n) as never), {
      name: 'RangeError',
      message: 'Python int too large to convert to C unsigned long',
    });
    assert.throws(() => ifIndextoname(-1), { message: "can't convert negative value to unsigned int" });
    assert.throws(() => ifIndextoname('x' as never), { name: 'TypeError', message: 'an integer is required' });
  });
});
