import { address, bits, type Condition, error, ready, socketError, type Step } from '../step.ts';
import { listening, resetSeen } from './tcp-states.ts';

// A socket that is bound but does not listen: nobody else can use its port, and RST answers every connection attempt.
const refused: Step[] = [
  ['tcp', 'nobody'],
  ['bind', 'nobody'],
  ['tcp', 'a'],
  ['a.connect_ex', address('nobody')],
  resetSeen,
];

export const tcpConnect: Condition[] = [
  {
    name: 'non-blocking connect, succeeded',
    steps: [...listening, ['tcp', 'a'], ['a.connect_ex', address('listener')], ['settle', 'a', 'POLLOUT']],
    expected: ready('-w-', 'OUT'),
    after: [
      socketError(0),
      [['a.connect', address('listener')], null],
      [['a.connect', address('listener')], error('EISCONN')],
    ],
  },
  {
    name: 'non-blocking connect, refused',
    steps: refused,
    expected: ready('rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP'),
    after: [socketError(111), socketError(0)],
  },
  {
    name: 'non-blocking connect, refused, SO_ERROR read',
    steps: [...refused, ['a.getsockopt', bits('SOL_SOCKET'), bits('SO_ERROR')]],
    expected: ready('rw-', 'IN OUT HUP RDHUP', 'HUP'),
  },
  {
    // With backlog 0 the queue has room for one connection. While that one waits, the kernel drops the SYN of the next
    // one.
    name: 'connect still in progress (full backlog)',
    steps: [
      ['tcp', 'listener'],
      ['bind', 'listener'],
      ['listener.listen', 0],
      ['tcp', 'first'],
      ['connect', 'first', 'listener'],
      ['settle', 'listener', 'POLLIN'],
      ['tcp', 'a'],
      ['a.connect_ex', address('listener')],
    ],
    expected: ready('---', ''),
    after: [[['a.connect', address('listener')], error('EALREADY')]],
  },
];
