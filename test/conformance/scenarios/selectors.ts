import { differing, error, keyError, rangeError, typeError } from '../outcome.ts';
import { type Check, deviating, prefixed, type Row, rows, type Scenario, type Step, type Table } from '../scenario.ts';
import { fd, fileno, filenoRaises, float, key, plain, the, type Value } from '../values.ts';

const [READ, WRITE, BOTH] = [1, 2, 3];
const [a, b, c] = [the('a'), the('b'), the('c')];

type Class = 'SelectSelector' | 'PollSelector' | 'EpollSelector';

function begin(type: Class): Step[] {
  return [
    [`s = selectors.${type}`],
    ['socketpair', 'a', 'b', 'SOCK_STREAM'],
    ['socketpair', 'c', 'd', 'SOCK_STREAM'],
    ['tcp', 'closed'],
    ['close', 'closed'],
    ['s.register', the('a'), BOTH, 'data'],
  ];
}

const keyOfA = key(a, fd('a'), BOTH, 'data');

function fileObject(name: string, value: Value, outcome: Check[1]): Row {
  return [
    name,
    [['s.register', value, READ], outcome],
    [['s.modify', value, READ], outcome],
    [['s.unregister', value], outcome],
    [['s.get_key', value], outcome],
  ];
}

function events(name: string, value: Value, outcome: Check[1]): Row {
  return [name, [['s.register', c, value], outcome]];
}

const invalid = rangeError('Invalid file object: an object');

const files: Row[] = [
  fileObject('an object', plain, invalid),
  fileObject('None', null, rangeError('Invalid file object: None')),
  fileObject('a str', 'a', rangeError("Invalid file object: 'a'")),
  fileObject('fileno() returns None', fileno(null), invalid),
  fileObject('fileno is a number', { filenoIs: 5 }, invalid),
  fileObject('fileno() raises ValueError', filenoRaises('ValueError'), invalid),
  fileObject('fileno() raises TypeError', filenoRaises('TypeError'), invalid),
  fileObject('fileno() raises OSError', filenoRaises('OSError'), { error: 'OSError', message: 'fileno' }),
  fileObject('-1', -1, rangeError('Invalid file descriptor: -1')),
  fileObject('fileno() returns -1', fileno(-1), rangeError('Invalid file descriptor: -1')),
  fileObject('a closed socket', the('closed'), rangeError('Invalid file descriptor: -1')),
];

const converted: Row[] = (['99', 99.5] as const).map((value) => [
  `fileno() returns ${JSON.stringify(value)}`,
  [['s.get_key', fileno(value)], differing(keyError('an object is not registered'), invalid)],
]);

const interests: Row[] = [
  events('0', 0, rangeError('Invalid events: 0')),
  events('None', null, rangeError('Invalid events: None')),
  events('8', 8, rangeError('Invalid events: 8')),
  events('-10', -10, rangeError('Invalid events: -10')),
  events('a str', 'a', typeError("unsupported operand type(s) for &: 'str' and 'int'")),
  events('a float', 1.5, typeError("unsupported operand type(s) for &: 'float' and 'int'")),
];

