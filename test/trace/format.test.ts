import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { LiveTrace } from '../../src/watch/live-trace.ts';
import { parseHeader, parseLine } from '../../src/trace/parser.ts';
import { StoredTrace } from '../../src/trace/stored-trace.ts';
import { readTrace, TraceFile } from '../../src/trace/trace-file.ts';
import type { TraceHeader, TraceLine, TurnLine } from '../../src/trace/format.ts';
import { interestChanges, TraceState } from '../../src/trace/trace-state.ts';
import { TraceText } from '../../src/trace/trace-printer.ts';
import { Folder } from '../support/serve.ts';
import { collect } from '../support/watch.ts';

const header: TraceHeader = {
  tripollTrace: 1,
  date: '2026-01-02T03:04:05.678Z',
  backend: 'select',
  node: 'v20.19.0',
  kernel: '6.1.0',
  nodeFd: 13,
  timeoutSeconds: 1,
  fds: [{ fd: 20, what: 'listener', name: '127.0.0.1:9001' }],
};

function turn(number: number, more: Partial<TurnLine> = {}): TurnLine {
  return {
    type: 'turn',
    turn: number,
    ms: number * 10,
    call: 'select',
    timeoutMs: 1000,
    waitedMs: 9,
    cause: 'timeout',
    nodeWakes: 0,
    interest: [],
    ready: [],
    did: [],
    state: [],
    ...more,
  };
}

const lines: TraceLine[] = [
  turn(1, { interest: [[20, 1]], cause: 'ready', ready: [[20, 1]], did: [['accept', 20, 21]] }),
  { type: 'open', ms: 19, fd: 21, what: 'client', name: '127.0.0.1:40404' },
  turn(2, {
    interest: [[21, 5]],
    ready: [[21, 4, 2]],
    cause: 'ready',
    nodeWakes: 2,
    wakes: [1, 2.5],
    did: [['recv', 21, -11]],
  }),
  { type: 'signal', ms: 25, name: 'SIGUSR2' },
  { type: 'hold', ms: 25.5, held: true },
  { type: 'action', ms: 26, action: 'urgent', text: 'A client sends an urgent byte.' },
  turn(3, {
    interest: [[21, 7]],
    state: [[21, { kernelIn: 1, kernelOut: 2, queued: 3, paused: true, tcp: 'FIN-WAIT-1' }]],
    skipped: 4,
    skippedDid: { recv: 5 },
  }),
  { type: 'close', ms: 39, fd: 21, reason: 'eof' },
  turn(4, { interest: [[21, 0]], cause: 'woken' }),
  { type: 'end', ms: 50, turns: 8, skipped: 4 },
];

async function read(text: string | Buffer): Promise<TraceLine[]> {
  using folder = new Folder();
  writeFileSync(folder.file('trace'), text);
  return await collect((await readTrace(folder.file('trace'))).lines);
}

const headed = (...texts: string[]): string => [JSON.stringify(header), ...texts].join('\n');

