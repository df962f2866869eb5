import { typeError } from '../outcome.ts';
import type { Scenario } from '../scenario.ts';
import { fd, inet, key, the } from '../values.ts';

/** Scenarios that once differed; random scenarios found most of them. The outcomes are Python's. */
export const regressions: Scenario[] = [
  {
    name: "gaierror's strerror is the text of its EAI_ code, not of the errno of that number",
    steps: [['tcp', 'a']],
    checks: [
      [
        ['a.bind', inet('::1', 0)],
        { error: 'gaierror', errno: -9, message: 'Address family for hostname not supported' },
      ],
    ],
  },
  {
    name: 'dup of a socket whose fd was closed behind its back, and is a pipe now, is ENOTSOCK',
    steps: [
      ['socketpair', 'a', 'b', 'SOCK_STREAM'],
      ['closeFd', 'a'],
      ['pipe', 'r', 'w'],
    ],
    checks: [[['copy = a.dup'], { error: 'OSError', errno: 'ENOTSOCK', message: 'Socket operation on non-socket' }]],
  },
  {
    name: "SelectSelector refuses a str as a timeout with the words of Python's comparison",
    steps: [['s = selectors.SelectSelector']],
    checks: [[['s.select', 'x'], typeError("'>' not supported between instances of 'int' and 'str'")]],
  },
  {
    name: 'PollSelector.modify refuses events that are no int, and keeps the key',
    steps: [['s = selectors.PollSelector'], ['socketpair', 'a', 'b', 'SOCK_STREAM'], ['s.register', the('a'), 1]],
    checks: [
      [['s.modify', the('a'), null], typeError("unsupported operand type(s) for &: 'NoneType' and 'int'")],
      [['s.modify', the('a'), 'x'], typeError("unsupported operand type(s) for &: 'str' and 'int'")],
      [['s.get_key', the('a')], key(the('a'), fd('a'), 1)],
    ],
  },
  {
    name: 'PollSelector.modify to -1 waits for no urgent byte',
    steps: [
      ['s = selectors.PollSelector'],
      ['socketpair', 'a', 'b', 'SOCK_STREAM'],
      ['s.register', the('a'), 1],
      ['b.send', { bytes: '!' }, { bits: ['MSG_OOB'] }],
    ],
    checks: [
      [['s.modify', the('a'), -1], key(the('a'), fd('a'), -1)],
      [['s.select', 0], [[key(the('a'), fd('a'), -1), 3]]],
    ],
  },
];
