import { close, constants, fstat, ftruncate, readFile, write } from 'node:fs';
import { promisify } from 'node:util';

import type { Sink } from './sink.ts';
import { WriteLock } from './write-lock.ts';

/**
 * A regular file. The thread pool writes it: a file is always "ready" for select(2), and a slow disk would block the thread
 * of the loop.
 */
export class FileSink implements Sink {
  isInThreadPool = false;
  readonly lock: WriteLock;
  readonly #fd: number;
  readonly #ownsFd: boolean;
  #lastWritten = 0;

  /** The fd stays open in `close` unless it is the sink's own. */
  constructor(fd: number, ownsFd: boolean, lock = new WriteLock()) {
    this.lock = lock;
    this.#fd = fd;
    this.#ownsFd = ownsFd;
  }

  write(bytes: Buffer, from: number, to: number, done: (result: number) => void): void {
    this.isInThreadPool = true;
    write(this.#fd, bytes, from, to - from, null, (error, count) => {
      this.isInThreadPool = false;
      if (error === null) this.#lastWritten = count;
      done(error === null ? count : error.errno!);
    });
  }

  cancel(): boolean {
    return false;
  }

  // After a write the position of the fd is the end of what was written. If that is also the end of the file, the last
  // bytes of the file are ours. A shared fd without O_APPEND is left alone: another process would go on behind the new end.
  async removeEnd(count: number): Promise<boolean> {
    if (count > this.#lastWritten) return false;
    try {
      const [{ size }, info] = await Promise.all([
        promisify(fstat)(this.#fd),
        promisify(readFile)(`/proc/self/fdinfo/${this.#fd}`, 'utf8'),
      ]);
      const position = Number(/^pos:\t(\d+)$/m.exec(info)?.[1]);
      const flags = parseInt(/^flags:\t(\d+)$/m.exec(info)?.[1] ?? '0', 8);
      if (position !== size || (flags & constants.O_APPEND) === 0) return false;
      await promisify(ftruncate)(this.#fd, size - count);
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    // Best effort: the bytes are written, and close(2) of a file says nothing that a write did not say.
    if (this.#ownsFd) close(this.#fd, () => undefined);
  }
}
