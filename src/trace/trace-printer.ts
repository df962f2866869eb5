import { escapeControlCharacters } from '../system/control-characters.ts';
import type { TraceHeader, TraceLine, TurnLine } from './format.ts';
import { TraceState } from './trace-state.ts';
import { traceText } from './trace-text.ts';

/** Prints a trace as strace would, line by line. No text ends with a newline. */
export class TracePrinter {
  readonly #header: TraceHeader;
  readonly #state: TraceState;

  constructor(header: TraceHeader) {
    this.#header = header;
    this.#state = new TraceState(header.fds);
  }

  head(): string {
    const { date, backend, node, kernel, nodeFd, fds } = this.#header;
    const open = fds.map(({ fd, what, name }) => `fd ${fd} is the ${what} ${name}`);
    const ofNode = nodeFd < 0 ? [] : [`fd ${nodeFd} is Node's own event loop`];
    return [`${backend}, ${date}, Node ${node}, kernel ${kernel}`, ...open, ...ofNode]
      .map((text) => `--- ${escapeControlCharacters(text)} ---`)
      .join('\n');
  }

  /** Prints the next line, with its time in seconds. */
  next(line: TraceLine): string {
    this.#state.apply(line);
    const text = line.type === 'turn' ? this.#turnText(line) : `--- ${escapeControlCharacters(eventText(line))} ---`;
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
      did: turn.did.map(([call, fd, result]) => ({ call: escapeControlCharacters(call) as 'recv', fd, result })),
    });
    const counts = Object.entries(skippedDid).map(([call, count]) => `, ${count} × ${escapeControlCharacters(call)}`);
    const before = skipped > 0 ? `--- ${skipped} turns are not in the trace${counts.join('')} ---\n` : '';
    return before + (nodeWakes > 0 ? text.replace(/$/m, `, Node woke ${nodeWakes}×`) : text);
  }
}

/** Anybody may have written the file: a newline in a name would look like a line of its own. */
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
      return line.held ? 'the loop is paused' : 'the loop continues';
    case 'end':
      return line.turns === undefined
        ? 'end'
        : `end: ${line.turns} turns, ${line.skipped ?? 0} of them not in the trace`;
  }
}
