import { close } from 'node:fs';

import { poll } from '../../../select/poll.ts';
import * as sys from '../../../system/calls.ts';
import { POLLOUT } from '../../../system/constants/select.ts';
import { EAGAIN, EINTR } from '../../../system/errno.ts';
import type { Sink } from './sink.ts';
import { WriteLock } from './write-lock.ts';

/** Writes some bytes without waiting. Returns their number or -errno, -EAGAIN when there is no room. */
export type NonblockingWrite = (fd: number, bytes: Buffer, offset: number, length: number) => number;

/** A pipe, terminal, FIFO, socket or character device. It is written directly; the wait of the loop waits for room. */
export class NonblockingSink implements Sink {
  readonly isInThreadPool = false;
  readonly lock: WriteLock;
  readonly #fd: number;
  readonly #ownsFd: boolean;
  readonly #write: NonblockingWrite;
  #waiting: AbortController | undefined;

  /** The fd stays open in `close` unless it is the sink's own. */
  constructor(fd: number, ownsFd: boolean, write: NonblockingWrite, lock = new WriteLock()) {
    this.lock = lock;
    this.#fd = fd;
    this.#ownsFd = ownsFd;
    this.#write = write;
  }

  write(bytes: Buffer, from: number, to: number, done: (result: number) => void): void {
    let result;
    do result = this.#write(this.#fd, bytes, from, to - from);
    while (result === EINTR);
    if (result !== EAGAIN) {
      done(result);
      return;
    }
    this.#waitForRoom().then(
      (hasRoom) => {
        if (hasRoom) this.write(bytes, from, to, done);
      },
      (error: unknown) => {
        done((error as { errno: number }).errno);
      },
    );
  }

  cancel(): boolean {
    this.#waiting?.abort();
    const wasWaiting = this.#waiting !== undefined;
    this.#waiting = undefined;
    return wasWaiting;
  }

  removeEnd(): Promise<boolean> {
    return Promise.resolve(false);
  }

  close(): void {
    this.cancel();
    // In the thread pool: a serial line waits in close(2) until its output is sent.
    if (this.#ownsFd) close(this.#fd, () => undefined);
  }

  // Resolves to false when the wait is cancelled.
  async #waitForRoom(): Promise<boolean> {
    const waiting = (this.#waiting = new AbortController());
    const set = poll();
    set.register(this.#fd, POLLOUT);
    try {
      await set.pollAsync(null, { signal: waiting.signal });
    } catch (error) {
      if (!waiting.signal.aborted) throw error;
    }
    if (this.#waiting !== waiting) return false;
    this.#waiting = undefined;
    return true;
  }
}

export const writeNonblocking: NonblockingWrite = sys.write;

/** For a socket, whose own mode does not matter. */
export const sendNonblocking: NonblockingWrite = (fd, bytes, offset, length) =>
  sys.send(fd, bytes, offset, length, sys.MSG_DONTWAIT);
