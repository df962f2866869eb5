import { bits, bytes, type Check, type Condition, error, ready, received, type Step } from '../step.ts';
import { connected } from './tcp-states.ts';

const urgent: Step[] = [...connected, ['b.send', bytes('!'), bits('MSG_OOB')], ['settle', 'a', 'POLLPRI']];
const dataAndUrgent: Step[] = [
  ...connected,
  ['b.send', bytes('data')],
  ['settle', 'a', 'POLLIN'],
  ['b.send', bytes('!'), bits('MSG_OOB')],
  ['settle', 'a', 'POLLPRI'],
];
const receiveUrgent: Step = ['a.recv', 1, bits('MSG_OOB')];
const receivedUrgent: Check = [receiveUrgent, bytes('!')];
const urgentFails: Check = [receiveUrgent, error('EINVAL')];

/** TCP's urgent ("out-of-band") byte: nothing else in the table makes a file exceptional for select. */
export const tcpUrgent: Condition[] = [
  {
    name: 'OOB byte only',
    steps: urgent,
    expected: ready('-wx', 'PRI OUT'),
    after: [receivedUrgent],
  },
  {
    name: 'OOB byte read',
    steps: [...urgent, receiveUrgent],
    expected: ready('-w-', 'OUT'),
  },
  {
    name: 'normal + OOB data',
    steps: dataAndUrgent,
    expected: ready('rwx', 'IN PRI OUT'),
    after: [received('data'), receivedUrgent],
  },
  {
    name: 'normal + OOB data, normal data read: x stays until the OOB byte is read',
    steps: [...dataAndUrgent, ['a.recv', 9]],
    expected: ready('-wx', 'PRI OUT'),
    after: [receivedUrgent],
  },
  {
    name: 'normal + OOB data, OOB byte read',
    steps: [...dataAndUrgent, receiveUrgent],
    expected: ready('rw-', 'IN OUT'),
    after: [received('data')],
  },
  {
    name: 'OOB with SO_OOBINLINE',
    steps: [
      ...connected,
      ['a.setsockopt', bits('SOL_SOCKET'), bits('SO_OOBINLINE'), 1],
      ['b.send', bytes('!'), bits('MSG_OOB')],
      ['settle', 'a', 'POLLIN', 'POLLPRI'],
    ],
    expected: ready('rwx', 'IN PRI OUT'),
    after: [urgentFails, received('!')],
  },
  {
    name: 'trap: a plain recv before recv(MSG_OOB), no other data',
    steps: [...urgent, ['a.recv', 9]],
    fails: 'EAGAIN',
    expected: ready('-w-', 'OUT'),
    after: [urgentFails],
  },
];
