import { error, osErrorOnly, type Outcome, rangeError, typeError } from '../outcome.ts';
import { prefixed, type Row, rows, type Scenario, type Step } from '../scenario.ts';
import { address, bits, bytes, fd, float, inet, int, the, tuple } from '../values.ts';

const [AF_INET, STREAM, DGRAM] = [bits('AF_INET'), bits('SOCK_STREAM'), bits('SOCK_DGRAM')];
const [SOL_SOCKET, SO_ERROR] = [bits('SOL_SOCKET'), bits('SO_ERROR')];
const notAnInt = (type: string): Outcome => typeError(`'${type}' object cannot be interpreted as an integer`);

const making = rows(
  [],
  [
    'socket()',
    [['s = socket.socket'], the('s')],
    [['s.family'], 2],
    [['s.type'], 1],
    [['s.proto'], 0],
    [['s.gettimeout'], null],
    [['s.timeout'], null],
    [['s.getblocking'], true],
    [['s.get_inheritable'], false],
    [['s.fileno'], fd('s')],
  ],
  [
    'SOCK_NONBLOCK',
    [['s = socket.socket', AF_INET, bits('SOCK_STREAM', 'SOCK_NONBLOCK')], the('s')],
    [['s.type'], 1],
    [['s.gettimeout'], 0],
    [['s.getblocking'], false],
  ],
  ['an unknown family', [['socket.socket', 99], error('EAFNOSUPPORT')]],
  ['an unknown type', [['socket.socket', 2, 99], error('EINVAL')]],
  ['a family that is a str', [['socket.socket', 'a'], notAnInt('str')]],
  ['fileno -1', [['socket.socket', -1, -1, -1, -1], rangeError('negative file descriptor')]],
  [
    'fileno closed',
    [['tcp', 'a'], null],
    [['close', 'a'], null],
    [['socket.socket', -1, -1, -1, fd('a')], error('EBADF')],
  ],
  ['fileno of a pipe', [['pipe', 'r', 'w'], null], [['socket.socket', -1, -1, -1, fd('r')], error('ENOTSOCK')]],
  [
    'fileno of a socket: the kernel is asked for its kind',
    [['udp', 'a'], null],
    [['n = a.detach'], fd('n')],
    [['s = socket.socket', -1, -1, -1, fd('n')], the('s')],
    [['s.family'], 2],
    [['s.type'], 2],
    [['s.proto'], 17],
  ],
  ['socketpair', [['a, b = socket.socketpair'], [the('a'), the('b')]], [['a.family'], 1], [['a.getblocking'], true]],
  ['socketpair of AF_INET', [['socket.socketpair', AF_INET], error('ENOTSUP')]],
  [
    'create_server',
    [['s = socket.create_server', inet('127.0.0.1', 0)], the('s')],
    [['s.getsockname'], ['127.0.0.1', 'port']],
    [['s.getsockopt', SOL_SOCKET, bits('SO_REUSEADDR')], 1],
    [['s.getsockopt', SOL_SOCKET, bits('SO_ACCEPTCONN')], 1],
    [['c = socket.create_connection', address('s')], the('c')],
    [
      ['select.select', [the('s')], [the('c')], [], 5],
      [[the('s')], [the('c')], []],
    ],
    [['d, peer = s.accept'], [the('d'), the('peer')]],
    [['d.getblocking'], true],
    [['d.get_inheritable'], false],
  ],
  [
    'create_server with dualstack_ipv6 for AF_INET',
    [
      ['socket.create_server', inet('127.0.0.1', 0), { keywords: { dualstack_ipv6: true } }],
      rangeError('dualstack_ipv6 requires AF_INET6 family'),
    ],
  ],
);

const tcp: Step[] = [['tcp', 'a']];
const port = rangeError('bind(): port must be 0-65535.');

const addresses: Row[] = [
  ['a str', [['a.bind', 'x'], typeError('bind(): AF_INET address must be tuple, not str')]],
  ['None', [['a.bind', null], typeError('bind(): AF_INET address must be tuple, not NoneType')]],
  ['one element', [['a.bind', tuple('127.0.0.1')], typeError('AF_INET address must be a pair (host, port)')]],
  ['three elements', [['a.bind', tuple('127.0.0.1', 0, 0)], typeError('AF_INET address must be a pair (host, port)')]],
  ['port -1', [['a.bind', inet('127.0.0.1', -1)], port]],
  ['port 65536', [['a.bind', inet('127.0.0.1', 65536)], port]],
  ['a port that is a str', [['a.bind', inet('127.0.0.1', '80')], notAnInt('str')]],
  ['a port that is a float', [['a.bind', inet('127.0.0.1', 1.5)], notAnInt('float')]],
  ['127.1', [['a.bind', inet('127.1', 0)], null], [['a.getsockname'], ['127.0.0.1', 'port']]],
  ['a host in bytes', [['a.bind', inet(bytes('127.0.0.1'), 0)], null]],
  ["''", [['a.bind', inet('', 0)], null], [['a.getsockname'], ['0.0.0.0', 'port']]],
  [
    'a host of another family',
    [
      ['a.bind', inet('::1', 0)],
      { error: 'gaierror', errno: -9, message: 'Address family for hostname not supported' },
    ],
  ],
  ['a null character', [['a.bind', inet('a\0b', 0)], typeError('host name must not contain null character')]],
  ['an address in use', [['tcp', 'b'], null], [['bind', 'b'], null], [['a.bind', address('b')], error('EADDRINUSE')]],
  ['bind twice', [['bind', 'a'], null], [['bind', 'a'], error('EINVAL')]],
];

