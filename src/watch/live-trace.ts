import { EventEmitter, once } from 'node:events';

import { parseHeader, parseLine } from '../trace/parser.ts';
import type { Sink } from '../trace/sink.ts';
import type { TraceHeader, TurnLine } from '../trace/format.ts';
import type { NumberedLine, TraceSource } from '../trace/stored-trace.ts';
import { TraceState } from '../trace/trace-state.ts';

/** How much of a live trace is kept, in characters. */
export const MOST_KEPT = 2 ** 24;

/**
 * The trace of a server that runs: the lines so far, and those to come. The newest lines are kept; older ones only as what
 * they come to. A reader that is too slow finds itself at the oldest line that is left.
 */
export class LiveTrace implements Sink, TraceSource {
  readonly #most: number;
  readonly #lines = new Map<number, string>();
  readonly #news = new EventEmitter().setMaxListeners(0);
  #header: TraceHeader | undefined;
  // What those that are kept no more come to.
  #before = new TraceState();
  #first = 1;
  #next = 1;
  #kept = 0;
  #ended = false;

  /** @param most How much is kept, in characters. */
  constructor(most = MOST_KEPT) {
    this.#most = most;
  }

  /**
   * Takes a line.
   * @param text The line, without its end.
   */
  write(text: string): void {
    if (this.#header === undefined) {
      this.#header = parseHeader(text);
      this.#before = new TraceState(this.#header.fds);
    } else {
      this.#lines.set(this.#next++, text);
      this.#kept += text.length;
      while (this.#kept > this.#most && this.#lines.size > 1) this.#forget();
    }
    this.#news.emit('line');
  }

  /** No more lines come: who follows is done. */
  close(): void {
    this.#ended = true;
    this.#news.emit('line');
  }

  /**
   * Reads it.
   * @param after The number of the last line that the reader has; -1 for none.
   * @param isFollowing Whether to wait for more at the end of what there is.
   * @param signal Ends the wait.
   * @yields {NumberedLine} The lines.
   */
  async *lines(after: number, isFollowing: boolean, signal: AbortSignal): AsyncGenerator<NumberedLine, void> {
    let next = after + 1;
    let isNew = false;
    for (;;) {
      if (this.#header !== undefined && (next < this.#first || next > this.#next)) {
        next = this.#first;
        isNew = true;
        yield { id: next - 1, text: JSON.stringify({ ...this.#header, fds: [...this.#before.fds.values()] }) };
        continue;
      }
      const text = this.#lines.get(next);
      if (text !== undefined) {
        const turn: TurnLine | undefined = isNew ? turnOf(text) : undefined;
        isNew &&= turn === undefined;
        yield { id: next++, text: turn === undefined ? text : JSON.stringify(this.#before.keyframe(turn)) };
      } else if (this.#ended || !isFollowing) return;
      else await once(this.#news, 'line', { signal });
    }
  }

  #forget(): void {
    const text = this.#lines.get(this.#first)!;
    this.#lines.delete(this.#first++);
    this.#kept -= text.length;
    const line = parseLine(text);
    if (line !== undefined) this.#before.apply(line);
  }
}

function turnOf(text: string): TurnLine | undefined {
  const line = parseLine(text);
  return line?.type === 'turn' ? line : undefined;
}