describe('a trace in a file', () => {
  it('is read as it was written', async () => {
    using folder = new Folder();
    const file = new TraceFile(folder.file('trace'), (error) => {
      assert.ifError(error);
    });
    for (const line of [header, ...lines]) file.write(JSON.stringify(line));
    file.close();
    const { header: first, lines: rest } = await readTrace(folder.file('trace'));
    assert.deepEqual(first, header);
    assert.deepEqual(await collect(rest), lines);
  });

  it('tells once that it cannot be written any more', () => {
    const errors: Error[] = [];
    const file = new TraceFile('/dev/full', (error) => errors.push(error));
    file.write('x');
    file.write('x');
    file.close();
    assert.deepEqual(
      errors.map((error) => (error as NodeJS.ErrnoException).code),
      ['ENOSPC'],
    );
  });

  it('may be cut off anywhere in its last line', async () => {
    const whole = headed(...lines.map((line) => JSON.stringify(line)));
    const lastBegins = whole.lastIndexOf('\n') + 1;
    for (let length = lastBegins; length < whole.length; length++) {
      assert.deepEqual(await read(whole.slice(0, length)), lines.slice(0, -1));
    }
  });

  it('may have unknown types and unknown fields', async () => {
    const [first] = lines;
    const text = headed('{"type":"later","x":[]}', JSON.stringify({ ...first, new: 1 }), '{"type":"toString"}\n');
    assert.deepEqual(await read(text), [{ ...first, new: 1 }]);
  });

  for (const [what, text, message] of [
    ['an empty file', '', /^the file is empty$/],
    ['no JSON', 'hello\n', /^this is no trace of tripoll$/],
    ['other JSON', '[1]\n', /^this is no trace of tripoll$/],
    ['another version', '{"tripollTrace":2}\n', /^the trace is of version 2, and this tripoll reads version 1$/],
    ['half a header', '{"tripollTrace":1,"date":"x"}\n', /^the first line has no valid 'backend'$/],
    ['a line that is no JSON', headed('{"type":"tu\n'), /^line 2: this is no JSON object$/],
    ['a line without a type', headed('{}', ''), /^line 2: it has no valid 'type'$/],
    [
      'an fd that is none',
      headed('{"type":"close","ms":1,"fd":-1,"reason":"eof"}\n'),
      /^line 2: the close has no valid 'fd'$/,
    ],
    [
      'an fd that Linux does not give',
      headed('{"type":"close","ms":1,"fd":1048576,"reason":"eof"}\n'),
      /^line 2: the close has no valid 'fd'$/,
    ],
    ['raw events that are none', headed(JSON.stringify(turn(1, { ready: [[1, 1, -1]] })), ''), /no valid 'ready'$/],
    [
      'four things of an fd',
      headed(JSON.stringify(turn(1, { ready: [[1, 1, 1, 1] as never] })), ''),
      /no valid 'ready'$/,
    ],
    [
      'an unknown state of TCP',
      headed(JSON.stringify(turn(1, { state: [[1, { tcp: 'x' as never }]] })), ''),
      /'state'$/,
    ],
    ['times that are none', headed(JSON.stringify(turn(1, { wakes: ['1' as never] })), ''), /no valid 'wakes'$/],
    ['events that are none', headed(JSON.stringify(turn(1, { ready: [[1, 8]] })), ''), /no valid 'ready'$/],
    [
      'fields of the prototype',
      headed('{"type":"close","__proto__":{"ms":1,"fd":1,"reason":"eof"}}\n'),
      /no valid 'ms'$/,
    ],
    ['numbers that are none', headed('{"type":"signal","ms":1e999,"name":"x"}\n'), /no valid 'ms'$/],
    ['deep nesting', headed(`${'['.repeat(100_000)}\n`), /^line 2: this is no JSON object$/],
  ] as const) {
    it(`is refused with ${what}, in a sentence`, async () => {
      await assert.rejects(read(text), { message });
    });
  }

  it('is refused with a line without end, before it fills the memory', async () => {
    await assert.rejects(read(Buffer.alloc(2 ** 26 + 1, ' ')), /a line is longer than 67108864 bytes/);
  });

  it('is told to a page with an end, complete or not, and goes on after a line', async () => {
    using folder = new Folder();
    writeFileSync(folder.file('trace'), headed(JSON.stringify(lines[0]), JSON.stringify(lines[1])));
    const source = new StoredTrace(folder.file('trace'));
    const all = await collect(source.lines(-1));
    assert.deepEqual(
      all.map(({ id, text }) => [id, JSON.parse(text) as unknown]),
      [
        [0, header],
        [1, lines[0]],
        [2, lines[1]],
        [3, { type: 'end' }],
      ],
    );
    assert.deepEqual(await collect(source.lines(1)), all.slice(2));
    assert.deepEqual(await collect(source.lines(3)), []);
  });
});

describe('the text of a trace', () => {
  it('is what strace would print, with its time, and what a turn does not repeat', () => {
    const text = new TraceText(header);
    assert.match(text.head(), /^--- fd 20 is the listener 127.0.0.1:9001 ---$/m);
    const all = lines.map((line) => text.next(line));
    assert.equal(all[0], '    0.010 select(21, [20], [], [], 1.000) = 1 (in [20]) 0.009 s\n  accept(20) = 21');
    assert.equal(
      all[2],
      '    0.020 select(22, [20 21], [], [21], 1.000) = 1 (exc [21]) 0.009 s, Node woke 2×\n  recv(21) = -1 EAGAIN',
    );
    assert.match(all[4]!, /^ +0\.025 --- the loop is held ---$|^ +0\.026 --- the loop is held ---$/);
    assert.match(all[6]!, /4 turns are not in the trace, 5 × recv ---\n.*\[20 21\], \[21\], \[21\]/);
    assert.match(all[8]!, /select\(21, \[20\], \[\], \[\], 1.000\) = 0 \(woken\)/);
  });

  it('has the bits of poll and epoll as the call told them; of an old trace what there is', () => {
    const text = (call: 'poll' | 'epoll', ready: TurnLine['ready']): string => {
      const line = turn(1, { call, cause: 'ready', interest: [[21, 7]], ready });
      return new TraceText(header).next(line);
    };
    assert.match(
      text('poll', [[21, 3, 0x19]]),
      /poll\(\[\{fd=21, events=POLLIN\|POLLPRI\|POLLOUT\}\], 1, 1000\) = 1 \(\[\{fd=21, revents=POLLIN\|POLLERR\|POLLHUP\}\]\)/,
    );
    assert.match(text('epoll', [[21, 1, 0x2001]]), /epoll_wait\(.* = 1 \(\[\{fd=21, events=EPOLLIN\|EPOLLRDHUP\}\]\)/);
    assert.match(text('poll', [[21, 1, 0x20]]), /revents=POLLNVAL\}/);
    assert.match(text('epoll', [[21, 1, 0x80000040]]), /events=0x80000040\}/);
    assert.match(text('poll', [[21, 6]]), /revents=POLLPRI\|POLLOUT\}/);
  });

  it('shows no control characters of the file', () => {
    const text = new TraceText({ ...header, kernel: '\u001b[2J' });
    const hostile = [
      text.head(),
      text.next({ type: 'signal', ms: 1, name: 'a\n0.001 select()' }),
      text.next(turn(1, { did: [['\u0007', 1, 1]], skipped: 1, skippedDid: { '\u009b': 1 } })),
    ];
    for (const shown of hostile) assert.doesNotMatch(shown, /(?!\n)\p{Cc}/u);
    assert.equal(hostile[1]!.split('\n').length, 1);
  });
});