const listeners: Row[] = [
  ['without bind', [['a.listen'], null], [['a.getsockname'], ['0.0.0.0', 'port']]],
  ['backlog 0', [['a.listen', 0], null]],
  ['backlog -1', [['a.listen', -1], null]],
  ['a backlog that is a str', [['a.listen', 'x'], notAnInt('str')]],
  ['on UDP', [['udp', 'u'], null], [['u.listen'], error('ENOTSUP')]],
  ['accept without listen', [['a.accept'], error('EINVAL')]],
  ['accept, nothing there', [['a.listen'], null], [['a.accept'], error('EAGAIN')]],
  [
    'accept, nothing there, with a timeout',
    [['a.listen'], null],
    [['a.settimeout', 0.001], null],
    [['a.accept'], { error: 'TimeoutError', message: 'timed out' }],
  ],
];

const connections: Row[] = [
  ['getpeername', [['a.getpeername'], error('ENOTCONN')]],
  ['recv', [['a.recv', 1], error('ENOTCONN')]],
  ['send', [['a.send', bytes('x')], error('EPIPE')]],
  ['send on UDP', [['udp', 'u'], null], [['u.send', bytes('x')], error('EDESTADDRREQ')]],
  [
    'sendto on UDP',
    [['udp', 'u'], null],
    [['bind', 'u'], null],
    [['u.sendto', bytes('x'), address('u')], 1],
    [
      ['u.recvfrom', 9],
      [bytes('x'), ['127.0.0.1', 'port']],
    ],
    [['u.sendto', bytes('x'.repeat(70000)), address('u')], error('EMSGSIZE')],
  ],
  [
    'connect: in progress, done, twice',
    [['tcp', 's'], null],
    [['bind', 's'], null],
    [['s.listen'], null],
    [['a.connect', address('s')], error('EINPROGRESS')],
    [['settle', 'a', 'POLLOUT'], null],
    [['a.connect', address('s')], null],
    [['a.connect', address('s')], error('EISCONN')],
    [['a.connect_ex', address('s')], 106],
  ],
  [
    'connect_ex with a host of another family',
    [
      ['a.connect_ex', inet('::1', 80)],
      { error: 'gaierror', errno: -9, message: 'Address family for hostname not supported' },
    ],
  ],
  [
    'connect: refused',
    [['tcp', 'nobody'], null],
    [['bind', 'nobody'], null],
    [['a.setblocking', true], null],
    [['a.connect', address('nobody')], error('ECONNREFUSED')],
    [['a.getsockopt', SOL_SOCKET, SO_ERROR], 0],
  ],
];

const pair: Step[] = [['socketpair', 'a', 'b', 'SOCK_STREAM']];

