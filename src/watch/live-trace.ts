import { EventEmitter, once } from 'node:events';

import type { TraceHeader, TraceLine } from '../trace/format.ts';
import { parseHeader, parseLine } from '../trace/parser.ts';
import type { NumberedLine, TraceSource } from '../trace/stored-trace.ts';
import type { TraceWriter } from '../trace/trace-file.ts';
import { TraceState } from '../trace/trace-state.ts';

/** How many characters of a live trace are kept. */
const MAX_KEPT_CHARACTERS = 2 ** 24;

/**
 * The trace of a running server. It keeps the newest lines, and replaces older lines by the state after them. A reader that is too
 * slow continues at the oldest line that is kept.
 */
export class LiveTrace implements TraceWriter, TraceSource {
  readonly #maxCharacters: number;
  readonly #lines = new Map<number, string>();
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #header: TraceHeader | undefined;
  /** The state after the lines that are not kept any more. */
  #stateBefore = new TraceState();
  #firstId = 1;
  #nextId = 1;
  #characters = 0;
  #ended = false;

  constructor(maxCharacters = MAX_KEPT_CHARACTERS) {
    this.#maxCharacters = maxCharacters;
  }

  write(text: string): void {
    if (this.#header === undefined) {
      this.#header = parseHeader(text);
      this.#stateBefore = new TraceState(this.#header.fds);
    } else {
      this.#lines.set(this.#nextId++, text);
      this.#characters += text.length;
      while (this.#characters > this.#maxCharacters && this.#lines.size > 1) this.#dropFirst();
    }
    this.#changes.emit('change');
  }

  /** Ends the trace: readers that follow it finish. */
  close(): void {
    this.#ended = true;
    this.#changes.emit('change');
  }

  async *lines(after: number, isFollowing: boolean, signal: AbortSignal): AsyncGenerator<NumberedLine, void> {
    let nextId = after + 1;
    let needsKeyframe = false;
    for (;;) {
      if (this.#header !== undefined && (nextId < this.#firstId || nextId > this.#nextId)) {
        nextId = this.#firstId;
        needsKeyframe = true;
        yield { id: nextId - 1, text: JSON.stringify({ ...this.#header, fds: [...this.#stateBefore.fds.values()] }) };
        continue;
      }
      const text = this.#lines.get(nextId);
      if (text !== undefined) {
        const line: TraceLine | undefined = needsKeyframe ? parseLine(text) : undefined;
        const isFirstTurn = line?.type === 'turn';
        if (isFirstTurn) needsKeyframe = false;
        yield { id: nextId++, text: isFirstTurn ? JSON.stringify(this.#stateBefore.keyframe(line)) : text };
      } else if (this.#ended || !isFollowing) return;
      else await once(this.#changes, 'change', { signal });
    }
  }

  #dropFirst(): void {
    const text = this.#lines.get(this.#firstId)!;
    this.#lines.delete(this.#firstId++);
    this.#characters -= text.length;
    const line = parseLine(text);
    if (line !== undefined) this.#stateBefore.apply(line);
  }
}
