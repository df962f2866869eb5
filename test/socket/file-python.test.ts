import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { SHUT_WR, socketpair, type TextOptions } from '../../src/socket.ts';
import { skipWithout } from '../support/programs.ts';

type Call = [name: string, ...args: unknown[]];

/** A file and the calls on it, which are the same for Python and for tripoll. */
interface Scenario {
  mode: string;
  buffering: number;
  newline: TextOptions['newline'];
  /**
   * The bytes that the peer sends before the calls. Then it shuts down its direction, unless the file is non-blocking.
   */
  input: string;
  state: 'blocking' | 'non-blocking' | 'closed';
  calls: Call[];
}

const PYTHON = `
import json, re, socket, sys

def plain(value):
    if isinstance(value, (bytes, bytearray)): return {'bytes': value.decode('latin-1')}
    return [plain(each) for each in value] if isinstance(value, (list, tuple)) else value

def argument(value):
    if isinstance(value, dict): return value['bytes'].encode('latin-1')
    return [argument(each) for each in value] if isinstance(value, list) else value

def call(file, name, *args):
    if name == 'iterate': return list(file)
    if name.startswith('readinto'):
        buffer = bytearray(args[0])
        count = getattr(file, name)(buffer)
        return [count, buffer[:count or 0]]
    value = getattr(file, re.sub('[A-Z]', lambda found: '_' + found[0].lower(), name))
    return value(*args) if callable(value) else value

def attempt(file, name, *args):
    try: return plain(call(file, name, *map(argument, args)))
    except TypeError as error: return {'TypeError': str(error)}
    except BlockingIOError: return 'BlockingIOError'
    except OSError: return 'OSError'
    except ValueError: return 'RangeError'

def run(scenario):
    own, peer = socket.socketpair()
    with own, peer:
        peer.sendall(scenario['input'].encode())
        if scenario['state'] == 'non-blocking': own.setblocking(False)
        else: peer.shutdown(socket.SHUT_WR)
        text = {} if 'b' in scenario['mode'] else {'newline': scenario['newline'], 'encoding': 'utf-8'}
        with own.makefile(scenario['mode'], scenario['buffering'], **text) as file:
            if scenario['state'] == 'closed': file.close()
            results = [attempt(file, *each) for each in scenario['calls']]
        own.shutdown(socket.SHUT_WR)
        return results + [plain(peer.recv(1000))]

print(json.dumps([run(scenario) for scenario in json.load(sys.stdin)]))
`;

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('latin1') };
  return Array.isArray(value) ? value.map(plain) : (value ?? null);
}

function argument(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(argument);
  return typeof value === 'object' && value !== null
    ? Buffer.from((value as { bytes: string }).bytes, 'latin1')
    : value;
}

function call(file: Iterable<unknown>, name: string, args: unknown[]): unknown {
  if (name === 'iterate') return Array.from(file);
  const value: unknown = Reflect.get(file, name);
  if (typeof value !== 'function') return value;
  if (!name.startsWith('readinto')) return Reflect.apply(value, file, args);
  const buffer = Buffer.alloc(args[0] as number);
  const count = Reflect.apply(value, file, [buffer]) as number | null;
  return [count, buffer.subarray(0, count ?? 0)];
}

function attempt(file: Iterable<unknown>, [name, ...args]: Call): unknown {
  try {
    return plain(call(file, name, args.map(argument)));
  } catch (error) {
    return error instanceof TypeError ? { TypeError: error.message } : (error as Error).name;
  }
}

function run({ mode, buffering, newline, input, state, calls }: Scenario): unknown[] {
  const pair = socketpair();
  using own = pair[0];
  using peer = pair[1];
  peer.sendall(Buffer.from(input));
  if (state === 'non-blocking') own.setblocking(false);
  else peer.shutdown(SHUT_WR);
  const results = [];
  {
    using file = own.makefile(mode as 'r', buffering, { newline: newline ?? null, encoding: 'utf-8' });
    if (state === 'closed') file.close();
    results.push(...calls.map((each) => attempt(file, each)));
  }
  own.shutdown(SHUT_WR);
  return [...results, plain(peer.recv(1000))];
}