const transfers: Row[] = [
  ['recv(-1)', [['a.recv', -1], rangeError('negative buffersize in recv')]],
  ['recv(0)', [['a.recv', 0], bytes('')]],
  ['recv, nothing there', [['a.recv', 1], error('EAGAIN')]],
  ['recv of a str', [['a.recv', '1'], notAnInt('str')]],
  ['send a str', [['a.send', 'x'], typeError("a bytes-like object is required, not 'str'")]],
  ['send nothing', [['a.send', bytes('')], 0]],
  [
    'send, peek, receive',
    [['a.send', bytes('abc')], 3],
    [['b.recv', 2, bits('MSG_PEEK')], bytes('ab')],
    [['b.recv', 2], bytes('ab')],
    [['b.recv', 2], bytes('c')],
  ],
  ['sendall when full', [['fill', 'a'], null], [['a.sendall', bytes('x')], error('EAGAIN')]],
  [
    'send after the peer is gone',
    [['close', 'b'], null],
    [['a.send', bytes('x')], error('EPIPE')],
    [['a.recv', 1], bytes('')],
  ],
  [
    'shutdown',
    [['a.shutdown', bits('SHUT_WR')], null],
    [['a.send', bytes('x')], error('EPIPE')],
    [['b.recv', 1], bytes('')],
    [['a.shutdown', 9], error('EINVAL')],
    [['a.shutdown', '1'], notAnInt('str')],
  ],
  [
    'timeouts',
    [['a.settimeout', 1.5], null],
    [['a.gettimeout'], 1.5],
    [['a.getblocking'], true],
    [['a.settimeout', 0], null],
    [['a.getblocking'], false],
    [['a.settimeout', null], null],
    [['a.gettimeout'], null],
    [['a.settimeout', -1], rangeError('Timeout value out of range')],
    [['a.settimeout', float('nan')], rangeError('Invalid value NaN (not a number)')],
    [['a.settimeout', float('inf')], rangeError('timestamp out of range for platform time_t')],
    [['a.settimeout', int(2n ** 64n)], rangeError('timestamp too large to convert to C _PyTime_t')],
    [['a.settimeout', 'x'], notAnInt('str')],
  ],
  [
    'options',
    [['a.getsockopt', SOL_SOCKET, bits('SO_TYPE')], 1],
    [['a.getsockopt', SOL_SOCKET, SO_ERROR, 4], bytes('\0\0\0\0')],
    [['a.getsockopt', SOL_SOCKET, SO_ERROR, 2000], osErrorOnly('getsockopt buflen out of range')],
    [['a.getsockopt', SOL_SOCKET, 9999], error('ENOPROTOOPT')],
    [['a.setsockopt', SOL_SOCKET, bits('SO_KEEPALIVE'), true], null],
    [['a.getsockopt', SOL_SOCKET, bits('SO_KEEPALIVE')], 1],
    [['a.setsockopt', SOL_SOCKET, 9999, 1], error('ENOPROTOOPT')],
    [['a.setsockopt', SOL_SOCKET, bits('SO_RCVBUF'), 'x'], typeError("a bytes-like object is required, not 'str'")],
  ],
  [
    'close',
    [['a.close'], null],
    [['a.close'], null],
    [['a.fileno'], -1],
    [['a.gettimeout'], 0],
    [['a.recv', 1], error('EBADF')],
    [['a.send', bytes('x')], error('EBADF')],
    [['a.getsockname'], error('EBADF')],
    [['a.setblocking', true], error('EBADF')],
    [['a.detach'], -1],
    [['b.recv', 1], bytes('')],
  ],
  [
    'closed behind its back',
    [['closeFd', 'a'], null],
    [['a.recv', 1], error('EBADF')],
    [['a.close'], error('EBADF')],
    [['a.fileno'], -1],
    [['a.close'], null],
  ],
  [
    'detach',
    [['n = a.detach'], fd('n')],
    [['a.fileno'], -1],
    [
      ['select.select', [], [fd('n')], [], 0],
      [[], [fd('n')], []],
    ],
    [['c = socket.fromfd', fd('n'), bits('AF_UNIX'), STREAM], the('c')],
    [['c.send', bytes('x')], 1],
    [['b.recv', 9], bytes('x')],
  ],
  ['dup', [['c = a.dup'], the('c')], [['c.gettimeout'], 0], [['a.close'], null], [['b.recv', 1], error('EAGAIN')]],
  [
    'a datagram pair',
    [
      ['c, d = socket.socketpair', bits('AF_UNIX'), DGRAM],
      [the('c'), the('d')],
    ],
    [['c.send', bytes('')], 0],
  ],
];

const conversions = rows(
  [],
  [
    'htons',
    [['socket.htons', 1], 256],
    [['socket.ntohs', 256], 1],
    [['socket.htonl', 1], 16777216],
    [['socket.htons', -1], rangeError("htons: can't convert negative Python int to C 16-bit unsigned integer")],
    [['socket.htons', '1'], notAnInt('str')],
  ],
  [
    'addresses',
    [['socket.inet_aton', '127.0.0.1'], bytes('\x7f\0\0\x01')],
    [['socket.inet_ntoa', bytes('\x7f\0\0\x01')], '127.0.0.1'],
    [['socket.inet_pton', AF_INET, '127.0.0.1'], bytes('\x7f\0\0\x01')],
    [['socket.inet_ntop', AF_INET, bytes('\x7f\0\0\x01')], '127.0.0.1'],
  ],
);

const tooLarge: Scenario = {
  name: 'htons of more than 16 bits',
  since: 10,
  checks: [
    [['socket.htons', 65536], rangeError('htons: Python int too large to convert to C 16-bit unsigned integer')],
  ],
};

/** The part of `socket` that select servers use. */
export const sockets: Scenario[] = [
  ...making,
  ...prefixed('bind', rows(tcp, ...addresses)),
  ...prefixed('listen', rows(tcp, ...listeners)),
  ...prefixed('unconnected', rows(tcp, ...connections)),
  ...rows(pair, ...transfers),
  ...conversions,
  tooLarge,
];
