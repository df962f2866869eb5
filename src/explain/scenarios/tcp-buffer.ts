import { bits, bytes, error, type Readiness, ready, type Step } from '../step.ts';
import { resetSeen } from './tcp-states.ts';

// A TCP socket is writable while a third of its send buffer is free. If the send buffer is much larger than the peer's
// receive buffer, and both sizes are fixed, it stays full however late the peer's ACKs come.
const full: Step[] = [
  ['tcp', 'listener'],
  ['listener.setsockopt', bits('SOL_SOCKET'), bits('SO_RCVBUF'), 32768],
  ['bind', 'listener'],
  ['listener.listen', 8],
  ['tcp', 'a'],
  ['a.setsockopt', bits('SOL_SOCKET'), bits('SO_SNDBUF'), 200000],
  ['connect', 'a', 'listener'],
  ['settle', 'listener', 'POLLIN'],
  ['accept', 'listener', 'b'],
  ['fill', 'a'],
];

export const tcpBuffer: Readiness[] = [
  {
    name: 'TCP send buffer full',
    steps: full,
    target: 'a',
    expected: ready('---', ''),
    after: [[['a.send', bytes('data')], error('EAGAIN')]],
  },
  {
    name: 'TCP send buffer full, the peer has read a little',
    steps: [...full, ['settle', 'b', 'POLLIN'], ['b.recv', 1000]],
    target: 'a',
    expected: ready('---', ''),
  },
  {
    name: 'TCP send buffer full, writable again after the peer has read enough',
    steps: [...full, ['drain', 'b', 'a']],
    target: 'a',
    expected: ready('-w-', 'OUT'),
    after: [[['a.send', bytes('data')], 4]],
  },
  {
    name: 'full buffer + peer closed with unread data',
    steps: [...full, ['settle', 'b', 'POLLIN'], ['close', 'b'], resetSeen],
    target: 'a',
    expected: ready('rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP'),
    after: [
      [['a.recv', 9], error('ECONNRESET')],
      [['a.recv', 9], bytes('')],
      [['a.send', bytes('data')], error('EPIPE')],
    ],
  },
];
