import { error, ready, type Scenario, type Step } from '../scenario.ts';
import { connected } from './tcp-states.ts';

const urgent: Step[] = [...connected, ['send', 'b', '!', 'MSG_OOB'], ['settle', 'a', 'POLLPRI']];
const dataAndUrgent: Step[] = [
  ...connected,
  ['send', 'b', 'data'],
  ['settle', 'a', 'POLLIN'],
  ['send', 'b', '!', 'MSG_OOB'],
  ['settle', 'a', 'POLLPRI'],
];

/** TCP's urgent ("out-of-band") byte, the only thing that the third set of select reports here. */
export const tcpUrgent: Scenario[] = [
  {
    name: 'OOB byte only',
    steps: urgent,
    target: 'a',
    expected: ready('-wx', 'PRI OUT'),
    after: [[['recv', 'a', 1, 'MSG_OOB'], '!']],
  },
  {
    name: 'OOB byte read',
    steps: [...urgent, ['recv', 'a', 1, 'MSG_OOB']],
    target: 'a',
    expected: ready('-w-', 'OUT'),
  },
  {
    name: 'normal + OOB data',
    steps: dataAndUrgent,
    target: 'a',
    expected: ready('rwx', 'IN PRI OUT'),
    after: [
      [['recv', 'a', 9], 'data'],
      [['recv', 'a', 1, 'MSG_OOB'], '!'],
    ],
  },
  {
    name: 'normal + OOB data, normal data read: x stays until the OOB byte is read',
    steps: [...dataAndUrgent, ['recv', 'a', 9]],
    target: 'a',
    expected: ready('-wx', 'PRI OUT'),
    after: [[['recv', 'a', 1, 'MSG_OOB'], '!']],
  },
  {
    name: 'normal + OOB data, OOB byte read',
    steps: [...dataAndUrgent, ['recv', 'a', 1, 'MSG_OOB']],
    target: 'a',
    expected: ready('rw-', 'IN OUT'),
    after: [[['recv', 'a', 9], 'data']],
  },
  {
    name: 'OOB with SO_OOBINLINE',
    steps: [
      ...connected,
      ['setsockopt', 'a', 'SO_OOBINLINE', 1],
      ['send', 'b', '!', 'MSG_OOB'],
      ['settle', 'a', 'POLLIN', 'POLLPRI'],
    ],
    target: 'a',
    expected: ready('rwx', 'IN PRI OUT'),
    after: [
      [['recv', 'a', 1, 'MSG_OOB'], error('EINVAL')],
      [['recv', 'a', 9], '!'],
    ],
  },
  {
    name: 'trap: a plain recv before recv(MSG_OOB), no other data',
    steps: [...urgent, ['recv', 'a', 9]],
    fails: ['EAGAIN'],
    target: 'a',
    expected: ready('-w-', 'OUT'),
    after: [[['recv', 'a', 1, 'MSG_OOB'], error('EINVAL')]],
  },
];