function resultsOfPython(scenarios: Scenario[]): unknown[] {
  const output = execFileSync('python3', ['-c', PYTHON], { input: JSON.stringify(scenarios), encoding: 'utf8' });
  return JSON.parse(output) as unknown[];
}

const allScenarios: Scenario[] = [];
let expected: unknown[] | undefined;

// Declares a test. One Python process runs the scenarios of all tests, because its start takes longer than they do.
function itMatchesPython(name: string, scenarios: Scenario[]): void {
  const first = allScenarios.length;
  allScenarios.push(...scenarios);
  it(name, () => {
    expected ??= resultsOfPython(allScenarios);
    for (const [index, scenario] of scenarios.entries()) {
      assert.deepEqual(run(scenario), expected[first + index], JSON.stringify(scenario));
    }
  });
}

const INPUT = 'ab\ncd\r\nef\rgh\n\nij';
// Without a buffer, with a small buffer, and with a buffer that has room for everything.
const BYTES: Pick<Scenario, 'mode' | 'buffering'>[] = [
  { mode: 'rb', buffering: 0 },
  { mode: 'rwb', buffering: 0 },
  { mode: 'rb', buffering: 4 },
  { mode: 'rwb', buffering: 4 },
  { mode: 'rb', buffering: -1 },
];
const TEXT: Pick<Scenario, 'mode' | 'buffering'>[] = [
  { mode: 'r', buffering: -1 },
  { mode: 'rw', buffering: 4 },
];
const NEWLINES = [null, '', '\n', '\r', '\r\n'] as const;

function each(
  files: Pick<Scenario, 'mode' | 'buffering'>[],
  sequences: Call[][],
  rest: Partial<Scenario> = {},
): Scenario[] {
  return files.flatMap((file) =>
    sequences.map((calls) => ({ newline: null, input: INPUT, state: 'blocking', ...rest, ...file, calls }) as const),
  );
}

