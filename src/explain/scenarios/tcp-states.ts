import {
  bits,
  bytes,
  type Condition,
  error,
  ready,
  received,
  receiveFails,
  sendFails,
  socketError,
  type Step,
} from '../step.ts';

export const listening: Step[] = [
  ['tcp', 'listener'],
  ['bind', 'listener'],
  ['listener.listen', 8],
];

// `a` is connected to `listener`, which has not accepted the connection yet.
const pending: Step[] = [...listening, ['tcp', 'a'], ['connect', 'a', 'listener'], ['settle', 'listener', 'POLLIN']];

/** `a` and `b` are the two ends of a TCP connection. */
export const connected: Step[] = [...pending, ['accept', 'listener', 'b']];

/** Waits until `a` has received RST. The kernel sets these bits one after the other. */
export const resetSeen: Step = ['settle', 'a', 'POLLERR', 'POLLHUP', 'POLLRDHUP'];

const wasReset = ready('rw-', 'IN OUT ERR HUP RDHUP', 'ERR HUP');
const hungUp = ready('rw-', 'IN OUT HUP RDHUP', 'HUP');
const gotReset: Step[] = [...connected, ['reset', 'b'], resetSeen];

/** TCP: listening, idle, data, half-closed, closed, reset. */
export const tcpStates: Condition[] = [
  {
    name: 'TCP socket, new, unbound',
    steps: [['tcp', 'a']],
    expected: ready('rw-', 'OUT HUP', 'HUP'),
  },
  {
    name: 'TCP socket, bound but not listening',
    steps: [
      ['tcp', 'a'],
      ['bind', 'a'],
    ],
    expected: ready('rw-', 'OUT HUP', 'HUP'),
  },
  {
    name: 'listening, nothing pending',
    steps: listening,
    target: 'listener',
    expected: ready('---', ''),
    after: [[['accept', 'listener', 'b'], error('EAGAIN')]],
  },
  {
    name: 'listening, connection pending',
    steps: pending,
    target: 'listener',
    expected: ready('r--', 'IN'),
    after: [[['accept', 'listener', 'b'], null]],
  },
  {
    name: 'listening, connection pending whose client has sent FIN',
    steps: [...pending, ['close', 'a']],
    target: 'listener',
    expected: ready('r--', 'IN'),
    after: [
      [['accept', 'listener', 'b'], null],
      [['settle', 'b', 'POLLIN'], null],
      [['b.recv', 9], bytes('')],
    ],
  },
  {
    name: 'listening, connection pending whose client has sent RST',
    steps: [...pending, ['reset', 'a']],
    target: 'listener',
    expected: ready('r--', 'IN'),
    after: [
      [['accept', 'listener', 'b'], null],
      [['settle', 'b', 'POLLHUP'], null],
      [['b.recv', 9], error('ECONNRESET')],
    ],
  },
  {
    name: 'accepted after the client has sent RST',
    steps: [
      ...pending,
      ['reset', 'a'],
      ['accept', 'listener', 'b'],
      ['settle', 'b', 'POLLERR', 'POLLHUP', 'POLLRDHUP'],
    ],
    target: 'b',
    expected: wasReset,
  },
  {
    name: 'TCP connected, idle',
    steps: connected,
    expected: ready('-w-', 'OUT'),
    after: [receiveFails('EAGAIN')],
  },
  {
    name: 'data to read',
    steps: [...connected, ['b.send', bytes('data')], ['settle', 'a', 'POLLIN']],
    expected: ready('rw-', 'IN OUT'),
    after: [received('data')],
  },
  {
    name: 'peer shutdown(WR)',
    steps: [...connected, ['b.shutdown', bits('SHUT_WR')], ['settle', 'a', 'POLLRDHUP']],
    expected: ready('rw-', 'IN OUT RDHUP'),
    after: [received(''), [['a.send', bytes('data')], 4]],
  },
  {
    name: 'peer close() (FIN)',
    steps: [...connected, ['close', 'b'], ['settle', 'a', 'POLLRDHUP']],
    expected: ready('rw-', 'IN OUT RDHUP'),
    after: [received('')],
  },
  {
    name: "peer close() (FIN), after recv returned b''",
    steps: [...connected, ['close', 'b'], ['settle', 'a', 'POLLRDHUP'], ['a.recv', 9]],
    expected: ready('rw-', 'IN OUT RDHUP'),
    after: [received('')],
  },
  {
    name: 'peer closed, then we send, peer answers RST',
    steps: [...connected, ['close', 'b'], ['settle', 'a', 'POLLRDHUP'], ['a.send', bytes('data')], resetSeen],
    expected: wasReset,
    after: [received(''), sendFails('EPIPE')],
  },
  {
    name: 'own shutdown(WR)',
    steps: [...connected, ['a.shutdown', bits('SHUT_WR')]],
    expected: ready('-w-', 'OUT'),
    after: [sendFails('EPIPE')],
  },
  {
    name: 'own shutdown(RD)',
    steps: [...connected, ['a.shutdown', bits('SHUT_RD')]],
    expected: ready('rw-', 'IN OUT RDHUP'),
    after: [received('')],
  },
  {
    name: 'own shutdown(RDWR)',
    steps: [...connected, ['a.shutdown', bits('SHUT_RDWR')]],
    expected: hungUp,
  },
  {
    name: 'both sides shut WR',
    steps: [
      ...connected,
      ['a.shutdown', bits('SHUT_WR')],
      ['b.shutdown', bits('SHUT_WR')],
      ['settle', 'a', 'POLLHUP', 'POLLRDHUP'],
    ],
    expected: hungUp,
  },
  {
    name: 'RST received',
    steps: gotReset,
    expected: wasReset,
    after: [socketError(104), socketError(0), received('')],
  },
  {
    name: 'RST received, SO_ERROR read: ERR goes away, HUP stays',
    steps: [...gotReset, ['a.getsockopt', bits('SOL_SOCKET'), bits('SO_ERROR')]],
    expected: hungUp,
  },
  {
    name: 'RST received, recv has failed: ERR goes away, HUP stays',
    steps: [...gotReset, ['a.recv', 9]],
    fails: 'ECONNRESET',
    expected: hungUp,
    after: [received('')],
  },
  {
    name: 'data then RST',
    steps: [...connected, ['b.send', bytes('data')], ['reset', 'b'], resetSeen],
    expected: wasReset,
    after: [received('data'), receiveFails('ECONNRESET'), received('')],
  },
];
