import { differing, rangeError, typeError } from '../outcome.ts';
import { type Check, deviating, prefixed, type Row, rows, type Scenario, type Step } from '../scenario.ts';
import { bytes, fd, fileno, filenoRaises, float, int, plain, the, tuple, type Value } from '../values.ts';

const NOT_A_FILE = 'argument must be an int, or have a fileno() method.';
const pipe: Step[] = [
  ['pipe', 'r', 'w'],
  ['write', 'w', 'x'],
];

/** Makes a row that polls one list. */
function reading(name: string, list: Value, outcome: Check[1]): Row {
  return [name, [['select.select', list, [], [], 0], outcome]];
}

/** Makes a row that polls an element in each of the three lists, which are checked in the same way. */
function element(name: string, value: Value, outcome: Check[1]): Row {
  return [
    name,
    [['select.select', [value], [], [], 0], outcome],
    [['select.select', [], [value], [], 0], outcome],
    [['select.select', [], [], [value], 0], outcome],
  ];
}

function timeout(name: string, value: Value, outcome: Check[1] = [[fd('r')], [], []]): Row {
  return [name, [['select.select', [the('r')], [], [], value], outcome]];
}

const found: Value = [[fd('r')], [], []];
const tooLarge = rangeError('timestamp too large to convert to C _PyTime_t');
const outOfRange = rangeError('timestamp out of range for platform time_t');

const lists = rows(
  pipe,
  ['no arguments', [['select.select'], typeError('select expected at least 3 arguments, got 0')]],
  ['two arguments', [['select.select', [], []], typeError('select expected at least 3 arguments, got 2')]],
  reading('a number for a list', 5, typeError('arguments 1-3 must be sequences')),
  reading('None for a list', null, typeError('arguments 1-3 must be sequences')),
  reading('an object for a list', plain, typeError('arguments 1-3 must be sequences')),
  ['a number for wlist', [['select.select', [], 5, [], 0], typeError('arguments 1-3 must be sequences')]],
  ['a number for xlist', [['select.select', [], [], 5, 0], typeError('arguments 1-3 must be sequences')]],
  reading('a list', [fd('r')], found),
  reading('a tuple', tuple(fd('r')), found),
  reading('a set', { set: [fd('r')] }, found),
  reading('a generator', { generator: [fd('r'), fd('r')] }, [[fd('r'), fd('r')], [], []]),
  reading('an empty str', '', [[], [], []]),
  reading('a str', 'a', typeError(NOT_A_FILE)),
  reading('no bytes', bytes(''), [[], [], []]),
  ['the timeout is checked first', [['select.select', 1, 2, 3, -1], rangeError('timeout must be non-negative')]],
  ['then rlist', [['select.select', [-1], [null], 5, 0], rangeError(negative(-1))]],
  ['then wlist', [['select.select', [fd('r')], [null], 5, 0], typeError(NOT_A_FILE)]],
  ['then xlist', [['select.select', [fd('r')], [], [null], 0], typeError(NOT_A_FILE)]],
);

