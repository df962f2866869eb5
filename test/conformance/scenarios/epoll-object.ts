import { differing, error, osErrorOnly, rangeError, typeError } from '../outcome.ts';
import { type Check, deviating, prefixed, type Row, rows, type Scenario, type Step } from '../scenario.ts';
import { bits, fd, fileno, filenoRaises, float, int, plain, the, type Value } from '../values.ts';

const poller: Step[] = [
  ['e = select.epoll'],
  ['socketpair', 'a', 'b', 'SOCK_STREAM'],
  ['socketpair', 'c', 'd', 'SOCK_STREAM'],
  ['tcp', 'closed'],
  ['close', 'closed'],
  ['e.register', the('a')],
];
const [a, c, e] = [the('a'), the('c'), the('e')];
const NOT_A_FILE = typeError('argument must be an int, or have a fileno() method.');
const NEGATIVE = rangeError('file descriptor cannot be a negative integer (-1)');
const CLOSED = rangeError('I/O operation on closed epoll object');
const notAnInt = (type: string): Check[1] => typeError(`'${type}' object cannot be interpreted as an integer`);

function made(name: string, outcome: Check[1], ...args: Value[]): Row {
  return [name, [['select.epoll', ...args], outcome]];
}

// register, modify and unregister check the file in the same way.
function file(name: string, value: Value, outcome: Check[1]): Row {
  return [
    name,
    [['e.register', value, 1], outcome],
    [['e.modify', value, 1], outcome],
    [['e.unregister', value], outcome],
  ];
}

function mask(name: string, value: Value, outcome: Check[1] = null): Row {
  return [name, [['e.register', c, value], outcome]];
}

function timeout(name: string, value: Value, outcome: Check[1] = [[fd('a'), 'OUT']]): Row {
  return [name, [['e.poll', value], outcome]];
}

function maxevents(name: string, value: Value, outcome: Check[1] = [[fd('a'), 'OUT']]): Row {
  return [name, [['e.poll', 0, value], outcome]];
}

const making = rows(
  [],
  made('a sizehint of 1', { unnamed: 'epoll' }, 1),
  made('a sizehint of -1', { unnamed: 'epoll' }, -1),
  made('EPOLL_CLOEXEC', { unnamed: 'epoll' }, -1, bits('EPOLL_CLOEXEC')),
  made('a sizehint of 0', rangeError('negative sizehint'), 0),
  made('a sizehint of -2', rangeError('negative sizehint'), -2),
  made('a sizehint that is a str', notAnInt('str'), 'a'),
  made('a sizehint that is a float', notAnInt('float'), 1.5),
  made('a sizehint that is None', notAnInt('NoneType'), null),
  made('a sizehint of 2**31', rangeError('Python int too large to convert to C int'), 2 ** 31),
  made('three arguments', typeError('epoll() takes at most 2 arguments (3 given)'), 1, 2, 3),
  made('unknown flags', osErrorOnly('invalid flags'), 1, 12345),
  made('flags that are a str', notAnInt('str'), 1, 'a'),
);

const files = rows(
  poller,
  file('None', null, NOT_A_FILE),
  file('a str', 'a', NOT_A_FILE),
  file('a float', 1.5, NOT_A_FILE),
  file('an object', plain, NOT_A_FILE),
  file('fileno() returns a str', fileno('5'), typeError('fileno() returned a non-integer')),
  file('fileno() raises', filenoRaises('OSError'), osErrorOnly('fileno')),
  file('-1', -1, NEGATIVE),
  file('a closed socket', the('closed'), NEGATIVE),
  file('a closed fd', fd('closed'), error('EBADF')),
  file('an fd that never was', 10000, error('EBADF')),
  file('above a C int', 2 ** 31, rangeError('Python int too large to convert to C int')),
  file('itself', e, error('EINVAL')),
);

