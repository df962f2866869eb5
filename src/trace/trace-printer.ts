import { escaped } from '../server/address-text.ts';
import { traceText } from '../server/turns/turn-record.ts';
import type { TraceHeader, TraceLine, TurnLine } from './format.ts';
import { TraceState } from './trace-state.ts';

/** Writes a trace as strace would. */
export class TraceText {
  readonly #header: TraceHeader;
  readonly #state: TraceState;

  /** @param header The first line. */
  constructor(header: TraceHeader) {
    this.#header = header;
    this.#state = new TraceState(header.fds);
  }

  /**
   * The beginning.
   * @returns Lines, without the last newline.
   */
  head(): string {
    const { date, backend, node, kernel, nodeFd, fds } = this.#header;
    const known = fds.map(({ fd, what, name }) => `fd ${fd} is the ${what} ${name}`);
    const node_ = nodeFd < 0 ? [] : [`fd ${nodeFd} is Node's own loop`];
    return [`${backend}, ${date}, Node ${node}, kernel ${kernel}`, ...known, ...node_]
      .map((text) => `--- ${clean(text)} ---`)
      .join('\n');
  }

  /**
   * The next line.
   * @param line The line.
   * @returns Lines, without the last newline, each with its time in seconds.
   */
  next(line: TraceLine): string {
    this.#state.apply(line);
    const text = line.type === 'turn' ? this.#turnText(line) : `--- ${clean(eventText(line))} ---`;
    const time = line.ms === undefined ? '' : (line.ms / 1e3).toFixed(3);
    return text.replace(/^(?! )/gm, `${time.padStart(9)} `);
  }

  #turnText(turn: TurnLine): string {
    const { skipped = 0, skippedDid = {}, nodeWakes } = turn;
    const text = traceText({
      call: turn.call,
      asked: [...this.#state.interest],
      timeoutSeconds: turn.timeoutMs < 0 ? Infinity : turn.timeoutMs / 1e3,
      ready: turn.ready,
      woken: turn.cause === 'woken',
      tookSeconds: turn.waitedMs / 1e3,
      did: turn.did.map(([call, fd, result]) => ({ call: clean(call) as 'recv', fd, result })),
    });
    const counts = Object.entries(skippedDid).map(([call, count]) => `, ${count} × ${clean(call)}`);
    const before = skipped > 0 ? `--- ${skipped} turns are not in the trace${counts.join('')} ---\n` : '';
    const wakes = nodeWakes > 0 ? text.replace(/$/m, `, Node woke ${nodeWakes}×`) : text;
    return before + wakes;
  }
}

// The file may be anybody's: a newline would look like a line of its own.
function clean(text: string): string {
  return escaped(text, /\p{Cc}/gu);
}

function eventText(line: Exclude<TraceLine, TurnLine>): string {
  switch (line.type) {
    case 'open':
      return `fd ${line.fd} is the ${line.what} ${line.name}`;
    case 'close':
      return `fd ${line.fd} is closed: ${line.reason}`;
    case 'signal':
      return line.name;
    case 'action':
      return line.text;
    case 'hold':
      return line.held ? 'the loop is held' : 'the loop goes on';
    case 'end':
      return line.turns === undefined
        ? 'end'
        : `end: ${line.turns} turns, ${line.skipped ?? 0} of them not in the trace`;
  }
}
