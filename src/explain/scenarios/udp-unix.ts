import { bits, bytes, error, type Readiness, ready, type Step } from '../step.ts';

// `b` sends to `a`.
const udp: Step[] = [
  ['udp', 'a'],
  ['bind', 'a'],
  ['udp', 'b'],
  ['connect', 'b', 'a'],
];

// The port belongs to a socket that is connected to itself: ICMP port unreachable answers the datagrams of all other
// sockets.
const unreachable: Step[] = [
  ['udp', 'deaf'],
  ['bind', 'deaf'],
  ['connect', 'deaf', 'deaf'],
  ['udp', 'a'],
  ['connect', 'a', 'deaf'],
  ['a.send', bytes('data')],
  ['settle', 'a', 'POLLERR'],
];

const unixStream: Step[] = [['socketpair', 'a', 'b', 'SOCK_STREAM']];
const unixUnread: Step[] = [...unixStream, ['a.send', bytes('data')], ['close', 'b']];
const unixDatagram: Step[] = [['socketpair', 'a', 'b', 'SOCK_DGRAM']];

export const udpAndUnix: Readiness[] = [
  {
    name: 'UDP idle',
    steps: udp,
    target: 'a',
    expected: ready('-w-', 'OUT'),
  },
  {
    name: 'UDP datagram',
    steps: [...udp, ['b.send', bytes('data')], ['settle', 'a', 'POLLIN']],
    target: 'a',
    expected: ready('rw-', 'IN OUT'),
    after: [[['a.recv', 9], bytes('data')]],
  },
  {
    name: 'UDP empty datagram',
    steps: [...udp, ['b.send', bytes('')], ['settle', 'a', 'POLLIN']],
    target: 'a',
    expected: ready('rw-', 'IN OUT'),
    after: [
      [['a.recv', 9], bytes('')],
      [['a.recv', 9], error('EAGAIN')],
    ],
  },
  {
    name: 'UDP connected, ICMP port unreachable',
    steps: unreachable,
    target: 'a',
    expected: ready('rw-', 'OUT ERR', 'ERR'),
    after: [
      [['a.recv', 9], error('ECONNREFUSED')],
      [['a.recv', 9], error('EAGAIN')],
    ],
  },
  {
    name: 'UDP connected, ICMP port unreachable, recv has failed',
    steps: [...unreachable, ['a.recv', 9]],
    fails: 'ECONNREFUSED',
    target: 'a',
    expected: ready('-w-', 'OUT'),
  },
  {
    name: 'unix stream: peer shutdown(WR)',
    steps: [...unixStream, ['b.shutdown', bits('SHUT_WR')]],
    target: 'a',
    expected: ready('rw-', 'IN OUT RDHUP'),
    after: [[['a.recv', 9], bytes('')]],
  },
  {
    name: 'unix stream: peer closed',
    steps: [...unixStream, ['close', 'b']],
    target: 'a',
    expected: ready('rw-', 'IN OUT HUP RDHUP', 'HUP'),
    after: [
      [['a.recv', 9], bytes('')],
      [['a.send', bytes('data')], error('EPIPE')],
    ],
  },
  {
    name: 'unix stream: peer closed with our data unread',
    steps: unixUnread,
    target: 'a',
    expected: ready('rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP'),
    after: [
      [['a.recv', 9], error('ECONNRESET')],
      [['a.recv', 9], bytes('')],
    ],
  },
  {
    name: 'unix dgram pair, peer closed',
    steps: [...unixDatagram, ['close', 'b']],
    target: 'a',
    expected: ready('-w-', 'OUT'),
    after: [[['a.send', bytes('data')], error('ECONNREFUSED')]],
  },
];
