import type { EventLine, TurnLine } from '../../../trace/format.ts';
import { foundText } from './reasons.ts';
import { countNames, countText, errorName, listText, msText, own, timesText } from './texts.ts';
import type { TurnState } from './timeline.ts';

/** Tells a turn in one sentence: what the call watched, how long it waited and why it ended, and what the program then did. */
export function turnSentence(state: TurnState): string {
  const { turn, interest } = state;
  const watched = interest.size === 0 ? 'nothing' : countText(interest.size, 'fd');
  const actions = actionsText(turn);
  const skipped = turn.skipped
    ? ` (${countText(turn.skipped, 'turn')} before it ${turn.skipped === 1 ? 'was' : 'were'} not recorded)`
    : '';
  return `Turn ${turn.turn}${skipped}: ${turn.call} watched ${watched} ${waitText(state)}${actions ? `; ${actions}` : ''}.`;
}

/** Tells a turn whose wait has not ended. `isAsking` is true when the learner predicts its result. */
export function waitingSentence({ turn, interest }: TurnState, isAsking: boolean): string {
  const time = turn.timeoutMs < 0 ? 'without a limit' : `for at most ${msText(turn.timeoutMs)}`;
  const watches = `Turn ${turn.turn}: ${turn.call} watches ${countText(interest.size, 'fd')} ${time}`;
  return isAsking ? `${watches}; what will it return?` : `${watches}; the thread sleeps.`;
}

/** `for 412 ms, until fd 21 (client 127.0.0.1:40404) was readable`. */
export function waitText(state: TurnState): string {
  const { turn, ready } = state;
  const wait = `for ${msText(turn.waitedMs)}${meanwhileText(state)}`;
  if (ready.size > 0) return `${wait}, until ${foundText(state)}`;
  if (turn.cause === 'timeout') return `${wait}; no fd was ready before the timeout`;
  if (turn.cause === 'woken') return `${wait}; ${enderOf(state)} ended the wait`;
  return `${wait}, and returned nothing`;
}

/** Says who ended a wait that neither an fd nor the timeout ended. */
export function enderOf(state: TurnState): string {
  return state.isPausedAfter ? 'whoever paused the program' : 'the program itself';
}

/** `received 64 bytes from fd 21`. */
export function actionText(call: string, fd: number, result: number): string {
  const meaning = resultMeaning(call, result);
  if (result < 0) {
    return `called ${call} on fd ${fd}, which failed with ${errorName(result)}${meaning === '' ? '' : ` (${meaning})`}`;
  }
  if (call === 'recv' && result === 0) return `received 0 bytes from fd ${fd} (${meaning})`;
  return own(ACTIONS, call)?.(fd, result) ?? `called ${call} on fd ${fd}, which returned ${result}`;
}

/** Says what a result means when the number does not say it; most results need nothing. */
export function resultMeaning(call: string, result: number): string {
  if (result < 0) return own(ERRORS, errorName(result)) ?? '';
  if (call === 'recv' && result === 0) return 'end of input: the peer sends nothing more';
  return call === 'accept' ? 'a new client' : '';
}

/** Tells an event in a sentence. */
export function eventText(line: EventLine): string {
  switch (line.type) {
    case 'open':
      return `fd ${line.fd} is opened: ${[line.what, line.name].filter(Boolean).join(' ')}.`;
    case 'close':
      return `fd ${line.fd} is closed: ${own(DISCONNECT_REASONS, line.reason) ?? line.reason}.`;
    case 'signal':
      return `The process receives the signal ${line.name}.`;
    case 'action':
      return line.text;
    case 'hold':
      return line.held ? 'The program is paused: what clients send now waits in the kernel.' : 'The program continues.';
  }
}

const ACTIONS: Readonly<Record<string, (fd: number, result: number) => string>> = {
  accept: (fd, result) => `accepted a client of listener ${fd} as fd ${result}`,
  recv: (fd, result) => `received ${countText(result, 'byte')} from fd ${fd}`,
  send: (fd, result) => `sent ${countText(result, 'byte')} to fd ${fd}`,
  message: (fd, result) => `handled a message of ${countText(result, 'byte')} from fd ${fd}`,
  close: (fd) => `closed fd ${fd}`,
};

const ERRORS: Readonly<Record<string, string>> = {
  EAGAIN: 'nothing more for now',
  ECONNRESET: 'the peer has reset the connection',
  EPIPE: 'the peer has closed the connection',
  EMFILE: 'the process has no free fd',
  ENFILE: 'the whole system has no free fd',
  EBADF: 'the fd is closed',
};

const DISCONNECT_REASONS: Readonly<Record<string, string>> = {
  eof: 'the peer has ended its output',
  reset: 'the connection was lost',
  closed: 'the program closed it',
  idle: 'the client was silent for too long',
  shed: 'there were more clients than the limits allow',
};

function meanwhileText({ turn: { nodeWakes }, during }: TurnState): string {
  const signals = during.flatMap((line) => (line.type === 'signal' ? [line.name] : []));
  const parts = [
    nodeWakes > 0 && `Node's own event loop ran ${timesText(nodeWakes)}`,
    signals.length > 0 && `the signal${signals.length === 1 ? '' : 's'} ${listText(signals)} arrived`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? '' : `, while ${listText(parts)}`;
}

/** When there are more calls than this, they are counted instead of told. */
const MAX_CALLS_TOLD = 3;

function actionsText({ did }: TurnLine): string {
  if (did.length === 0) return '';
  // The recv before a message already tells its bytes.
  const calls = did.some(([call]) => call === 'recv') ? did.filter(([call]) => call !== 'message') : did;
  if (calls.length <= MAX_CALLS_TOLD) return `then it ${listText(calls.map((action) => actionText(...action)))}`;
  return `then it made ${listText(countNames(calls.map(([call]) => call)).map(([call, count]) => countText(count, `${call} call`)))}`;
}
