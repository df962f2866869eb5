import { error, ready, type Scenario, type Step } from '../scenario.ts';
import { listening, resetSeen } from './tcp-states.ts';

// A socket that is bound but does not listen keeps its port from anyone else, and RST answers who connects to it.
const refused: Step[] = [
  ['tcp', 'nobody'],
  ['bind', 'nobody'],
  ['tcp', 'a'],
  ['startConnect', 'a', 'nobody'],
  resetSeen,
];

/** Non-blocking connects. */
export const tcpConnect: Scenario[] = [
  {
    name: 'non-blocking connect, succeeded',
    steps: [...listening, ['tcp', 'a'], ['startConnect', 'a', 'listener'], ['settle', 'a', 'POLLOUT']],
    fails: ['EINPROGRESS'],
    target: 'a',
    expected: ready('-w-', 'OUT'),
    after: [
      [['getsockopt', 'a', 'SO_ERROR'], 0],
      [['startConnect', 'a', 'listener'], null],
      [['startConnect', 'a', 'listener'], error('EISCONN')],
    ],
  },
  {
    name: 'non-blocking connect, refused',
    steps: refused,
    fails: ['EINPROGRESS'],
    target: 'a',
    expected: ready('rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP'),
    after: [
      [['getsockopt', 'a', 'SO_ERROR'], 111],
      [['getsockopt', 'a', 'SO_ERROR'], 0],
    ],
  },
  {
    name: 'non-blocking connect, refused, SO_ERROR read',
    steps: [...refused, ['getsockopt', 'a', 'SO_ERROR']],
    fails: ['EINPROGRESS'],
    target: 'a',
    expected: ready('rw-', 'IN OUT HUP RDHUP', 'HUP'),
  },
  {
    // With backlog 0 the queue holds one connection; while it does, the kernel drops the SYN of the next.
    name: 'connect still in progress (full backlog)',
    steps: [
      ['tcp', 'listener'],
      ['bind', 'listener'],
      ['listen', 'listener', 0],
      ['tcp', 'first'],
      ['connect', 'first', 'listener'],
      ['settle', 'listener', 'POLLIN'],
      ['tcp', 'a'],
      ['startConnect', 'a', 'listener'],
    ],
    fails: ['EINPROGRESS'],
    target: 'a',
    expected: ready('---', ''),
    after: [[['startConnect', 'a', 'listener'], error('EALREADY')]],
  },
];
