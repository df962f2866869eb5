import { isDeepStrictEqual } from 'node:util';

import { fd, fileno, filenoRaises, float, int, plain, the, type Value } from '../values.ts';
import type { Plan } from './plan.ts';

// Valid values come first and more than once, because a failing scenario shrinks to the first ones and most steps have
// to succeed.

// No bool, no fd above 1023 for selectors, and no fileno() whose result int() accepts: docs/deviations.md lists these deviations.
const badFiles: Value[] = [
  -1,
  null,
  'a',
  1.5,
  2 ** 31,
  -(2 ** 31) - 1,
  plain,
  fileno('x'),
  fileno(null),
  fileno(-1),
  fileno(2 ** 31),
  filenoRaises('KeyError'),
  filenoRaises('OSError'),
  filenoRaises('ValueError'),
  filenoRaises('TypeError'),
  { filenoIs: 5 },
];

const badMasks: Value[] = [-1, 65536, int(2n ** 64n), 1.5, 'a', plain];
const badTimeouts: Value[] = ['a', [], plain, float('nan'), float('inf')];
const hugeTimeouts: Value[] = [float('1e300'), int(2n ** 64n)];

// Until Python 3.12 a KeyError of fileno() is taken for one of the selector's own look-up.
const badForSelectors = badFiles.filter((value) => !isDeepStrictEqual(value, filenoRaises('KeyError')));

/** `someFile` for selectors. */
export function someSelectorFile(plan: Plan): Value {
  return someFile(plan, badForSelectors);
}

/** A file object: usually an open one, otherwise a closed one or a value that is not a file object. */
export function someFile(plan: Plan, bad = badFiles): Value {
  const all = [...plan.files, ...plan.epolls];
  if (all.length === 0) return plan.pick(bad);
  const kind = plan.pick(['object', 'object', 'object', 'fd', 'fileno', 'closed', 'closed', 'closed fd', 'bad']);
  if (kind === 'bad') return plan.pick(bad);
  if (kind.startsWith('closed') && plan.closed.length > 0) {
    return (kind === 'closed' ? the : fd)(plan.pick(plan.closed));
  }
  const name = plan.pick(all);
  return kind === 'fd' ? fd(name) : kind === 'fileno' ? fileno(fd(name)) : the(name);
}

/** POLL* bits, a few of them out of range. */
export function someMask(plan: Plan): Value {
  const kind = plan.pick(['good', 'good', 'good', 'good', 'good', 'bad']);
  // IN, PRI, OUT, IN|OUT, IN|PRI|OUT, IN|PRI|OUT|RDHUP, nothing, ERR|HUP|NVAL.
  return plan.pick(kind === 'good' ? [1, 4, 5, 7, 8199, 2, 0, 56, true] : badMasks);
}

/** EPOLL* bits, including combinations that are not allowed. */
export function someEpollMask(plan: Plan): Value {
  const flags = ['EPOLLIN', 'EPOLLOUT', 'EPOLLPRI', 'EPOLLRDHUP', 'EPOLLET', 'EPOLLONESHOT', 'EPOLLEXCLUSIVE'];
  const kind = plan.pick(['plain', 'plain', 'plain', 'flags', 'flags', 'bad']);
  if (kind === 'flags') return { bits: [plan.pick(flags), plan.pick(flags), plan.pick(flags)] };
  return plan.pick(kind === 'plain' ? [1, 4, 5, 7, 8199, 2, 0] : badMasks);
}

/** EVENT_* bits without EVENT_EXCEPTIONAL, which Python lacks. */
export function someEvents(plan: Plan): Value {
  return plan.pick([1, 2, 3, 1, 2, 3, 1, 2, 3, 0, 8, -1, null, 'a', 1.5]);
}

/** A short timeout, or a value that is not a timeout. */
export function someTimeout(plan: Plan, good: Value[]): Value {
  const kind = plan.pick(['good', 'good', 'good', 'good', 'good', 'good', 'good', 'good', 'bad', 'huge']);
  return plan.pick(kind === 'good' ? good : kind === 'bad' ? badTimeouts : hugeTimeouts);
}

/**
 * The same for selectors, which multiply the timeout: the row 'int and float' of docs/deviations.md is about the type of the product.
 */
export function someSelectorTimeout(plan: Plan): Value {
  return plan.pick([0, 0, 0.001, -1, 0, 0, 0.001, -1, ...badTimeouts]);
}
