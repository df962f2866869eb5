// Moves that make, use and close files.

import type { Step } from '../scenario.ts';
import { address, bits, bytes, the } from '../values.ts';
import type { Move, Plan } from './plan.ts';

const needsSocket = (plan: Plan): boolean => plan.sockets.length > 0;
const needsFile = (plan: Plan): boolean => plan.files.length > 0;

// The connection may need a moment, or may never arrive if the listener was shut down.
const soon = (listener: string): Step => ['select.select', [the(listener)], [], [], 0.02];

/** Makes a move that calls a method of a socket. */
function onSocket(act: (plan: Plan, name: string) => void): Move {
  return {
    possible: needsSocket,
    from: 'socketpair',
    make: (plan) => {
      act(plan, plan.pick(plan.sockets));
    },
  };
}

export const files: Record<string, Move> = {
  socketpair: {
    make(plan) {
      const [a, b] = [plan.addSocket(plan.fresh('a')), plan.addSocket(plan.fresh('b'))];
      const type = plan.pick(['SOCK_STREAM', 'SOCK_STREAM', 'SOCK_DGRAM'] as const);
      plan.add(['socketpair', a, b, type]);
      if (type === 'SOCK_STREAM') plan.ends.push([a, b], [b, a]);
    },
  },
  pipe: {
    make(plan) {
      const [r, w] = [plan.addFd(plan.fresh('r')), plan.addFd(plan.fresh('w'))];
      plan.add(['pipe', r, w]);
      plan.ends.push([w, r]);
    },
  },
  listen: {
    make(plan) {
      const name = plan.addSocket(plan.fresh('l'));
      plan.listeners.push(name);
      plan.add(['tcp', name], ['bind', name], [`${name}.listen`, 8]);
    },
  },
  connect: {
    possible: (plan) => plan.listeners.length > 0,
    from: 'listen',
    make(plan) {
      const listener = plan.pick(plan.listeners);
      const name = plan.addSocket(plan.fresh('c'));
      plan.add(['tcp', name], [`${name}.connect_ex`, address(listener)], soon(listener));
      if (plan.pick(['accept', 'accept', 'leave']) === 'accept') {
        plan.add(['accept', listener, plan.addSocket(plan.fresh('s'))]);
      }
    },
  },
  tcp: {
    make(plan) {
      plan.add(['tcp', plan.addSocket(plan.fresh('t'))]);
    },
  },
  udp: {
    make(plan) {
      const [u, v] = [plan.addSocket(plan.fresh('u')), plan.addSocket(plan.fresh('v'))];
      plan.add(['udp', u], ['bind', u], ['udp', v], ['connect', v, u]);
    },
  },
  dup: {
    possible: needsFile,
    from: 'socketpair',
    make(plan) {
      const original = plan.pick(plan.files);
      if (plan.sockets.includes(original)) {
        plan.add([`${plan.addSocket(plan.fresh('d'))} = ${original}.dup`]);
      } else {
        plan.add(['dup', plan.addFd(plan.fresh('d')), original]);
      }
    },
  },

  send: onSocket((plan, name) => {
    plan.add([`${name}.send`, bytes(plan.pick(['abc', 'x', '']))]);
  }),
  'send OOB': onSocket((plan, name) => {
    plan.add([`${name}.send`, bytes('!'), bits('MSG_OOB')]);
  }),
  recv: onSocket((plan, name) => {
    plan.add([`${name}.recv`, plan.pick([9, 1, 0, 1000000])]);
  }),
  'recv OOB': onSocket((plan, name) => {
    plan.add([`${name}.recv`, 1, bits('MSG_OOB')]);
  }),
  shutdown: onSocket((plan, name) => {
    plan.add([`${name}.shutdown`, bits(plan.pick(['SHUT_WR', 'SHUT_RD', 'SHUT_RDWR']))]);
  }),
  'socket names': onSocket((plan, name) => {
    plan.add([`${name}.${plan.pick(['getsockname', 'getpeername', 'fileno', 'gettimeout'])}`]);
  }),
  SO_ERROR: onSocket((plan, name) => {
    plan.add([`${name}.getsockopt`, bits('SOL_SOCKET'), bits('SO_ERROR')]);
  }),
  accept: {
    possible: (plan) => plan.listeners.length > 0,
    from: 'listen',
    make(plan) {
      plan.add(['accept', plan.pick(plan.listeners), plan.fresh('x')]);
    },
  },
  reset: onSocket((plan, name) => {
    plan.add(['reset', name]);
    plan.markClosed(name);
  }),
  read: {
    possible: (plan) => plan.fds.length > 0,
    from: 'pipe',
    make(plan) {
      plan.add(['read', plan.pick(plan.fds), plan.pick([9, 1, 1000000])]);
    },
  },
  write: {
    possible: (plan) => plan.fds.length > 0,
    from: 'pipe',
    make(plan) {
      plan.add(['write', plan.pick(plan.fds), 'abc']);
    },
  },
  fill: {
    possible: (plan) => plan.ends.length > 0,
    from: 'pipe',
    make(plan) {
      plan.add(['fill', plan.pick(plan.ends)[0]]);
    },
  },
  close: {
    possible: needsFile,
    from: 'socketpair',
    make(plan) {
      const name = plan.pick(plan.files);
      plan.add(['close', name]);
      plan.markClosed(name);
    },
  },
  'close twice': {
    possible: (plan) => plan.closed.length > 0,
    make(plan) {
      plan.add(['close', plan.pick(plan.closed)]);
    },
  },
  'close the fd': {
    possible: needsFile,
    from: 'socketpair',
    make(plan) {
      const name = plan.pick(plan.files);
      plan.add(['closeFd', name]);
      plan.markClosed(name);
    },
  },
};
