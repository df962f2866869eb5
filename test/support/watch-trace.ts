import type { TraceHeader, TraceLine, TurnLine } from '../../src/trace/format.ts';
import { Timeline } from '../../src/watch/page/model/timeline.ts';
import { headerLine, timelineOf, turnLine } from './trace-lines.ts';

const READ = 1;
const WRITE = 2;
const EXCEPTIONAL = 4;
const ALL = READ | EXCEPTIONAL;

type Line<Type extends TraceLine['type']> = Omit<Extract<TraceLine, { type: Type }>, 'ms'>;

/** Writes a trace line by line, and keeps the time. */
class Story {
  readonly lines: (TraceHeader | TraceLine)[] = [];
  #ms = 0;
  #turn = 0;

  turn(told: Partial<TurnLine> & { waitedMs: number }): this {
    const { skipped = 0 } = told;
    this.#turn += 1 + skipped;
    const counted = skipped === 0 ? {} : { skippedDid: { recv: skipped } };
    this.lines.push(turnLine({ turn: this.#turn, ms: this.#ms, call: 'select', ...told, ...counted }));
    this.#ms += told.waitedMs + 0.25;
    return this;
  }

  /** Adds an event after the last wait. */
  then(line: Line<'open'> | Line<'close'>): this {
    this.lines.push({ ...line, ms: this.#ms - 0.1 });
    return this;
  }

  /** Adds an event during the last wait. */
  meanwhile(line: Line<'action'> | Line<'signal'>, beforeEndMs: number): this {
    this.lines.push({ ...line, ms: this.#ms - 0.25 - beforeEndMs });
    return this;
  }

  end(): this {
    this.lines.push({ type: 'end', ms: this.#ms, turns: this.#turn, skipped: 0 });
    return this;
  }
}

function client(fd: number, port: number): Line<'open'> {
  return { type: 'open', fd, what: 'client', name: `127.0.0.1:${port}` };
}

function act(action: string, text: string): Line<'action'> {
  return { type: 'action', action, text };
}

/**
 * A trace with something of everything: an idle turn, clients that come, send, send an urgent byte, half-close, reset and
 * stop reading, an fd that is used again, a signal, no fd free, a hundred clients, turns left out.
 * @returns The lines, as objects.
 */
export function sampleTrace(): (TraceHeader | TraceLine)[] {
  const story = new Story();
  story.lines.push(headerLine());
  story.turn({ waitedMs: 1000, interest: [[20, READ]] });
  story
    .turn({
      waitedMs: 412.3,
      ready: [[20, READ]],
      did: [
        ['accept', 20, 21],
        ['accept', 20, -11],
      ],
    })
    .meanwhile(act('connect', 'A client connects.'), 0.4)
    .then(client(21, 40404));
  story
    .turn({
      waitedMs: 230.5,
      interest: [[21, ALL]],
      ready: [[21, READ]],
      did: [
        ['recv', 21, 64],
        ['message', 21, 63],
        ['send', 21, 64],
      ],
    })
    .meanwhile(act('send', 'The client sends 64 bytes.'), 0.3);
  story
    .turn({ waitedMs: 655.02, nodeWakes: 2, ready: [[21, EXCEPTIONAL]], did: [['recv', 21, 1]] })
    .meanwhile({ type: 'signal', name: 'SIGUSR1' }, 300)
    .meanwhile(act('urgent', 'The client sends an urgent byte.'), 0.2);
  story
    .turn({ waitedMs: 0.04, ready: [[20, READ]], did: [['accept', 20, 22]], state: [[20, { backlog: 1 }]] })
    .then(client(22, 40406));
  story.turn({
    waitedMs: 0.02,
    interest: [[22, ALL]],
    ready: [
      [21, READ],
      [22, READ],
    ],
    did: [
      ['recv', 21, 512],
      ['message', 21, 511],
      ['recv', 22, 4096],
      ['message', 22, 4095],
      ['send', 22, 1024],
    ],
    state: [
      [20, { backlog: 0 }],
      [21, { kernelIn: 512, kernelOut: 0, queued: 0 }],
      [22, { kernelIn: 4096, kernelOut: 0, queued: 0 }],
    ],
  });
  story
    .turn({
      waitedMs: 88,
      interest: [[22, ALL | WRITE]],
      state: [
        [21, { kernelIn: 0, kernelOut: 0, queued: 0 }],
        [22, { kernelIn: 0, kernelOut: 2_626_560, queued: 131_072 }],
      ],
      ready: [[22, WRITE]],
      did: [['send', 22, 65_536]],
    })
    .meanwhile(act('stop-reading', 'The second client reads no more, then reads again.'), 60);
  story
    .turn({
      waitedMs: 12.5,
      state: [[22, { kernelIn: 0, kernelOut: 1_048_576, queued: 65_536 }]],
      ready: [
        [22, WRITE],
        [21, READ],
      ],
      did: [
        ['send', 22, 65_536],
        ['recv', 21, 0],
        ['close', 21, 0],
      ],
    })
    .meanwhile(act('half-close', 'The first client half-closes.'), 1)
    .then({ type: 'close', fd: 21, reason: 'eof' });
  story
    .turn({
      waitedMs: 300,
      interest: [
        [21, 0],
        [22, EXCEPTIONAL],
      ],
      ready: [[20, READ]],
      did: [['accept', 20, 21]],
      state: [[22, { kernelIn: 70_000, kernelOut: 0, queued: 0, paused: true }]],
    })
    .then(client(21, 40408));
  story.turn({ waitedMs: 0.5, cause: 'woken', interest: [[21, ALL]] });
  story
    .turn({
      waitedMs: 140,
      interest: [[22, ALL]],
      ready: [[22, READ]],
      did: [
        ['recv', 22, -104],
        ['close', 22, 0],
      ],
    })
    .meanwhile(act('reset', 'The second client resets.'), 0.2)
    .then({ type: 'close', fd: 22, reason: 'reset' });
  story
    .turn({ waitedMs: 51, interest: [[22, 0]], ready: [[20, READ]], did: [['accept', 20, -24]] })
    .meanwhile(act('emfile', 'The process may open no more fds for 2 s.'), 3);
  story.turn({ waitedMs: 1000, interest: [[20, 0]], state: [[20, { backlog: 1 }]] });
  const crowd = Array.from({ length: 100 }, (_, index) => index + 30);
  story
    .turn({
      waitedMs: 3,
      interest: [[20, READ]],
      ready: [[20, READ]],
      did: crowd.map((fd) => ['accept', 20, fd]),
      skipped: 4,
    })
    .meanwhile(act('idle', 'A hundred clients connect, and say nothing.'), 1);
  for (const fd of crowd) story.then(client(fd, 41_000 + fd));
  story.turn({ waitedMs: 700, interest: crowd.map((fd) => [fd, ALL]), ready: [[21, READ]], did: [['recv', 21, 8]] });
  story.turn({ waitedMs: 1000, state: [[20, { backlog: 0 }]] });
  return story.end().lines;
}

/** The sample, or other lines, as the page has them. */
export function sampleTimeline(lines = sampleTrace(), timeline = new Timeline()): Timeline {
  return timelineOf(lines, timeline);
}
