import { error, ready, type Scenario, type Step } from '../scenario.ts';
import { resetSeen } from './tcp-states.ts';

// A TCP socket is writable while a third of its send buffer is free. A send buffer that is much larger than the peer's
// receive buffer, both of fixed sizes, stays full however late the peer's ACKs come.
const full: Step[] = [
  ['tcp', 'listener'],
  ['setsockopt', 'listener', 'SO_RCVBUF', 32768],
  ['bind', 'listener'],
  ['listen', 'listener', 8],
  ['tcp', 'a'],
  ['setsockopt', 'a', 'SO_SNDBUF', 200000],
  ['connect', 'a', 'listener'],
  ['settle', 'listener', 'POLLIN'],
  ['accept', 'listener', 'b'],
  ['fill', 'a'],
];

/** A full send buffer. */
export const tcpBuffer: Scenario[] = [
  {
    name: 'TCP send buffer full',
    steps: full,
    target: 'a',
    expected: ready('---', ''),
    after: [[['send', 'a', 'data'], error('EAGAIN')]],
  },
  {
    name: 'TCP send buffer full, the peer has read a little',
    steps: [...full, ['settle', 'b', 'POLLIN'], ['recv', 'b', 1000]],
    target: 'a',
    expected: ready('---', ''),
  },
  {
    name: 'TCP send buffer full, writable again after the peer has read enough',
    steps: [...full, ['drain', 'b', 'a']],
    target: 'a',
    expected: ready('-w-', 'OUT'),
    after: [[['send', 'a', 'data'], 4]],
  },
  {
    name: 'full buffer + peer closed with unread data',
    steps: [...full, ['settle', 'b', 'POLLIN'], ['close', 'b'], resetSeen],
    target: 'a',
    expected: ready('rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP'),
    after: [
      [['recv', 'a', 9], error('ECONNRESET')],
      [['recv', 'a', 9], ''],
      [['send', 'a', 'data'], error('EPIPE')],
    ],
  },
];
