import { bits, bytes, error, type Readiness, ready, type Step } from '../step.ts';

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
export const tcpStates: Readiness[] = [
  {
    name: 'TCP socket, new, unbound',
    steps: [['tcp', 'a']],
    target: 'a',
    expected: ready('rw-', 'OUT HUP', 'HUP'),
  },
  {
    name: 'TCP socket, bound but not listening',
    steps: [
      ['tcp', 'a'],
      ['bind', 'a'],
    ],
    target: 'a',
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
    target: 'a',
    expected: ready('-w-', 'OUT'),
    after: [[['a.recv', 9], error('EAGAIN')]],
  },
  {
    name: 'data to read',
    steps: [...connected, ['b.send', bytes('data')], ['settle', 'a', 'POLLIN']],
    target: 'a',
    expected: ready('rw-', 'IN OUT'),
    after: [[['a.recv', 9], bytes('data')]],
  },
  {
    name: 'peer shutdown(WR)',
    steps: [...connected, ['b.shutdown', bits('SHUT_WR')], ['settle', 'a', 'POLLRDHUP']],
    target: 'a',
    expected: ready('rw-', 'IN OUT RDHUP'),
    after: [
      [['a.recv', 9], bytes('')],
      [['a.send', bytes('data')], 4],
    ],
  },
  {
    name: 'peer close() (FIN)',
    steps: [...connected, ['close', 'b'], ['settle', 'a', 'POLLRDHUP']],
    target: 'a',
    expected: ready('rw-', 'IN OUT RDHUP'),
    after: [[['a.recv', 9], bytes('')]],
  },
  {
    name: "peer close() (FIN), after recv returned b''",
    steps: [...connected, ['close', 'b'], ['settle', 'a', 'POLLRDHUP'], ['a.recv', 9]],
    target: 'a',
    expected: ready('rw-', 'IN OUT RDHUP'),
    after: [[['a.recv', 9], bytes('')]],
  },
  {
    name: 'peer closed, then we send, peer answers RST',
    steps: [...connected, ['close', 'b'], ['settle', 'a', 'POLLRDHUP'], ['a.send', bytes('data')], resetSeen],
    target: 'a',
    expected: wasReset,
    after: [
      [['a.recv', 9], bytes('')],
      [['a.send', bytes('data')], error('EPIPE')],
    ],
  },
  {
    name: 'own shutdown(WR)',
    steps: [...connected, ['a.shutdown', bits('SHUT_WR')]],
    target: 'a',
    expected: ready('-w-', 'OUT'),
    after: [[['a.send', bytes('data')], error('EPIPE')]],
  },
  {
    name: 'own shutdown(RD)',
    steps: [...connected, ['a.shutdown', bits('SHUT_RD')]],
    target: 'a',
    expected: ready('rw-', 'IN OUT RDHUP'),
    after: [[['a.recv', 9], bytes('')]],
  },
  {
    name: 'own shutdown(RDWR)',
    steps: [...connected, ['a.shutdown', bits('SHUT_RDWR')]],
    target: 'a',
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
    target: 'a',
    expected: hungUp,
  },
  {
    name: 'RST received',
    steps: gotReset,
    target: 'a',
    expected: wasReset,
    after: [
      [['a.getsockopt', bits('SOL_SOCKET'), bits('SO_ERROR')], 104],
      [['a.getsockopt', bits('SOL_SOCKET'), bits('SO_ERROR')], 0],
      [['a.recv', 9], bytes('')],
    ],
  },
  {
    name: 'RST received, SO_ERROR read: ERR goes away, HUP stays',
    steps: [...gotReset, ['a.getsockopt', bits('SOL_SOCKET'), bits('SO_ERROR')]],
    target: 'a',
    expected: hungUp,
  },
  {
    name: 'RST received, recv has failed: ERR goes away, HUP stays',
    steps: [...gotReset, ['a.recv', 9]],
    fails: 'ECONNRESET',
    target: 'a',
    expected: hungUp,
    after: [[['a.recv', 9], bytes('')]],
  },
  {
    name: 'data then RST',
    steps: [...connected, ['b.send', bytes('data')], ['reset', 'b'], resetSeen],
    target: 'a',
    expected: wasReset,
    after: [
      [['a.recv', 9], bytes('data')],
      [['a.recv', 9], error('ECONNRESET')],
      [['a.recv', 9], bytes('')],
    ],
  },
];
