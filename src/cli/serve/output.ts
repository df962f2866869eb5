import { createWriteStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

import type { Address } from '../../socket/address.ts';
import type { Form } from './form.ts';

/** Where the messages go. */
export interface Output {
  /**
   * Writes a message.
   * @param message The message.
   * @param peer Who sent it.
   * @returns A promise of room for the next one, where there is none now: who awaits it does not fill the memory.
   */
  write(message: Buffer, peer: Address): Promise<void> | undefined;
  /** Opens the file anew, where it is one. */
  reopen(): void;
  /** Waits until all is written; closes the file, where it is one. */
  close(): Promise<void>;
}

/** Messages on standard output. */
export class StreamOutput implements Output {
  protected stream: Writable;
  readonly #form: Form;
  #room: Promise<void> | undefined;

  /**
   * @param stream Where to write. Its errors are the caller's.
   * @param form How.
   */
  constructor(stream: Writable, form: Form) {
    this.stream = stream;
    this.#form = form;
  }

  write(message: Buffer, peer: Address): Promise<void> | undefined {
    const { stream } = this;
    // Once it has failed, what is written is lost, and nobody waits for room.
    if (!stream.writable || stream.errored !== null || stream.write(this.#form(message, peer))) return undefined;
    return (this.#room ??= this.#roomIn(stream));
  }

  reopen(): void {
    // Standard output cannot be.
  }

  async close(): Promise<void> {
    const { stream } = this;
    if (stream.writableLength > 0) await new Promise((resolve) => stream.write('', resolve));
  }

  #roomIn(stream: Writable): Promise<void> {
    return new Promise((resolve) => {
      const events = ['drain', 'error', 'close'];
      const done = (): void => {
        for (const event of events) stream.off(event, done);
        this.#room = undefined;
        resolve();
      };
      for (const event of events) stream.on(event, done);
    });
  }
}

/** Messages at the end of a file. */
export class FileOutput extends StreamOutput {
  readonly #path: string;
  readonly #failed: (error: Error) => void;

  /**
   * @param path The file, made where there is none.
   * @param form How to write.
   * @param failed Called where it cannot be written to.
   * @throws {Error} Where it cannot be opened.
   */
  constructor(path: string, form: Form, failed: (error: Error) => void) {
    super(append(path, failed), form);
    this.#path = path;
    this.#failed = failed;
  }

  /** Opens the path anew; what was to be written before goes where it was to go. */
  override reopen(): void {
    const before = this.stream;
    this.stream = append(this.#path, this.#failed);
    before.end();
  }

  /** Closes the file once all is written, or has failed, which has been told. */
  override async close(): Promise<void> {
    await finished(this.stream.end()).catch(() => undefined);
  }
}

function append(path: string, failed: (error: Error) => void): Writable {
  const fd = openSync(path, 'a');
  // Not as a file: a write of the thread pool that waits for the reader would hold up even process.exit().
  const stream = fstatSync(fd).isFIFO() ? new Socket({ fd, readable: false }) : createWriteStream(path, { fd });
  return stream.on('error', failed);
}
