import { type Row, rows, type Scenario, type Step } from '../scenario.ts';
import { fd, fileno, the } from '../values.ts';

const streams: Step[] = [
  ['socketpair', 'a', 'b', 'SOCK_STREAM'],
  ['socketpair', 'c', 'd', 'SOCK_STREAM'],
  ['write', 'b', 'x'],
  ['write', 'd', 'x'],
];

const [a, b, c] = [the('a'), the('b'), the('c')];

const all: Row[] = [
  [
    'three empty lists',
    [
      ['select.select', [], [], [], 0],
      [[], [], []],
    ],
  ],
  [
    'a short timeout',
    [
      ['select.select', [b], [], [], 0.001],
      [[], [], []],
    ],
  ],
  [
    'the objects themselves',
    [
      ['select.select', [a, c], [a], [a], 0],
      [[a, c], [a], []],
    ],
  ],
  [
    'numbers where numbers were given',
    [
      ['select.select', [fd('a'), c], [], [], 0],
      [[fd('a'), c], [], []],
    ],
  ],
  [
    'in the order of the list',
    [
      ['select.select', [c, b, a], [], [], 0],
      [[c, a], [], []],
    ],
  ],
  [
    'with duplicates',
    [
      ['select.select', [a, a, c, a], [], [], 0],
      [[a, a, c, a], [], []],
    ],
  ],
  [
    'an object in all lists',
    [
      ['select.select', [a], [a], [a], 0],
      [[a], [a], []],
    ],
  ],
  [
    'two objects of one fd',
    [['let', 'x', fileno(fd('a'))], null],
    [['let', 'y', fileno(fd('a'))], null],
    [
      ['select.select', [the('x'), the('y'), a], [the('y')], [], 0],
      [[the('x'), the('y'), a], [the('y')], []],
    ],
  ],
  [
    'only what is ready',
    [
      ['select.select', [b], [b], [b], 0],
      [[], [b], []],
    ],
  ],
  [
    'what has been read is not ready',
    [['read', 'a', 9], 'x'],
    [
      ['select.select', [a, c], [], [], 0],
      [[c], [], []],
    ],
  ],
  [
    'a number that is used again is another file',
    [['close', 'a'], null],
    [['pipe', 'r', 'w'], null],
    [
      ['select.select', [fd('a')], [], [], 0],
      [[], [], []],
    ],
  ],
  [
    'an epoll, readable while something is ready',
    [['e = select.epoll'], the('e')],
    [
      ['select.select', [the('e')], [], [], 0],
      [[], [], []],
    ],
    [['e.register', a], null],
    [
      ['select.select', [the('e')], [], [], 0],
      [[the('e')], [], []],
    ],
  ],
];

/** The results of `select.select`. */
export const selectResult: Scenario[] = rows(streams, ...all);
