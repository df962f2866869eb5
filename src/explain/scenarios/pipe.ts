import { type Condition, error, ready, type Step } from '../step.ts';

const PAGE = 4096;
const pipe: Step[] = [['pipe', 'r', 'w']];
const fifo: Step[] = [
  ['mkfifo', 'fifo'],
  ['open', 'r', 'fifo', 'O_RDONLY'],
];

export const pipes: Condition[] = [
  {
    name: 'pipe read end: empty',
    steps: pipe,
    target: 'r',
    expected: ready('---', ''),
    after: [[['read', 'r', 9], error('EAGAIN')]],
  },
  {
    name: 'pipe read end: data',
    steps: [...pipe, ['write', 'w', 'data']],
    target: 'r',
    expected: ready('r--', 'IN'),
    after: [[['read', 'r', 9], 'data']],
  },
  {
    name: 'pipe read end, data + writer closed',
    steps: [...pipe, ['write', 'w', 'data'], ['close', 'w']],
    target: 'r',
    expected: ready('r--', 'IN HUP', 'HUP'),
    after: [
      [['read', 'r', 9], 'data'],
      [['read', 'r', 9], ''],
    ],
  },
  {
    name: 'pipe read end, EOF (writer closed)',
    steps: [...pipe, ['close', 'w']],
    target: 'r',
    expected: ready('r--', 'HUP', 'HUP'),
    after: [[['read', 'r', 9], '']],
  },
  {
    name: 'pipe read end, writer closed, a dup of it open',
    steps: [...pipe, ['dup', 'copy', 'w'], ['close', 'w']],
    target: 'r',
    expected: ready('---', ''),
  },
  {
    name: 'pipe write end: space',
    steps: pipe,
    target: 'w',
    expected: ready('-w-', 'OUT'),
  },
  {
    name: 'pipe write end: full',
    steps: [...pipe, ['fill', 'w']],
    target: 'w',
    expected: ready('---', ''),
    after: [[['write', 'w', 'x'], error('EAGAIN')]],
  },
  {
    name: 'pipe write end: full, all but one byte of a page read',
    steps: [...pipe, ['fill', 'w'], ['read', 'r', PAGE - 1]],
    target: 'w',
    expected: ready('---', ''),
    after: [[['write', 'w', 'x'], error('EAGAIN')]],
  },
  {
    name: 'pipe write end: full, a whole page read',
    steps: [...pipe, ['fill', 'w'], ['read', 'r', PAGE - 1], ['read', 'r', 1]],
    target: 'w',
    expected: ready('-w-', 'OUT'),
    after: [[['write', 'w', 'x'.repeat(PAGE)], PAGE]],
  },
  {
    name: 'pipe write end, reader closed',
    steps: [...pipe, ['close', 'r']],
    target: 'w',
    expected: ready('rw-', 'OUT ERR', 'ERR'),
    after: [[['write', 'w', 'x'], error('EPIPE')]],
  },
  {
    // ERR alone makes it writable for select: there is no space that OUT could report.
    name: 'pipe write end, full, reader closed',
    steps: [...pipe, ['fill', 'w'], ['close', 'r']],
    target: 'w',
    expected: ready('rw-', 'ERR', 'ERR'),
    after: [[['write', 'w', 'x'], error('EPIPE')]],
  },
  {
    name: 'FIFO read end, no writer yet',
    steps: fifo,
    target: 'r',
    expected: ready('---', ''),
    after: [[['read', 'r', 9], '']],
  },
  {
    name: 'FIFO read end, a writer has opened and closed it',
    steps: [...fifo, ['open', 'w', 'fifo', 'O_WRONLY'], ['close', 'w']],
    target: 'r',
    expected: ready('r--', 'HUP', 'HUP'),
    after: [[['read', 'r', 9], '']],
  },
];