describe('a file of makefile', { skip: skipWithout('python3') }, () => {
  const hints = [undefined, null, -1, 0, 1, 3, 4, 7, 8, 100, 'a', 1.5, true];
  const lines: Call[][] = [
    ...hints.map((hint): Call[] => [['readlines', ...(hint === undefined ? [] : [hint])], ['readline'], ['read']]),
    [['readline', 1], ['readline', 0], ['readline', -1], ['iterate'], ['readline'], ['iterate']],
    [
      ['readline', 'a'],
      ['readline', null],
      ['read', 'a'],
      ['read', null],
      ['read', 0],
    ],
  ];
  // CPython 3.11's BufferedRWPair applies the limit again to each part that it finds in the buffer.
  const limited: Call[][] = [
    [
      ['readline', 1],
      ['readline', 3],
      ['readline', 2],
      ['readline', 9],
    ],
  ];

  itMatchesPython('reads lines as Python does', [
    ...[...each(BYTES, lines), ...each([...BYTES.slice(0, 3), BYTES[4]!], limited)],
    ...NEWLINES.flatMap((newline) => each(TEXT, [...lines, ...limited], { newline })),
  ]);

  {
    const buffered = BYTES.filter(({ buffering }) => buffering !== 0);
    const sizes = [0, 1, 3, 4, 5, 9, 20, 9000];
    itMatchesPython('reads bytes as Python does', [
      ...each(buffered, [
        [['peek'], ['peek', 1], ['read', 1], ['peek', 100], ['read1', 2], ['peek', -1], ['read'], ['peek']],
        [
          ['peek', null],
          ['peek', 'a'],
          ['read1', 'a'],
          ['read1', null],
          ['read1'],
          ['read1', 0],
          ['read1', -7],
          ['read'],
        ],
        ...sizes.map((size): Call[] => [['readinto1', size], ['peek'], ['readinto1', size], ['read1', size], ['read']]),
        ...sizes.map((size): Call[] => [['read', 1], ['readinto1', size], ['peek'], ['readinto', size], ['readline']]),
      ]),
      ...each(BYTES.slice(0, 2), [[['read', 3], ['readall'], ['readall'], ['flush'], ['readinto', 3]]]),
    ]);
  }

  {
    const questions: Call[] = ['isatty', 'seekable', 'readable', 'writable', 'closed'].map((name) => [name]);
    const attributes: Call[] = ['encoding', 'errors', 'newlines', 'lineBuffering', 'mode'].map((name) => [name]);
    const inputs = ['', 'a', 'a\n', 'a\r', 'a\r\n', 'a\nb\r', 'a\r\nb\n', 'a\rb\r\n', '\r\n\r\n\n\r', '\n\r'];
    const cases = inputs.flatMap((input) => NEWLINES.map((newline) => ({ input, newline })));
    itMatchesPython('describes itself as Python does', [
      ...each([...BYTES, { mode: 'wb', buffering: 4 }], [questions]),
      ...each([...TEXT, { mode: 'w', buffering: 4 }], [[...questions, ...attributes]]),
      ...cases.flatMap((rest) => each(TEXT.slice(0, 1), [[['read'], ['newlines']]], rest)),
    ]);
  }

  {
    const bytes = ['a', 'bc\n', '', 'defghi', 'j'].map((text) => ({ bytes: text }));
    const text = ['ä', 'bc\n', '', 'defghi', 'j'];
    const wrong = [[bytes[0], 'x', bytes[1]], [text[0], bytes[0]], 'ab', null, 1, [null], []];
    const sequences: Call[][] = [bytes, text, ...wrong].map((what) => [['writelines', what], ['flush']]);
    const files = [...TEXT, { mode: 'w', buffering: -1 }];
    itMatchesPython('writes as Python does', [
      ...each([...BYTES, { mode: 'wb', buffering: 0 }, { mode: 'wb', buffering: 4 }], sequences),
      ...NEWLINES.flatMap((newline) => each(files, sequences, { newline })),
    ]);
  }

  {
    const readBytes = (sizes: number[]): Call[][] => [
      [['read'], ['read']],
      [
        ['read', 20],
        ['read', 1],
      ],
      ...sizes.map((size): Call[] => [
        ['readinto', size],
        ['readinto', size],
      ]),
    ];
    const partly: Call[] = [['readline'], ['readlines'], ['readline'], ['iterate']];
    const scenarios = ['', 'ab\ncd'].flatMap((input) => {
      const rest = { input, state: 'non-blocking' } as const;
      return [
        ...each(BYTES, readBytes([3, 20]), rest),
        ...each(BYTES.slice(0, 2), [[['readall'], ['readall']], partly], rest),
        ...each([BYTES[2]!, BYTES[4]!], [partly], rest),
        ...each(BYTES.slice(2), [[['peek'], ['readinto1', 2], ['readinto1', 9000], ['readinto1', 1], ['read1']]], rest),
        ...each(
          TEXT,
          [
            partly,
            [
              ['read', 9],
              ['read', 9],
            ],
          ],
          rest,
        ),
      ];
    });
    itMatchesPython('reads without blocking as Python does', scenarios);
  }

  {
    const names = ['readline', 'readlines', 'iterate', 'read', 'isatty', 'flush', 'fileno', 'readable'];
    const calls: Call[] = [...names.map((name): Call => [name]), ['writelines', []], ['writelines', null], ['closed']];
    const state = 'closed';
    itMatchesPython('throws as Python does once closed', [
      ...each([...BYTES.filter(({ mode }) => mode === 'rb'), TEXT[0]!], [calls], { state }),
      ...each(BYTES.slice(2), [[['peek'], ['readinto1', 2], ['readinto1', 0], ['read1', 0]]], { state }),
      ...each(BYTES.slice(0, 1), [[['readall'], ['readline', 0], ['seekable']]], { state }),
    ]);
  }
});
