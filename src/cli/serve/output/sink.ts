import type { WriteLock } from './write-lock.ts';

/** An open file, pipe, terminal or socket. A write never waits on the thread of the loop. */
export interface Sink {
  /** Whoever writes to the sink needs it. */
  readonly lock: WriteLock;
  /**
   * Writes some of the bytes from `from` to `to`, which must not change until then. Calls `done`, at once or later, with the
   * number of written bytes or -errno. There is one write at a time.
   */
  write(bytes: Buffer, from: number, to: number, done: (result: number) => void): void;
  /**
   * Takes back a write that waits until there is room: nothing of it is written, and `done` is not called. Returns false when
   * there is no such write, or when it is already under way.
   */
  cancel(): boolean;
  /** Whether the thread pool is writing: the end of the process would wait for it. */
  readonly isInThreadPool: boolean;
  /**
   * Removes the last bytes of a file, if the last write has written them and nobody else has written after it. Returns
   * whether they are removed.
   */
  removeEnd(count: number): Promise<boolean>;
  close(): void;
}
