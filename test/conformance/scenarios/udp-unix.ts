import { error, ready, type Scenario, type Step } from '../scenario.ts';

// `b` sends to `a`.
const udp: Step[] = [
  ['udp', 'a'],
  ['bind', 'a'],
  ['udp', 'b'],
  ['connect', 'b', 'a'],
];

// A port that is taken, by a socket connected to itself: a datagram of anyone else is answered by ICMP port unreachable.
const unreachable: Step[] = [
  ['udp', 'deaf'],
  ['bind', 'deaf'],
  ['connect', 'deaf', 'deaf'],
  ['udp', 'a'],
  ['connect', 'a', 'deaf'],
  ['send', 'a', 'data'],
  ['settle', 'a', 'POLLERR'],
];

const unixStream: Step[] = [['socketpair', 'a', 'b', 'SOCK_STREAM']];
const unixUnread: Step[] = [...unixStream, ['send', 'a', 'data'], ['close', 'b']];
const unixDatagram: Step[] = [['socketpair', 'a', 'b', 'SOCK_DGRAM']];

/** UDP and Unix-domain sockets. */
export const udpAndUnix: Scenario[] = [
  {
    name: 'UDP idle',
    steps: udp,
    target: 'a',
    expected: ready('-w-', 'OUT'),
  },
  {
    name: 'UDP datagram',
    steps: [...udp, ['send', 'b', 'data'], ['settle', 'a', 'POLLIN']],
    target: 'a',
    expected: ready('rw-', 'IN OUT'),
    after: [[['recv', 'a', 9], 'data']],
  },
  {
    name: 'UDP empty datagram',
    steps: [...udp, ['send', 'b', ''], ['settle', 'a', 'POLLIN']],
    target: 'a',
    expected: ready('rw-', 'IN OUT'),
    after: [
      [['recv', 'a', 9], ''],
      [['recv', 'a', 9], error('EAGAIN')],
    ],
  },
  {
    name: 'UDP connected, ICMP port unreachable',
    steps: unreachable,
    target: 'a',
    expected: ready('rw-', 'OUT ERR', 'ERR'),
    after: [
      [['recv', 'a', 9], error('ECONNREFUSED')],
      [['recv', 'a', 9], error('EAGAIN')],
    ],
  },
  {
    name: 'UDP connected, ICMP port unreachable, recv has failed',
    steps: [...unreachable, ['recv', 'a', 9]],
    fails: ['ECONNREFUSED'],
    target: 'a',
    expected: ready('-w-', 'OUT'),
  },
  {
    name: 'unix stream: peer shutdown(WR)',
    steps: [...unixStream, ['shutdown', 'b', 'SHUT_WR']],
    target: 'a',
    expected: ready('rw-', 'IN OUT RDHUP'),
    after: [[['recv', 'a', 9], '']],
  },
  {
    name: 'unix stream: peer closed',
    steps: [...unixStream, ['close', 'b']],
    target: 'a',
    expected: ready('rw-', 'IN OUT HUP RDHUP', 'HUP'),
    after: [
      [['recv', 'a', 9], ''],
      [['send', 'a', 'data'], error('EPIPE')],
    ],
  },
  {
    name: 'unix stream: peer closed with our data unread',
    steps: unixUnread,
    target: 'a',
    expected: ready('rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP'),
    after: [
      [['recv', 'a', 9], error('ECONNRESET')],
      [['recv', 'a', 9], ''],
    ],
  },
  {
    name: 'unix dgram pair, peer closed',
    steps: [...unixDatagram, ['close', 'b']],
    target: 'a',
    expected: ready('-w-', 'OUT'),
    after: [[['send', 'a', 'data'], error('ECONNREFUSED')]],
  },
];
