import { isatty } from 'node:tty';

import { EBADF, ECONNRESET, EPIPE } from '../../../system/errno.ts';
import { osError } from '../../../system/errors.ts';
import { Failure } from '../../failure.ts';
import { counted } from '../../text.ts';
import { createFormat, type FormatSettings } from './create-format.ts';
import type { Format, Messages, Sender } from './messages.ts';
import { openPath, openStandard } from './open-sink.ts';
import type { Sink } from './sink.ts';
import { Writer } from './writer.ts';

/** The settings that concern the output. */
export interface OutputSettings {
  /** The path to append to; standard output without it. */
  readonly file: string | undefined;
  readonly quiet: boolean;
  /** What happens when a write fails. */
  readonly onOutputError: 'stop' | 'retry';
}

/** What an output tells the server. */
export interface OutputEvents {
  /** Nothing can be written any more: the server has to end. `exitCode` is not 0 when this is a failure. */
  stopped(exitCode: number): void;
  /** Very much waits to be written: nothing may be read from any client. Later called with false, when there is room. */
  overflowing(isOverflowing: boolean): void;
  /** A sentence for the log. */
  report(level: 'info' | 'error', sentence: string): void;
}

// From this number of unwritten bytes on, clients have to wait, until half of it is written.
const FULL_BYTES = 2 ** 20;
// Each client may add what one recv returns before it waits, and there may be very many clients.
const OVERFLOW_BYTES = 16 * FULL_BYTES;
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 5000;
const STANDARD_OUTPUT = 1;

/** Where `serve` writes the messages: standard output or a file. */
export class MessageOutput {
  readonly #path: string | undefined;
  readonly #retries: boolean;
  readonly #format: Format;
  readonly #events: OutputEvents;
  readonly #writer: Writer;
  // Resolves when there is room for more.
  #isOverflowing = false;
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  // Why nothing can be written, and since when; undefined while the output works.
  #failure: string | undefined;
  #failedSinceMs = 0;
  #retryMs = MIN_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;
  #reopening = Promise.resolve();
  #isOpening = false;
  // Resolves when the end of the output has been reported, after an error that ends it.
  #stopping: Promise<void> | undefined;
  #lostMessages = 0;

