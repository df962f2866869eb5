import type { Sink } from './sink.ts';
import { Writer } from './writer.ts';

const MAX_UNREAD_BYTES = 2 ** 20;

/**
 * Writes a log and never waits: a log that nobody reads is no reason to stop. While more than 1 MiB is unread, it drops texts.
 * It also drops them when a write fails; the next text tries again.
 */
export class LogWriter {
  readonly #writer: Writer;
  readonly #droppedText: (dropped: number) => string;
  #dropped = 0;
  // The number that an unwritten text of `#droppedText` tells.
  #reported = 0;
  #isInsideLine = false;

  /** `droppedText` makes the text that tells how many texts were dropped. */
  constructor(sink: Sink, droppedText: (dropped: number) => string) {
    this.#droppedText = droppedText;
    this.#writer = new Writer(sink, {
      progressed: () => {
        this.#progressed();
      },
      failed: () => {
        this.#failed();
      },
    });
  }

  /** Writes a text, which ends with a newline. */
  write(text: string): void {
    const writer = this.#writer;
    if (writer.unwrittenBytes > MAX_UNREAD_BYTES) {
      this.#dropped++;
    } else if (writer.isStopped) {
      this.#add(`${this.#isInsideLine ? '\n' : ''}${this.#reportDropped()}${text}`);
      writer.resume();
    } else {
      this.#add(text);
      writer.flush();
    }
  }

  /** Resolves when everything is written or dropped. */
  written(): Promise<void> {
    return this.#writer.written();
  }

  /** Drops what nobody has read. Otherwise its wait would keep the process from ending. */
  abandon(): void {
    this.#writer.abandon();
  }

  #add(text: string): void {
    this.#writer.messages.addText(text);
  }

  #reportDropped(): string {
    if (this.#dropped === 0) return '';
    this.#reported = this.#dropped;
    this.#dropped = 0;
    return this.#droppedText(this.#reported);
  }

  #progressed(): void {
    if (this.#writer.unwrittenBytes > 0) return;
    this.#isInsideLine = false;
    this.#reported = 0;
    if (this.#dropped > 0) this.#add(this.#reportDropped());
  }

  #failed(): void {
    const { unwrittenMessages, cutBytes } = this.#writer;
    this.#dropped += this.#reported + unwrittenMessages;
    this.#reported = 0;
    this.#isInsideLine ||= cutBytes > 0;
    this.#writer.discard();
  }
}
