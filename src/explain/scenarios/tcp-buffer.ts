import { bits, bytes, type Condition, ready, received, receiveFails, sendFails, type Step } from '../step.ts';
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

export const tcpBuffer: Condition[] = [
  {
    name: 'TCP send buffer full',
    steps: full,
    expected: ready('---', ''),
    after: [sendFails('EAGAIN')],
  },
  {
    name: 'TCP send buffer full, the peer has read a little',
    steps: [...full, ['settle', 'b', 'POLLIN'], ['b.recv', 1000]],
    expected: ready('---', ''),
  },
  {
    name: 'TCP send buffer full, writable again after the peer has read enough',
    steps: [...full, ['drain', 'b', 'a']],
    expected: ready('-w-', 'OUT'),
    after: [[['a.send', bytes('data')], 4]],
  },
  {
    name: 'full buffer + peer closed with unread data',
    steps: [...full, ['settle', 'b', 'POLLIN'], ['close', 'b'], resetSeen],
    expected: ready('rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP'),
    after: [receiveFails('ECONNRESET'), received(''), sendFails('EPIPE')],
  },
];
