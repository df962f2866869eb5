import { type Condition, error, ready, type Step } from '../step.ts';

const alwaysReady = ready('rw-', 'IN OUT', '', 'EPERM');
const epollOfPipe: Step[] = [
  ['pipe', 'r', 'w'],
  ['epoll', 'epoll', 'r'],
];
const written: Step[] = [
  ['open', 'file', 'file', 'O_RDWR', 'O_CREAT'],
  ['write', 'file', 'data'],
];

/** Files of other kinds: regular files, directories, devices, terminals, eventfd, epoll. */
export const files: Condition[] = [
  {
    name: 'regular file',
    steps: [...written, ['open', 'start', 'file', 'O_RDONLY']],
    target: 'start',
    expected: alwaysReady,
    after: [[['read', 'start', 9], 'data']],
  },
  {
    name: 'regular file at EOF',
    steps: written,
    target: 'file',
    expected: alwaysReady,
    after: [[['read', 'file', 9], '']],
  },
  {
    name: 'directory',
    steps: [['open', 'directory', '/', 'O_RDONLY']],
    target: 'directory',
    expected: alwaysReady,
    after: [[['read', 'directory', 9], error('EISDIR')]],
  },
  {
    name: '/dev/null',
    steps: [['open', 'null', '/dev/null', 'O_RDWR']],
    target: 'null',
    expected: alwaysReady,
    after: [[['read', 'null', 9], '']],
  },
  {
    name: '/dev/zero',
    steps: [['open', 'zero', '/dev/zero', 'O_RDWR']],
    target: 'zero',
    expected: alwaysReady,
    after: [[['read', 'zero', 2], '\0\0']],
  },
  {
    name: 'pty master, slave closed',
    steps: [
      ['pty', 'master', 'slave'],
      ['close', 'slave'],
      ['settle', 'master', 'POLLHUP'],
    ],
    target: 'master',
    expected: ready('rw-', 'OUT HUP', 'HUP'),
    after: [[['read', 'master', 9], error('EIO')]],
  },
  {
    name: 'eventfd 0',
    steps: [['eventfd', 'eventfd', 0]],
    target: 'eventfd',
    expected: ready('-w-', 'OUT'),
    after: [[['read', 'eventfd', 8], error('EAGAIN')]],
  },
  {
    name: 'eventfd 1',
    steps: [['eventfd', 'eventfd', 1]],
    target: 'eventfd',
    expected: ready('rw-', 'IN OUT'),
    after: [[['read', 'eventfd', 8], '\x01\0\0\0\0\0\0\0']],
  },
  {
    name: 'epoll fd with nothing ready',
    steps: epollOfPipe,
    target: 'epoll',
    expected: ready('---', ''),
  },
  {
    name: 'epoll fd with something ready',
    steps: [...epollOfPipe, ['write', 'w', 'x']],
    target: 'epoll',
    expected: ready('r--', 'IN'),
  },
];