const masks = rows(
  poller,
  mask('0', 0),
  mask('True', true),
  mask('EPOLLET', bits('EPOLLET', 'EPOLLIN')),
  mask('2**32', int(2n ** 32n)),
  mask('2**64', int(2n ** 64n)),
  mask('EPOLLEXCLUSIVE', bits('EPOLLEXCLUSIVE', 'EPOLLIN')),
  mask('-1', -1, error('EINVAL')),
  mask('2**32 - 1', 2 ** 32 - 1, error('EINVAL')),
  mask('EXCLUSIVE and ONESHOT', bits('EPOLLEXCLUSIVE', 'EPOLLONESHOT'), error('EINVAL')),
  mask('EXCLUSIVE and RDHUP', bits('EPOLLEXCLUSIVE', 'EPOLLRDHUP'), error('EINVAL')),
  mask('a float', 1.5, notAnInt('float')),
  mask('a str', '1', notAnInt('str')),
  mask('None', null, notAnInt('NoneType')),
);

const waiting = rows(
  poller,
  timeout('nothing to say', null),
  timeout('0', 0),
  timeout('negative', -1),
  timeout('negative and small', -0.0001),
  timeout('a fraction', 0.001),
  timeout('2147483', 2147483),
  timeout('a str', '1', typeError('timeout must be an integer or None')),
  timeout('an object', plain, typeError('timeout must be an integer or None')),
  timeout('NaN', float('nan'), rangeError('Invalid value NaN (not a number)')),
  timeout('inf', float('inf'), rangeError('timestamp out of range for platform time_t')),
  timeout('2147484', 2147484, rangeError('timeout is too large')),
  timeout('2**63', int(2n ** 63n), rangeError('timestamp too large to convert to C _PyTime_t')),
  maxevents('maxevents -1', -1),
  maxevents('maxevents 1', 1),
  maxevents('maxevents 0', 0, rangeError('maxevents must be greater than 0, got 0')),
  maxevents('maxevents -2', -2, rangeError('maxevents must be greater than 0, got -2')),
  maxevents('maxevents None', null, notAnInt('NoneType')),
  maxevents('maxevents that is a float', 1.5, notAnInt('float')),
  maxevents('maxevents above 178956970', 178956971, error('EINVAL')),
  maxevents('maxevents 2**31', 2 ** 31, rangeError('Python int too large to convert to C int')),
);

