import { bits, bytes, type Condition, ready, received, receiveFails, sendFails, type Step } from '../step.ts';

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

export const udpAndUnix: Condition[] = [
  {
    name: 'UDP idle',
    steps: udp,
    expected: ready('-w-', 'OUT'),
  },
  {
    name: 'UDP datagram',
    steps: [...udp, ['b.send', bytes('data')], ['settle', 'a', 'POLLIN']],
    expected: ready('rw-', 'IN OUT'),
    after: [received('data')],
  },
  {
    name: 'UDP empty datagram',
    steps: [...udp, ['b.send', bytes('')], ['settle', 'a', 'POLLIN']],
    expected: ready('rw-', 'IN OUT'),
    after: [received(''), receiveFails('EAGAIN')],
  },
  {
    name: 'UDP connected, ICMP port unreachable',
    steps: unreachable,
    expected: ready('rw-', 'OUT ERR', 'ERR'),
    after: [receiveFails('ECONNREFUSED'), receiveFails('EAGAIN')],
  },
  {
    name: 'UDP connected, ICMP port unreachable, recv has failed',
    steps: [...unreachable, ['a.recv', 9]],
    fails: 'ECONNREFUSED',
    expected: ready('-w-', 'OUT'),
  },
  {
    name: 'unix stream: peer shutdown(WR)',
    steps: [...unixStream, ['b.shutdown', bits('SHUT_WR')]],
    expected: ready('rw-', 'IN OUT RDHUP'),
    after: [received('')],
  },
  {
    name: 'unix stream: peer closed',
    steps: [...unixStream, ['close', 'b']],
    expected: ready('rw-', 'IN OUT HUP RDHUP', 'HUP'),
    after: [received(''), sendFails('EPIPE')],
  },
  {
    name: 'unix stream: peer closed with our data unread',
    steps: unixUnread,
    expected: ready('rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP'),
    after: [receiveFails('ECONNRESET'), received('')],
  },
  {
    name: 'unix dgram pair, peer closed',
    steps: [...unixDatagram, ['close', 'b']],
    expected: ready('-w-', 'OUT'),
    after: [sendFails('ECONNREFUSED')],
  },
];
