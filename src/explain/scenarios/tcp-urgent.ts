import { bits, bytes, error, type Readiness, ready, type Step } from '../step.ts';
import { connected } from './tcp-states.ts';

const urgent: Step[] = [...connected, ['b.send', bytes('!'), bits('MSG_OOB')], ['settle', 'a', 'POLLPRI']];
const dataAndUrgent: Step[] = [
  ...connected,
  ['b.send', bytes('data')],
  ['settle', 'a', 'POLLIN'],
  ['b.send', bytes('!'), bits('MSG_OOB')],
  ['settle', 'a', 'POLLPRI'],
];

/** TCP's urgent ("out-of-band") byte: nothing else in the table makes a file exceptional for select. */
export const tcpUrgent: Readiness[] = [
  {
    name: 'OOB byte only',
    steps: urgent,
    target: 'a',
    expected: ready('-wx', 'PRI OUT'),
    after: [[['a.recv', 1, bits('MSG_OOB')], bytes('!')]],
  },
  {
    name: 'OOB byte read',
    steps: [...urgent, ['a.recv', 1, bits('MSG_OOB')]],
    target: 'a',
    expected: ready('-w-', 'OUT'),
  },
  {
    name: 'normal + OOB data',
    steps: dataAndUrgent,
    target: 'a',
    expected: ready('rwx', 'IN PRI OUT'),
    after: [
      [['a.recv', 9], bytes('data')],
      [['a.recv', 1, bits('MSG_OOB')], bytes('!')],
    ],
  },
  {
    name: 'normal + OOB data, normal data read: x stays until the OOB byte is read',
    steps: [...dataAndUrgent, ['a.recv', 9]],
    target: 'a',
    expected: ready('-wx', 'PRI OUT'),
    after: [[['a.recv', 1, bits('MSG_OOB')], bytes('!')]],
  },
  {
    name: 'normal + OOB data, OOB byte read',
    steps: [...dataAndUrgent, ['a.recv', 1, bits('MSG_OOB')]],
    target: 'a',
    expected: ready('rw-', 'IN OUT'),
    after: [[['a.recv', 9], bytes('data')]],
  },
  {
    name: 'OOB with SO_OOBINLINE',
    steps: [
      ...connected,
      ['a.setsockopt', bits('SOL_SOCKET'), bits('SO_OOBINLINE'), 1],
      ['b.send', bytes('!'), bits('MSG_OOB')],
      ['settle', 'a', 'POLLIN', 'POLLPRI'],
    ],
    target: 'a',
    expected: ready('rwx', 'IN PRI OUT'),
    after: [
      [['a.recv', 1, bits('MSG_OOB')], error('EINVAL')],
      [['a.recv', 9], bytes('!')],
    ],
  },
  {
    name: 'trap: a plain recv before recv(MSG_OOB), no other data',
    steps: [...urgent, ['a.recv', 9]],
    fails: 'EAGAIN',
    target: 'a',
    expected: ready('-w-', 'OUT'),
    after: [[['a.recv', 1, bits('MSG_OOB')], error('EINVAL')]],
  },
];
