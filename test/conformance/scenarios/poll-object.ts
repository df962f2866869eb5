import { differing, error, keyError, rangeError, typeError } from '../outcome.ts';
import { type Check, deviating, prefixed, type Row, rows, type Scenario, type Step } from '../scenario.ts';
import { bits, bytes, fd, fileno, filenoRaises, float, int, plain, the, tuple, type Value } from '../values.ts';

const poller: Step[] = [
  ['p = select.poll'],
  ['socketpair', 'a', 'b', 'SOCK_STREAM'],
  ['socketpair', 'c', 'd', 'SOCK_STREAM'],
  ['tcp', 'closed'],
  ['close', 'closed'],
  ['p.register', the('a')],
];
const [a, c] = [the('a'), the('c')];
const NOT_A_FILE = typeError('argument must be an int, or have a fileno() method.');
const NEGATIVE = rangeError('file descriptor cannot be a negative integer (-1)');

// register, modify and unregister check the file in the same way.
function file(name: string, value: Value, outcome: Check[1]): Row {
  return [
    name,
    [['p.register', value, 1], outcome],
    [['p.modify', value, 1], outcome],
    [['p.unregister', value], outcome],
  ];
}

function mask(name: string, value: Value, outcome: Check[1] = null): Row {
  return [name, [['p.register', a, value], outcome], [['p.modify', a, value], outcome]];
}

function timeout(name: string, value: Value, outcome: Check[1] = [[fd('a'), 'OUT']]): Row {
  return [name, [['p.poll', value], outcome]];
}

const files = rows(
  poller,
  file('None', null, NOT_A_FILE),
  file('a str', 'a', NOT_A_FILE),
  file('a float', 1.5, NOT_A_FILE),
  file('an object', plain, NOT_A_FILE),
  file('fileno() returns a str', fileno('5'), typeError('fileno() returned a non-integer')),
  file('fileno() raises', filenoRaises('KeyError'), keyError('fileno')),
  file('fileno is a number', { filenoIs: 5 }, typeError("'int' object is not callable")),
  file('-1', -1, NEGATIVE),
  file('a closed socket', the('closed'), NEGATIVE),
  file('above a C int', 2 ** 31, rangeError('Python int too large to convert to C int')),
);

const masks = rows(
  poller,
  mask('0', 0),
  mask('8', 8),
  mask('32', 32),
  mask('True', true),
  mask('65535', 65535),
  mask('65536', 65536, rangeError('Python int too large for C unsigned short')),
  mask('2**64', int(2n ** 64n), rangeError('Python int too large to convert to C unsigned long')),
  mask('-1', -1, rangeError('value must be positive')),
  mask('-2**70', int(-(2n ** 70n)), rangeError('value must be positive')),
  mask('a float', 1.5, typeError('an integer is required')),
  mask('a str', '1', typeError('an integer is required')),
  mask('an object', plain, typeError('an integer is required')),
);

const timeouts = rows(
  poller,
  timeout('nothing to say', null),
  timeout('0', 0),
  timeout('negative', -1),
  timeout('negative and small', -1e-100),
  timeout('a fraction', 0.1),
  timeout('False', false),
  timeout('2147483647', 2147483647),
  timeout('a str', '1', typeError('timeout must be an integer or None')),
  timeout('bytes', bytes('1'), typeError('timeout must be an integer or None')),
  timeout('a tuple', tuple(), typeError('timeout must be an integer or None')),
  timeout('an object', plain, typeError('timeout must be an integer or None')),
  timeout('NaN', float('nan'), rangeError('Invalid value NaN (not a number)')),
  timeout('inf', float('inf'), rangeError('timestamp out of range for platform time_t')),
  timeout('1e300', float('1e300'), rangeError('timestamp out of range for platform time_t')),
  timeout('2147483648', 2147483648, rangeError('timeout is too large')),
  timeout('-2147483649', -2147483649, rangeError('timeout is too large')),
  timeout('2**63', int(2n ** 63n), rangeError('timestamp too large to convert to C _PyTime_t')),
);

const behaviour = rows(
  poller,
  ['poll() takes nothing', [['select.poll', 1], typeError('select.poll() takes no arguments (1 given)')]],
  ['register without a file', [['p.register'], typeError('register expected at least 1 argument, got 0')]],
  ['register of three', [['p.register', 1, 2, 3], typeError('register expected at most 2 arguments, got 3')]],
  ['modify without a mask', [['p.modify', a], typeError('modify expected 2 arguments, got 1')]],
  ['modify of three', [['p.modify', 1, 2, 3], typeError('modify expected 2 arguments, got 3')]],
  [
    'unregister without a file',
    [['p.unregister'], typeError('poll.unregister() takes exactly one argument (0 given)')],
  ],
  [
    'registering twice replaces the mask and keeps the place',
    [['p.register', c, bits('POLLIN')], null],
    [['p.register', a, bits('POLLOUT')], null],
    [['p.register', c, bits('POLLOUT')], null],
    [
      ['p.poll', 0],
      [
        [fd('a'), 'OUT'],
        [fd('c'), 'OUT'],
      ],
    ],
  ],
  [
    'unregistering and registering moves to the end',
    [['p.register', c], null],
    [['p.unregister', a], null],
    [['p.register', a], null],
    [
      ['p.poll', 0],
      [
        [fd('c'), 'OUT'],
        [fd('a'), 'OUT'],
      ],
    ],
  ],
  [
    'a closed fd is taken, and invalid at each poll',
    [['p.register', fd('closed'), 0], null],
    [
      ['p.poll', 0],
      [
        [fd('a'), 'OUT'],
        [fd('closed'), 'NVAL'],
      ],
    ],
    [
      ['p.poll', 0.1],
      [
        [fd('a'), 'OUT'],
        [fd('closed'), 'NVAL'],
      ],
    ],
  ],
  ['unregister of what is unknown', [['p.unregister', c], keyError('c')]],
  ['unregister twice', [['p.unregister', a], null], [['p.unregister', a], keyError('a')]],
  ['modify of what is unknown', [['p.modify', c, 1], error('ENOENT')]],
  [
    'modify',
    [['p.modify', a, bits('POLLIN')], null],
    [['p.poll', 0], []],
    [['write', 'b', 'x'], 1],
    [['p.poll', 0], [[fd('a'), 'IN']]],
  ],
  [
    'what was registered as an object and closed is unregistered by its number',
    [['close', 'a'], null],
    [['p.unregister', a], NEGATIVE],
    [['p.unregister', fd('a')], null],
    [['p.poll', 0], []],
  ],
  [
    'errors and hang-ups are reported with mask 0',
    [['p.modify', a, 0], null],
    [['close', 'b'], null],
    [['p.poll', 0], [[fd('a'), 'HUP']]],
  ],
);

export const pollObject: Scenario[] = [
  ...prefixed('file', files),
  ...prefixed('mask', masks),
  ...prefixed('timeout', timeouts),
  ...behaviour,
  ...deviating('bool as fd', rows(poller, ['file: True', [['p.register', true], differing(null, NOT_A_FILE)]])),
];
