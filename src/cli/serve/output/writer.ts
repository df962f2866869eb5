import { EAGAIN, EINTR, EIO } from '../../../system/errno.ts';
import { MessageBuffer } from './message-buffer.ts';
import type { Sink } from './sink.ts';

// A file answers EAGAIN while another process holds a lease or a lock on it.
const AGAIN_MS = 100;

/** What a writer tells its owner. */
export interface WriterOwner {
  /** Bytes were written. */
  progressed(): void;
  /** A write has failed. The writer writes nothing more until `resume`. */
  failed(errno: number): void;
  /** The message that was being written when the sink was replaced can never be completed in the previous sink. */
  cutInPrevious?(): void;
}

/**
 * Writes messages to a sink, all that have come in one write. There is one write at a time; meanwhile the next messages are
 * collected in a second buffer.
 */
export class Writer {
  /** Whether a write has failed, and nothing is written until `resume`. */
  isStopped = false;
  readonly #owner: WriterOwner;
  #sink: Sink;
  // The sink that is used when the write that is under way has ended.
  #nextSink: Sink | undefined;
  #collecting = new MessageBuffer();
  #writing = new MessageBuffer();
  #isBusy = false;
  #isLooping = false;
  #isScheduled = false;
  // Messages that previous sinks are still completing.
  #unfinished = 0;
  #onWritten: (() => void)[] = [];

  constructor(sink: Sink, owner: WriterOwner) {
    this.#sink = sink;
    this.#owner = owner;
  }

  /** The buffer to add messages to. Call `schedule` or `flush` afterwards. */
  get messages(): MessageBuffer {
    return this.#collecting;
  }

  get unwrittenBytes(): number {
    return this.#collecting.unwrittenBytes + this.#writing.unwrittenBytes;
  }

  /** The number of messages that are not wholly written. */
  get unwrittenMessages(): number {
    return this.#collecting.unwrittenMessages + this.#writing.unwrittenMessages + this.#unfinished;
  }

  /** The number of bytes that are written of a message that is not wholly written. */
  get cutBytes(): number {
    return this.#writing.cutBytes;
  }

  /** Whether the end of the process would wait for the thread pool. */
  get isInThreadPool(): boolean {
    return this.#sink.isInThreadPool;
  }

  /** Writes at the end of the present turn of the loop: then one write takes everything that came in it. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(this.#flushScheduled);
  }

  /** Starts to write now. */
  flush(): void {
    if (this.#isLooping) return;
    this.#isLooping = true;
    // A sink that has room calls `#wrote` at once.
    while (this.#canWrite()) {
      const { bytes, start, end, endOfFirst } = this.#writing;
      this.#isBusy = true;
      // When another sink waits to write to the same file, only the present message is completed before it.
      this.#sink.write(bytes, start, this.#sink.lock.isWanted ? endOfFirst : end, this.#wrote);
    }
    this.#isLooping = false;
    this.#reportWritten();
  }

  /** Tries again after a failure. */
  resume(): void {
    this.isStopped = false;
    this.flush();
  }

  /** Drops everything that is not written. Only while no write is under way. */
  discard(): void {
    this.#writing.clear();
    this.#collecting.clear();
    this.#sink.lock.release(this.#sink);
    this.#reportWritten();
  }

  /** Drops everything that is not written, except what the thread pool is writing. Nothing may be added afterwards. */
  abandon(): void {
    if (this.#isBusy && !this.#sink.cancel()) return;
    this.#isBusy = false;
    this.discard();
  }

  /** Removes a cut message from the end of the file, if that is possible. Returns whether no cut message is left. */
  removeCutMessage(): Promise<boolean> {
    return this.#removeEnd(this.#sink, this.#writing.cutBytes);
  }

  /**
   * Writes to another sink from now on, and closes the previous one. What the thread pool is writing still goes to the
   * previous sink. So does the rest of a message that the previous sink has taken in part, because nobody could join the
   * parts; but when the previous sink has failed, the new one gets the whole message. A working sink that leads to the same file
   * stays in use.
   */
  replaceSink(sink: Sink): void {
    this.#nextSink?.close();
    this.#nextSink = undefined;
    if (sink.lock === this.#sink.lock && !this.isStopped) {
      sink.close();
      return;
    }
    this.#nextSink = sink;
    if (this.#isBusy && !this.#sink.cancel()) return;
    this.#isBusy = false;
    this.#changeSink();
    this.resume();
  }

  /** Resolves when everything is written. */
  async written(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onWritten.push(resolve);
      this.flush();
    });
  }

  readonly #flushScheduled = (): void => {
    this.#isScheduled = false;
    this.flush();
  };

  readonly #lockIsFree = (): void => {
    this.flush();
  };

  readonly #wrote = (result: number): void => {
    this.#isBusy = false;
    // A write of at least one byte that takes nothing would be repeated for ever.
    if (result > 0) this.#writing.written(result);
    else if (result === EAGAIN || result === EINTR) this.#flushLater();
    else this.isStopped = true;
    if (this.#nextSink !== undefined && (this.isStopped || this.#writing.cutBytes === 0)) {
      this.#changeSink();
      this.isStopped = false;
    }
    if (this.#writing.cutBytes === 0) this.#sink.lock.release(this.#sink);
    if (result > 0) this.#owner.progressed();
    else if (this.isStopped) this.#owner.failed(result === 0 ? EIO : result);
    this.flush();
  };

  #flushLater(): void {
    this.#isBusy = true;
    setTimeout(() => {
      this.#isBusy = false;
      this.flush();
    }, AGAIN_MS);
  }

  // Takes the collected messages when the previous ones are written. Returns whether there is something that can be written now.
  #canWrite(): boolean {
    if (this.#isBusy || this.isStopped) return false;
    if (this.#writing.unwrittenBytes === 0) [this.#writing, this.#collecting] = [this.#collecting, this.#writing];
    return this.#writing.unwrittenBytes > 0 && this.#sink.lock.acquire(this.#sink, this.#lockIsFree);
  }

  #changeSink(): void {
    const previous = this.#sink;
    this.#sink = this.#nextSink!;
    this.#nextSink = undefined;
    if (this.isStopped) {
      // Best effort: when the part stays in the previous file, the message is there in part and here in full.
      void this.#removeEnd(previous, this.#writing.cutBytes).finally(() => {
        closeSink(previous);
      });
      this.#writing.rewindCutMessage();
    } else this.#complete(previous, this.#writing.removeCutMessage(), 0);
  }

  async #removeEnd(sink: Sink, count: number): Promise<boolean> {
    return count === 0 || (await sink.removeEnd(count));
  }

  // Writes the rest of a cut message to the previous sink, and closes it.
  #complete(previous: Sink, rest: Buffer, from: number): void {
    if (from === 0) this.#unfinished++;
    const end = (): void => {
      closeSink(previous);
      this.#unfinished--;
      this.#reportWritten();
    };
    if (from === rest.length) end();
    else {
      previous.write(rest, from, rest.length, (result) => {
        if (result > 0) this.#complete(previous, rest, from + result);
        else {
          this.#owner.cutInPrevious?.();
          end();
        }
      });
    }
  }

  #reportWritten(): void {
    if (this.#isBusy || this.#isLooping || this.unwrittenMessages > 0) return;
    const callbacks = this.#onWritten;
    this.#onWritten = [];
    for (const callback of callbacks) callback();
  }
}

function closeSink(sink: Sink): void {
  sink.close();
  sink.lock.release(sink);
}