const elements = rows(
  [...pipe, ['tcp', 'closed'], ['close', 'closed']],
  element('None', null, typeError(NOT_A_FILE)),
  element('a str', '5', typeError(NOT_A_FILE)),
  element('a float', 1.5, typeError(NOT_A_FILE)),
  element('bytes', bytes('5'), typeError(NOT_A_FILE)),
  element('an object', plain, typeError(NOT_A_FILE)),
  element('a list', [], typeError(NOT_A_FILE)),
  element('fileno() returns a str', fileno('5'), typeError('fileno() returned a non-integer')),
  element('fileno() returns None', fileno(null), typeError('fileno() returned a non-integer')),
  element('fileno() returns a float', fileno(1.5), typeError('fileno() returned a non-integer')),
  element('fileno() returns -1', fileno(-1), rangeError(negative(-1))),
  element('fileno() raises ValueError', filenoRaises('ValueError'), rangeError('fileno')),
  element('fileno() raises KeyError', filenoRaises('KeyError'), { error: 'KeyError', message: 'fileno' }),
  element('fileno() raises OSError', filenoRaises('OSError'), { error: 'OSError', message: 'fileno' }),
  element('fileno() raises RuntimeError', filenoRaises('RuntimeError'), { error: 'Error', message: 'fileno' }),
  element('fileno is a number', { filenoIs: 5 }, typeError("'int' object is not callable")),
  element('fileno is a str', { filenoIs: '5' }, typeError("'str' object is not callable")),
  element('a negative fd', -1, rangeError(negative(-1))),
  element('a very negative fd', -(2 ** 31), rangeError(negative(-(2 ** 31)))),
  element('below a C int', -(2 ** 31) - 1, rangeError('Python int too large to convert to C int')),
  element('above a C int', 2 ** 31, rangeError('Python int too large to convert to C int')),
  element('2**31 - 1', 2 ** 31 - 1, rangeError('filedescriptor out of range in select()')),
  element('fd 1024', 1024, rangeError('filedescriptor out of range in select()')),
  element('fileno() returns 1024', fileno(1024), rangeError('filedescriptor out of range in select()')),
  element('a closed socket', the('closed'), rangeError(negative(-1))),
  element('a closed fd', fd('closed'), { error: 'OSError', errno: 'EBADF', message: 'Bad file descriptor' }),
  reading('a closed fd beside a ready one', [the('r'), fd('closed')], {
    error: 'OSError',
    errno: 'EBADF',
    message: 'Bad file descriptor',
  }),
);

const timeouts = rows(
  pipe,
  timeout('none', null),
  timeout('0', 0),
  timeout('0.0', float('0.0')),
  timeout('-0.0', float('-0.0')),
  timeout('False', false),
  timeout('True', true),
  timeout('10**-9', 1e-9),
  timeout('an int of 64 bits', 9223372036),
  timeout('9.2e9', float('9.2e9')),
  timeout('-1', -1, rangeError('timeout must be non-negative')),
  timeout('-1e-300', -1e-300, rangeError('timeout must be non-negative')),
  timeout('NaN', float('nan'), rangeError('Invalid value NaN (not a number)')),
  timeout('inf', float('inf'), outOfRange),
  timeout('-inf', float('-inf'), outOfRange),
  timeout('1e300', float('1e300'), outOfRange),
  timeout('-1e300', float('-1e300'), outOfRange),
  timeout('an int too large', 9223372037, tooLarge),
  timeout('an int too negative', -9223372037, tooLarge),
  timeout('2**64', int(2n ** 64n), tooLarge),
  ...(['1', bytes('1'), [], tuple(), plain] as Value[]).map((value): Row => {
    const name = `no number: ${JSON.stringify(value)}`;
    return timeout(name, value, typeError('timeout must be a float or None'));
  }),
);

// In xlist, because the standard streams are never exceptional.
const bools = deviating(
  'bool as fd',
  rows(
    [],
    ['True', [['select.select', [], [], [true], 0], differing([[], [], []], typeError(NOT_A_FILE))]],
    [
      'fileno() returns True',
      [
        ['select.select', [], [], [fileno(true)], 0],
        differing([[], [], []], typeError('fileno() returned a non-integer')),
      ],
    ],
  ),
);

const integers = deviating(
  'int and float',
  rows([], ['1e10', [['select.select', [], [], [], float('1e10')], differing(outOfRange, tooLarge)]]),
);

/** The arguments of `select.select`, in the order of their checks. */
export const selectArguments: Scenario[] = [
  ...prefixed('list', lists),
  ...prefixed('element', elements),
  ...prefixed('timeout', timeouts),
  ...prefixed('element', bools),
  ...prefixed('timeout', integers),
];

function negative(value: number): string {
  return `file descriptor cannot be a negative integer (${value})`;
}