const behaviour: Row[] = [
  ['get_key', [['s.get_key', a], keyOfA], [['s.get_key', fd('a')], keyOfA]],
  [
    'register gives the key',
    [['s.register', c, READ], key(c, fd('c'), READ)],
    [['s.register', fd('b'), WRITE, [1]], key(fd('b'), fd('b'), WRITE, [1])],
  ],
  [
    'registered twice, also by number or another object',
    [['s.register', a, READ], keyError('a (FD a) is already registered')],
    [['s.register', fd('a'), READ], keyError('a (FD a) is already registered')],
    [['s.register', fileno(fd('a')), READ], keyError('an object (FD a) is already registered')],
    [['s.get_key', a], keyOfA],
  ],
  [
    'what is unknown',
    [['s.unregister', c], keyError('c is not registered')],
    [['s.unregister', fd('c')], keyError('c is not registered')],
    [['s.modify', c, READ], keyError('c is not registered')],
    [['s.get_key', c], keyError('c is not registered')],
  ],
  [
    'unregister gives the key, once',
    [['s.unregister', fd('a')], keyOfA],
    [['s.unregister', a], keyError('a is not registered')],
    [['s.select', 0], []],
  ],
  [
    'select',
    [['s.select', 0], [[keyOfA, WRITE]]],
    [['write', 'b', 'x'], 1],
    [['s.select', 0], [[keyOfA, BOTH]]],
    [['s.select', 0.001], [[keyOfA, BOTH]]],
    [['s.select'], [[keyOfA, BOTH]]],
  ],
  ['select does not wait for a negative time', [['s.modify', a, READ], key(a, fd('a'), READ)], [['s.select', -1], []]],
  [
    'events that were not asked for are not reported',
    [['s.modify', a, READ], key(a, fd('a'), READ)],
    [['s.select', 0], []],
    [['close', 'b'], null],
    [['s.select', 0], [[key(a, fd('a'), READ), READ]]],
  ],
  [
    'modify without data forgets the data',
    [['s.modify', a, BOTH], key(a, fd('a'), BOTH)],
    [['s.get_key', a], key(a, fd('a'), BOTH)],
  ],
  [
    'modify changes the data',
    [['s.modify', a, BOTH, 'other'], key(a, fd('a'), BOTH, 'other')],
    [['s.select', 0], [[key(a, fd('a'), BOTH, 'other'), WRITE]]],
  ],
  ['modify with what there is', [['s.modify', a, BOTH, 'data'], keyOfA]],
  [
    'what is closed is unregistered as an object and as a number',
    [['s.register', c, READ], key(c, fd('c'), READ)],
    [['close', 'a'], null],
    [['close', 'c'], null],
    [['s.unregister', a], keyOfA],
    [['s.unregister', fd('c')], key(c, fd('c'), READ)],
  ],
  [
    'what was closed and is used again is unregistered',
    [['close', 'a'], null],
    [['pipe', 'r', 'w'], null],
    [['s.unregister', fd('r')], key(a, fd('r'), BOTH, 'data')],
  ],
  [
    'the map',
    [['m = s.get_map'], the('m')],
    [['m.__len__'], 1],
    [['m.get', a], keyOfA],
    [['m.get', fd('a')], keyOfA],
    [['m.get', c], null],
    [['m.__contains__', a], true],
    [['m.__contains__', c], false],
    [['m.__contains__', -1], rangeError('Invalid file descriptor: -1')],
    [['m.get', plain], rangeError('Invalid file object: an object')],
    [['m.keys'], [fd('a')]],
    [['s.unregister', a], keyOfA],
    [['m.__len__'], 0],
  ],
  [
    'close',
    [['m = s.get_map'], the('m')],
    [['s.close'], null],
    [['s.close'], null],
    [['s.get_map'], null],
    [['s.get_key', a], { error: 'Error', message: 'Selector is closed' }],
    [['m.__len__'], 0],
    [['m.get', a], null],
    [['s.unregister', a], keyError('a is not registered')],
    [['s.modify', a, READ], keyError('a is not registered')],
  ],
  [
    'an empty one',
    [['s.unregister', b], keyError('b is not registered')],
    [['s.unregister', a], keyOfA],
    [['s.select', 0], []],
    [['s.select', 0.001], []],
  ],
];

const closedEpoll = rangeError('I/O operation on closed epoll object');
const file: Step = ['open', 'file', 'file', 'O_RDWR', 'O_CREAT'];
const keyOfFile = key(fd('file'), fd('file'), READ);

const selectStr: Row = [
  'select with a str',
  [['s.select', '1'], typeError("'<=' not supported between instances of 'str' and 'int'")],
];