const behaviour = rows(
  poller,
  ['close', [['e.closed'], false], [['e.close'], null], [['e.close'], null], [['e.closed'], true]],
  [
    'everything fails once it is closed',
    [['e.close'], null],
    [['e.fileno'], CLOSED],
    [['e.register', c], CLOSED],
    [['e.modify', a, 1], CLOSED],
    [['e.unregister', a], CLOSED],
    [['e.poll', 0], CLOSED],
  ],
  ['its fd', [['e.fileno'], fd('e')]],
  [
    'closed behind its back',
    [['closeFd', 'e'], null],
    [['e.poll', 0], error('EBADF')],
    [['e.register', c], error('EBADF')],
    [['e.close'], null],
  ],
  ['register twice', [['e.register', a], error('EEXIST')], [['e.register', fd('a'), 1], error('EEXIST')]],
  [
    'a dup is a new entry',
    [['f = a.dup'], the('f')],
    [['e.register', the('f'), bits('EPOLLOUT')], null],
    [['e.modify', a, 0], null],
    [['e.poll', 0], [[fd('f'), 'OUT']]],
  ],
  ['modify of what is unknown', [['e.modify', c, 1], error('ENOENT')]],
  ['unregister of what is unknown', [['e.unregister', c], error('ENOENT')]],
  [
    'modify of an exclusive entry',
    [['e.register', c, bits('EPOLLEXCLUSIVE', 'EPOLLIN')], null],
    [['e.modify', c, 1], error('EINVAL')],
  ],
  [
    'a loop of epolls',
    [['f = select.epoll'], the('f')],
    [['f.register', e], null],
    [['e.register', the('f')], error('ELOOP')],
  ],
  [
    'nested',
    [['f = select.epoll'], the('f')],
    [['f.register', e, bits('EPOLLIN')], null],
    [['f.poll', 0], [[fd('e'), 'IN']]],
  ],
  [
    'a regular file',
    [['open', 'file', 'file', 'O_RDWR', 'O_CREAT'], null],
    [['e.register', the('file')], error('EPERM')],
  ],
  ['a directory', [['open', 'folder', '/', 'O_RDONLY'], null], [['e.register', the('folder')], error('EPERM')]],
  ['/dev/null', [['open', 'null', '/dev/null', 'O_RDWR'], null], [['e.register', the('null')], error('EPERM')]],
  [
    'a registered fd that is closed vanishes',
    [['close', 'a'], null],
    [['e.poll', 0], []],
    [['e.unregister', fd('a')], error('EBADF')],
  ],
  [
    'a registered fd that is closed goes on while a dup is open',
    [['f = a.dup'], the('f')],
    [['close', 'a'], null],
    [['e.poll', 0], [[fd('a'), 'OUT']]],
    [['e.unregister', fd('a')], error('EBADF')],
  ],
  [
    'edge-triggered: once',
    [['e.modify', a, bits('EPOLLOUT', 'EPOLLET')], null],
    [['e.poll', 0], [[fd('a'), 'OUT']]],
    [['e.poll', 0], []],
  ],
  [
    'one-shot: until it is armed again',
    [['e.modify', a, bits('EPOLLOUT', 'EPOLLONESHOT')], null],
    [['e.poll', 0], [[fd('a'), 'OUT']]],
    [['e.poll', 0], []],
    [['e.modify', a, bits('EPOLLOUT')], null],
    [['e.poll', 0], [[fd('a'), 'OUT']]],
  ],
  [
    'fromfd: two objects of one epoll',
    [['f = select.epoll.fromfd', fd('e')], the('f')],
    [['f.poll', 0], [[fd('a'), 'OUT']]],
  ],
  [
    'fromfd of what is no epoll',
    [['pipe', 'r', 'w'], null],
    [['f = select.epoll.fromfd', fd('r')], the('f')],
    [['f.poll', 0], error('EINVAL')],
    [['f.register', a], error('EINVAL')],
  ],
  ['fromfd of -1 makes a new one', [['f = select.epoll.fromfd', -1], the('f')], [['f.poll', 0], []]],
  ['fromfd of a str', [['select.epoll.fromfd', 'a'], notAnInt('str')]],
  [
    'unread results come in turn',
    [['e.register', c], null],
    [['e.poll', 0, 1], [[fd('a'), 'OUT']]],
    [['e.poll', 0, 1], [[fd('c'), 'OUT']]],
    [['e.poll', 0, 1], [[fd('a'), 'OUT']]],
  ],
);

const differences: Scenario[] = [
  ...deviating('bool as fd', rows(poller, ['True', [['e.unregister', true], differing(error('ENOENT'), NOT_A_FILE)]])),
  ...deviating(
    '`Epoll.poll` with maxevents 2**31 - 1',
    rows(
      poller,
      maxevents('2**31 - 1', 2 ** 31 - 1, differing({ error: 'MemoryError', message: '' }, error('EINVAL'))),
    ),
  ),
  ...deviating(
    '`epoll.fromfd` below -1',
    rows(
      [],
      [
        '-2',
        [
          ['select.epoll.fromfd', -2],
          differing(
            { error: 'OSError', errno: 0, message: 'Error' },
            rangeError('file descriptor cannot be a negative integer (-2)'),
          ),
        ],
      ],
    ),
  ),
];

export const epollObject: Scenario[] = [
  ...prefixed('epoll()', making),
  ...prefixed('file', files),
  ...prefixed('mask', masks),
  ...prefixed('poll', waiting),
  ...behaviour,
  ...differences,
];