  constructor(sink: Sink, format: Format, settings: OutputSettings, events: OutputEvents) {
    this.#path = settings.file;
    this.#retries = settings.onOutputError === 'retry';
    this.#format = format;
    this.#events = events;
    this.#writer = new Writer(sink, {
      progressed: () => {
        this.#progressed();
      },
      failed: (errno) => {
        this.#failed(errno);
      },
      cutInPrevious: () => {
        this.#lostMessages++;
        events.report('error', `${this.#name}: the rest of a message could not be written to the previous file`);
      },
    });
  }

  /** Whether nothing may be read from any client, because very much waits to be written. */
  get isOverflowing(): boolean {
    return this.#isOverflowing;
  }

  /** Whether the end of the process would wait for a disk. */
  get isInThreadPool(): boolean {
    return this.#isOpening || this.#writer.isInThreadPool;
  }

  /** The messages that are received and not wholly written. */
  get unwrittenMessages(): number {
    return this.#writer.unwrittenMessages;
  }

  get unwrittenBytes(): number {
    return this.#writer.unwrittenBytes;
  }

  /** The messages that could not be written. */
  get lostMessages(): number {
    return this.#lostMessages;
  }

  /** For the log: why messages are not written, and how many. */
  get lossText(): string {
    const reason = this.isInThreadPool ? 'the disk does not answer' : 'nobody reads the output';
    return lossText(this.#failure ?? reason, this.#lostMessages + this.#writer.unwrittenMessages);
  }

  /**
   * Writes messages at the end of the turn. When the output is full, it returns a promise that resolves when there is room
   * again: the sender has to wait for it, or the memory fills.
   */
  write(messages: Messages, sender: Sender): Promise<void> | undefined {
    if (this.#stopping !== undefined) {
      this.#lostMessages += messages.length;
      return undefined;
    }
    const writer = this.#writer;
    this.#format(messages, sender, writer.messages);
    if (writer.unwrittenBytes < FULL_BYTES) {
      writer.schedule();
      return undefined;
    }
    writer.flush();
    if (writer.unwrittenBytes < FULL_BYTES) return undefined;
    this.#setOverflowing(writer.unwrittenBytes >= OVERFLOW_BYTES || this.#isOverflowing);
    return (this.#room ??= createRoom()).promise;
  }

  /**
   * Opens the path again, for logrotate. What is not written yet goes to the new file; see `Writer.replaceSink`. Throws when
   * the path cannot be opened: the open file stays in use.
   */
  async reopen(): Promise<void> {
    if (this.#path === undefined) return;
    const path = this.#path;
    // One after the other: the file that was opened last is the one in use.
    const reopened = this.#reopening.then(async () => {
      this.#isOpening = true;
      const sink = await openPath(path).finally(() => (this.#isOpening = false));
      if (this.#stopping !== undefined) sink.close();
      else this.#writer.replaceSink(sink);
    });
    this.#reopening = reopened.catch(() => undefined);
    await reopened;
  }

  /** Resolves when everything is written, or the output has stopped and reported why. */
  async written(): Promise<void> {
    if (this.#stopping === undefined) await this.#writer.written();
    await this.#stopping;
  }

  get #name(): string {
    return this.#path === undefined ? 'standard output' : '--file';
  }

  #progressed(): void {
    this.#retryMs = MIN_RETRY_MS;
    const { unwrittenBytes } = this.#writer;
    if (unwrittenBytes < FULL_BYTES / 2) this.#makeRoom();
    if (this.#failure === undefined || this.#writer.cutBytes > 0) return;
    const seconds = ((performance.now() - this.#failedSinceMs) / 1e3).toFixed(1);
    this.#failure = undefined;
    this.#events.report('info', `${this.#name}: writing works again, after ${seconds} s`);
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
    this.#setOverflowing(false);
  }

  #setOverflowing(isOverflowing: boolean): void {
    if (isOverflowing === this.#isOverflowing) return;
    this.#isOverflowing = isOverflowing;
    this.#events.overflowing(isOverflowing);
  }

  #failed(errno: number): void {
    const sentence = `${this.#name}: ${osError(errno, 'write').message}`;
    if (!this.#retries || this.#isFinal(errno)) {
      this.#stopping = this.#stop(errno, sentence);
      return;
    }
    if (this.#failure === undefined) {
      this.#failedSinceMs = performance.now();
      this.#events.report('error', `${sentence}; the clients wait until writing works again`);
    }
    this.#failure = sentence;
    // After SIGHUP, the new file may have failed while the previous one was still to be tried again.
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#writer.resume();
    }, this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
  }

  #isFinal(errno: number): boolean {
    return errno === EBADF || this.#readerHasGone(errno);
  }

  // No reader can come back to a pipe without a name, or to a socket, whose reader may leave with a reset.
  #readerHasGone(errno: number): boolean {
    return this.#path === undefined && (errno === EPIPE || errno === ECONNRESET);
  }

  async #stop(errno: number, sentence: string): Promise<void> {
    const readerHasGone = this.#readerHasGone(errno);
    this.#events.stopped(readerHasGone ? 0 : 1);
    const isWhole = await this.#writer.removeCutMessage();
    this.#lostMessages += this.#writer.unwrittenMessages;
    this.#writer.discard();
    this.#makeRoom();
    if (readerHasGone) return;
    const cut = isWhole ? '' : '; the last line is cut off';
    this.#events.report('error', `${lossText(sentence, this.#lostMessages)}${cut}`);
  }
}

function lossText(reason: string, lost: number): string {
  return `${reason}; ${counted(lost, 'message')} ${lost === 1 ? 'is' : 'are'} lost`;
}

function createRoom(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((resolvePromise) => (resolve = resolvePromise));
  return { promise, resolve };
}

/** Opens the output. Returns `undefined` with `--quiet`. Throws a Failure when the file cannot be opened. */
export async function openMessageOutput(
  settings: OutputSettings & FormatSettings,
  events: OutputEvents,
): Promise<MessageOutput | undefined> {
  const { file, quiet } = settings;
  if (file === undefined) {
    if (quiet) return undefined;
    const format = createFormat(settings, isatty(STANDARD_OUTPUT));
    return new MessageOutput(openStandard(STANDARD_OUTPUT), format, settings, events);
  }
  const format = createFormat(settings, false);
  try {
    return new MessageOutput(await openPath(file), format, settings, events);
  } catch (error) {
    throw new Failure(`--file: ${(error as Error).message}`, 1);
  }
}