describe('the state after some lines', () => {
  it('is the same from a keyframe on', () => {
    for (let from = 0; from < lines.length; from++) {
      const [whole, late] = [new TraceState(header.fds), new TraceState(header.fds)];
      for (const line of lines.slice(0, from)) whole.apply(line);
      let isNew = true;
      for (const fd of whole.fds.values()) late.fds.set(fd.fd, fd);
      for (const line of lines.slice(from)) {
        late.apply(isNew && line.type === 'turn' ? whole.keyframe(line) : line);
        if (line.type === 'turn') isNew = false;
        whole.apply(line);
        if (!isNew) assert.deepEqual([late.interest, late.turns], [whole.interest, whole.turns]);
        assert.deepEqual(late.fds, whole.fds);
      }
    }
  });

  it('is told by what has changed', () => {
    const before = new Map([
      [1, 1],
      [2, 2],
      [3, 4],
    ]);
    const changes = interestChanges(before, [
      [2, 2],
      [3, 5],
      [4, 1],
    ]);
    assert.deepEqual(changes, [
      [1, 0],
      [3, 5],
      [4, 1],
    ]);
    assert.deepEqual(
      [...before],
      [
        [2, 2],
        [3, 5],
        [4, 1],
      ],
    );
  });
});

describe('a live trace', () => {
  const signal = new AbortController().signal;
  const write = (live: LiveTrace, written: readonly object[]): void => {
    for (const line of written) live.write(JSON.stringify(line));
  };

  it('keeps the newest lines, and what the others come to', async () => {
    const live = new LiveTrace(2000);
    const state = new TraceState(header.fds);
    const written = Array.from({ length: 100 }, (_, index) =>
      turn(index + 1, { interest: [[100 + index, 1 + (index % 7)]] }),
    );
    write(live, [header, ...written]);
    for (const line of written) state.apply(line);
    const [first, ...rest] = await collect(live.lines(-1, false, signal));
    assert.deepEqual(parseHeader(first!.text), header);
    assert.ok(rest.length > 3 && rest.length < 20, `${rest.length} lines`);
    const late = new TraceState(header.fds);
    for (const { text } of rest) late.apply(parseLine(text)!);
    assert.deepEqual([late.interest, late.turns], [state.interest, 100]);
  });

  it('goes on after a line that the reader has, and anew after one that is gone', async () => {
    const live = new LiveTrace(2000);
    write(live, [header, turn(1), turn(2)]);
    const ids = async (after: number) => (await collect(live.lines(after, false, signal))).map(({ id }) => id);
    assert.deepEqual(await ids(1), [2]);
    assert.deepEqual(await ids(2), []);
    assert.deepEqual(await ids(77), [0, 1, 2]);
    for (let number = 3; number < 100; number++) write(live, [turn(number)]);
    const [again, first] = await collect(live.lines(2, false, signal));
    assert.equal(parseHeader(again!.text).tripollTrace, 1);
    const { turn: number, skipped } = JSON.parse(first!.text) as TurnLine;
    assert.equal(skipped, number - 1);
  });

  it('takes a reader that is too slow to the oldest line that is left', async () => {
    const live = new LiveTrace(2000);
    write(live, [header, turn(1), turn(2)]);
    const reader = live.lines(-1, true, signal);
    await reader.next();
    await reader.next();
    for (let number = 3; number < 100; number++) write(live, [turn(number)]);
    const again = await reader.next();
    assert.equal(parseHeader(again.value!.text).tripollTrace, 1);
    const { turn: number, skipped } = JSON.parse((await reader.next()).value!.text) as TurnLine;
    assert.equal(skipped, number - 1);
    await reader.return();
  });

  it('wakes who follows, and ends with the server', async () => {
    const live = new LiveTrace();
    const following = collect(live.lines(-1, true, signal));
    write(live, [header]);
    await new Promise(setImmediate);
    write(live, [turn(1)]);
    live.close();
    assert.equal((await following).length, 2);
  });
});