const own: Record<Class, Row[]> = {
  SelectSelector: [
    ['select with a str', [['s.select', '1'], typeError("'>' not supported between instances of 'int' and 'str'")]],
    ['NaN', [['s.select', float('nan')], rangeError('Invalid value NaN (not a number)')]],
    ['inf', [['s.select', float('inf')], rangeError('timestamp out of range for platform time_t')]],
    ['a closed fd is an error', [['close', 'a'], null], [['s.select', 0], error('EBADF')]],
    [
      'modify with no event unregisters',
      [['s.modify', a, 0], rangeError('Invalid events: 0')],
      [['s.get_key', a], keyError('a is not registered')],
    ],
    ['closed, it can be used again', [['s.close'], null], [['s.register', c, READ], key(c, fd('c'), READ)]],
    [
      'a regular file',
      [file, null],
      [['s.register', the('file'), READ], keyOfFile],
      [
        ['s.select', 0],
        [
          [keyOfFile, READ],
          [keyOfA, WRITE],
        ],
      ],
    ],
    ['fd 1024', [['s.register', 1024, READ], key(1024, 1024, READ)]],
  ],
  PollSelector: [
    selectStr,
    ['NaN', [['s.select', float('nan')], rangeError('cannot convert float NaN to integer')]],
    ['inf', [['s.select', float('inf')], rangeError('cannot convert float infinity to integer')]],
    ['a closed fd is ready for all', [['close', 'a'], null], [['s.select', 0], [[keyOfA, BOTH]]]],
    [
      'modify takes any events',
      [['s.modify', a, 0], key(a, fd('a'), 0)],
      [['s.select', 0], []],
      [['close', 'b'], null],
      [['s.select', 0], [[key(a, fd('a'), 0), 0]]],
    ],
    ['closed, it can be used again', [['s.close'], null], [['s.register', c, READ], key(c, fd('c'), READ)]],
    [
      'a regular file',
      [file, null],
      [['s.register', the('file'), READ], keyOfFile],
      [
        ['s.select', 0],
        [
          [keyOfA, WRITE],
          [keyOfFile, READ],
        ],
      ],
    ],
  ],
  EpollSelector: [
    selectStr,
    ['NaN', [['s.select', float('nan')], rangeError('cannot convert float NaN to integer')]],
    ['inf', [['s.select', float('inf')], rangeError('cannot convert float infinity to integer')]],
    ['its fd', [['s.fileno'], fd('s')]],
    ['a closed fd is forgotten', [['close', 'a'], null], [['s.select', 0], []]],
    ['register of a closed fd', [['s.register', fd('closed'), READ], error('EBADF')]],
    [
      'modify takes any events',
      [['s.modify', a, 0], key(a, fd('a'), 0)],
      [['close', 'b'], null],
      [['s.select', 0], [[key(a, fd('a'), 0), 0]]],
    ],
    [
      'modify of a closed fd unregisters',
      [['close', 'a'], null],
      [['s.modify', fd('a'), READ], error('EBADF')],
      [['s.get_key', fd('a')], keyError('a is not registered')],
    ],
    [
      'closed, it is of no use',
      [['s.close'], null],
      [['s.select', 0], closedEpoll],
      [['s.fileno'], closedEpoll],
      [['s.register', c, READ], closedEpoll],
    ],
    [
      'a regular file is refused, and not registered',
      [file, null],
      [['s.register', the('file'), READ], error('EPERM')],
      [['s.get_key', the('file')], keyError('file is not registered')],
    ],
  ],
};

function scenariosOf(type: Class): Scenario[] {
  const [beginning, mine] = [begin(type), own[type]];
  return [
    ...prefixed('file', rows(beginning, ...files)),
    ...prefixed('events', rows(beginning, ...interests)),
    ...rows(beginning, ...behaviour, ...mine),
    ...prefixed('file', deviating("selectors: `fileno()` that returns '7' or 1.9", rows(beginning, ...converted))),
  ];
}

const hugeTimeout = deviating(
  'int and float',
  rows(begin('PollSelector'), [
    'select of 1e300',
    [
      ['s.select', float('1e300')],
      differing(
        rangeError('timestamp too large to convert to C _PyTime_t'),
        rangeError('timestamp out of range for platform time_t'),
      ),
    ],
  ]),
);

/** `selectors`, class by class. */
export const selectors: Table[] = (['SelectSelector', 'PollSelector', 'EpollSelector'] as const).map((type) => ({
  title: `selectors.${type}`,
  scenarios: [...scenariosOf(type), ...(type === 'PollSelector' ? hugeTimeout : [])],
}));
