import type { EventLine, TraceHeader, TraceLine, TurnLine } from '../../src/trace/format.ts';
import { headerLine, turnLine } from './trace-lines.ts';

const IN = 1;
const ERR = 8;
const HUP = 16;
const RDHUP = 0x2000;
const READ = 1;
const EXCEPTIONAL = 4;
const ALL = READ | EXCEPTIONAL;

/** The turns of `rawTrace`, by what they show. */
export const RAW_TURNS = { wakes: 0, accept: 1, halfClose: 2, hangUps: 3, paused: 4, derived: 5 } as const;

type Told = Partial<Omit<TurnLine, 'type'>> & Pick<TurnLine, 'turn' | 'ms' | 'waitedMs'>;

function client(fd: number, ms: number, port: number): EventLine {
  return { type: 'open', ms, fd, what: 'client', name: `127.0.0.1:${port}` };
}

/**
 * A trace with raw bits, the times of Node's turns, TCP states and a loop that is paused; its last turn has no raw bits, as
 * in an older trace.
 * @param call Which call waited.
 * @returns The lines.
 */
export function rawTrace(call: TurnLine['call'] = 'poll'): (TraceHeader | TraceLine)[] {
  const told: (Told | Exclude<TraceLine, TurnLine>)[] = [
    {
      ...{ turn: 1, ms: 0, waitedMs: 1000, interest: [[20, READ]], nodeWakes: 2, wakes: [250, 730.5] },
      state: [[20, { tcp: 'LISTEN' }]],
    },
    {
      ...{ turn: 2, ms: 1000.2, waitedMs: 120.5, ready: [[20, READ, IN]] },
      state: [[20, { backlog: 3, tcp: 'LISTEN' }]],
      did: [21, 22, 23].map((fd) => ['accept', 20, fd] as const),
    },
    { type: 'action', ms: 1120, action: 'connect', text: 'A client connects.' },
    ...[21, 22, 23].map((fd) => client(fd, 1120.8, 40_400 + fd)),
    {
      ...{ turn: 3, ms: 1121, waitedMs: 300, interest: [21, 22, 23].map((fd) => [fd, ALL] as const) },
      ready: [[21, READ, IN | RDHUP]],
      state: [
        [20, { tcp: 'LISTEN' }],
        [21, { kernelIn: 6, tcp: 'CLOSE-WAIT' }],
        [22, { tcp: 'ESTAB' }],
        [23, { tcp: 'ESTAB' }],
      ],
      did: [['recv', 21, 6]],
    },
    {
      ...{ turn: 4, ms: 1421.5, waitedMs: 640, nodeWakes: 20, wakes: [40.2, 400] },
      ready: [
        [21, READ, IN | HUP | RDHUP],
        [22, READ | 2, IN | ERR | HUP | RDHUP],
      ],
      state: [
        [21, { tcp: 'LAST-ACK' }],
        [22, { tcp: 'CLOSE' }],
      ],
      did: [
        ['recv', 21, 0],
        ['close', 21, 0],
        ['recv', 22, -104],
        ['close', 22, 0],
      ],
    },
    { type: 'signal', ms: 1461.5, name: 'SIGUSR2' },
    { type: 'close', ms: 2061.7, fd: 21, reason: 'eof' },
    { type: 'close', ms: 2061.8, fd: 22, reason: 'reset' },
    { type: 'hold', ms: 2062, held: true },
    { type: 'hold', ms: 9062, held: false },
    {
      ...{ turn: 5, ms: 9063, waitedMs: 0.02, ready: [[23, READ, IN]] },
      interest: [
        [21, 0],
        [22, 0],
      ],
      state: [[23, { kernelIn: 4096 }]],
      did: [
        ['recv', 23, 4096],
        ['message', 23, 4095],
        ['send', 23, 4095],
      ],
    },
    {
      ...{ turn: 6, ms: 9064, waitedMs: 10, nodeWakes: 1, ready: [[23, READ]] },
      state: [[23, {}]],
      did: [['recv', 23, 1]],
    },
    { type: 'end', ms: 9080 },
  ];
  return [headerLine({ backend: call }), ...told.map((line) => ('turn' in line ? turnLine({ call, ...line }) : line))];
}

/**
 * A trace with many clients that say nothing, and one of them that speaks in every turn.
 * @param count How many clients.
 * @param turns How many turns after the one in which they come.
 * @returns The lines.
 */
export function crowdTrace(count: number, turns = 60): (TraceHeader | TraceLine)[] {
  const crowd = Array.from({ length: count }, (_, index) => index + 30);
  const come = turnLine({
    ...{ turn: 1, ms: 0, waitedMs: 5, interest: [[20, READ]], ready: [[20, READ, IN]] },
    did: crowd.map((fd) => ['accept', 20, fd] as const),
  });
  const speaks = Array.from({ length: turns }, (_, index): TurnLine => {
    const fd = 30 + ((index * 37) % count);
    const interest = index === 0 ? crowd.map((member) => [member, ALL] as const) : [];
    const state = index === 0 ? crowd.map((member) => [member, { tcp: 'ESTAB' }] as const) : [];
    const now = { turn: index + 2, ms: 10 * (index + 1), waitedMs: 8 };
    return turnLine({ ...now, interest, state, ready: [[fd, READ, IN]], did: [['recv', fd, 64]] });
  });
  return [
    headerLine({ backend: 'poll' }),
    come,
    ...crowd.map((fd) => client(fd, 6, 20_000 + fd)),
    ...speaks,
    { type: 'end', ms: 1e6 },
  ];
}
