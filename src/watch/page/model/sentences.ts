import { countCalls, countText, errorName, listText, msText } from './event-kinds.ts';
import { foundText } from './reasons.ts';
import type { TurnState } from './timeline.ts';
import type { HappeningLine, TurnLine } from './trace-line.ts';

/**
 * A turn in plain words.
 * @param state The turn.
 * @returns One sentence: what was asked, how long it waited and why it went on, what the program then did.
 */
export function turnSentence(state: TurnState): string {
  const { turn, interest } = state;
  const asked = interest.size === 0 ? 'nothing' : countText(interest.size, 'fd');
  const deeds = deedsText(turn);
  const skipped = turn.skipped
    ? ` (${countText(turn.skipped, 'turn')} before it ${turn.skipped === 1 ? 'was' : 'were'} not recorded)`
    : '';
  return `Turn ${turn.turn}${skipped}: ${turn.call} watched ${asked} ${waitText(state)}${deeds ? `; ${deeds}` : ''}.`;
}

/**
 * A turn whose wait has not ended yet.
 * @param state The turn.
 * @param isAsking Whether the learner is to say what will come back.
 * @returns One sentence.
 */
export function askedSentence(state: TurnState, isAsking: boolean): string {
  const { turn, interest } = state;
  const time = turn.timeoutMs < 0 ? 'without a limit' : `for at most ${msText(turn.timeoutMs)}`;
  const watches = `Turn ${turn.turn}: ${turn.call} watches ${countText(interest.size, 'fd')} ${time}`;
  return isAsking ? `${watches}; what will come back?` : `${watches}; the thread sleeps.`;
}

/**
 * How a wait ended.
 * @param state The turn.
 * @returns `for 412 ms, until fd 21 (client 127.0.0.1:40404) was readable`.
 */
export function waitText(state: TurnState): string {
  const { turn, ready } = state;
  const time = msText(turn.waitedMs);
  const meanwhile = meanwhileText(state);
  if (ready.size > 0) return `for ${time}${meanwhile}, until ${foundText(state)}`;
  if (turn.cause === 'timeout') return `for ${time}${meanwhile}; nothing came and the time was up`;
  if (turn.cause === 'woken') return `for ${time}${meanwhile}; ${enderOf(state)} ended the wait`;
  return `for ${time}${meanwhile}, and came back with nothing`;
}

/**
 * Who ended a wait that neither an fd nor the clock has ended.
 * @param state The turn.
 * @returns `the program itself`.
 */
export function enderOf(state: TurnState): string {
  return state.isHeldAfter ? 'whoever held the program' : 'the program itself';
}

/**
 * One thing that the program did.
 * @param call The call.
 * @param fd Its fd.
 * @param result What it gave.
 * @returns `received 64 bytes from fd 21`.
 */
export function deedText(call: string, fd: number, result: number): string {
  if (result < 0) {
    const meaning = resultMeaning(call, result);
    return `tried ${call} on fd ${fd} and got ${errorName(result)}${meaning === '' ? '' : ` (${meaning})`}`;
  }
  if (call === 'recv' && result === 0) return `received 0 bytes from fd ${fd} (${END_OF_INPUT})`;
  return own(DEEDS, call)?.(fd, result) ?? `called ${call} on fd ${fd}, which gave ${result}`;
}

/**
 * What a result means, where its number does not say it.
 * @param call The call.
 * @param result What it gave.
 * @returns A few words; empty for most.
 */
export function resultMeaning(call: string, result: number): string {
  if (result < 0) return own(ERRORS, errorName(result)) ?? '';
  if (call === 'recv' && result === 0) return END_OF_INPUT;
  return call === 'accept' ? 'a new client' : '';
}

/**
 * Something that happened beside the turns.
 * @param line Its line.
 * @returns A sentence.
 */
export function happeningText(line: HappeningLine): string {
  switch (line.type) {
    case 'open':
      return `fd ${line.fd} is opened: ${[line.what, line.name].filter(Boolean).join(' ')}.`;
    case 'close':
      return `fd ${line.fd} is closed${line.reason === undefined ? '' : `: ${own(REASONS, line.reason) ?? line.reason}`}.`;
    case 'signal':
      return `The signal ${line.name} comes.`;
    case 'action':
      return line.text;
    case 'hold':
      return line.held ? 'The program is stopped: what comes now waits in the kernel.' : 'The program goes on.';
  }
}

// The names come from a file, which may be anybody's.
function own<V>(table: Readonly<Record<string, V>>, name: string): V | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

const END_OF_INPUT = 'the end of input: its peer sends no more';

const DEEDS: Readonly<Record<string, (fd: number, result: number) => string>> = {
  accept: (fd, result) => `accepted fd ${result} from listener ${fd}`,
  recv: (fd, result) => `received ${countText(result, 'byte')} from fd ${fd}`,
  send: (fd, result) => `sent ${countText(result, 'byte')} to fd ${fd}`,
  message: (fd, result) => `handled a message of ${countText(result, 'byte')} from fd ${fd}`,
  close: (fd) => `closed fd ${fd}`,
};

const ERRORS: Readonly<Record<string, string>> = {
  EAGAIN: 'nothing more for now',
  ECONNRESET: 'the peer has reset the connection',
  EPIPE: 'the peer does not listen any more',
  EMFILE: 'no fd is free',
  ENFILE: 'no fd is free in the whole system',
  EBADF: 'the fd is closed',
};

const REASONS: Readonly<Record<string, string>> = {
  eof: 'the peer has ended its output',
  reset: 'the connection was lost',
  closed: 'by the program itself',
  idle: 'silent for too long',
  shed: 'more clients than the limits allow',
};

function meanwhileText({ turn: { nodeWakes = 0 }, during }: TurnState): string {
  const signals = during.flatMap((line) => (line.type === 'signal' ? [line.name] : []));
  const parts = [
    nodeWakes > 0 && `Node's own loop had work ${nodeWakes === 1 ? 'once' : `${nodeWakes} times`}`,
    signals.length > 0 && `the signal${signals.length === 1 ? '' : 's'} ${listText(signals)} came`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? '' : `, while ${listText(parts)}`;
}

// Calls that are told in words; more are counted.
const MOST_TOLD = 3;

function deedsText({ did = [] }: TurnLine): string {
  if (did.length === 0) return '';
  // A message is what its recv gave.
  const calls = did.some(([call]) => call === 'recv') ? did.filter(([call]) => call !== 'message') : did;
  if (calls.length <= MOST_TOLD) return `then it ${listText(calls.map((deed) => deedText(...deed)))}`;
  return `then it made ${listText(countCalls(calls).map(([call, count]) => countText(count, `${call} call`)))}`;
}
