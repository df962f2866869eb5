import type { Stats } from 'node:fs';

/**
 * The right to write to a file, pipe, terminal or socket. Several sinks may lead to the same one: standard output and standard
 * error, or a FIFO that was opened again. Whoever has written a part of a text keeps the lock until the text is whole, so that
 * nothing of another sink comes in the middle of it.
 */
export class WriteLock {
  #holder: object | undefined;
  readonly #waiting = new Map<object, () => void>();

  /** Whether somebody waits for the lock. */
  get isWanted(): boolean {
    return this.#waiting.size > 0;
  }

  /** Returns whether `holder` has the lock now. If not, `retry` is called when it can have the lock. */
  acquire(holder: object, retry: () => void): boolean {
    this.#holder ??= holder;
    if (this.#holder === holder) return true;
    this.#waiting.set(holder, retry);
    return false;
  }

  /** Gives the lock to the next one that waits. `holder` itself waits no longer. */
  release(holder: object): void {
    this.#waiting.delete(holder);
    if (this.#holder !== holder) return;
    this.#holder = undefined;
    for (const [next, retry] of this.#waiting) {
      this.#waiting.delete(next);
      retry();
      // Whoever has nothing to write any more does not take the lock. A write that ended at once has given it back.
      if (this.#isHeld) return;
    }
  }

  // A method of its own, because TypeScript believes that the holder is still undefined.
  get #isHeld(): boolean {
    return this.#holder !== undefined;
  }
}

const locks = new Map<string, WeakRef<WriteLock>>();

/** The lock of an open file. All sinks that lead to the same file, pipe, terminal or socket have the same lock. */
export function lockOf({ dev, ino }: Stats): WriteLock {
  for (const [key, lock] of locks) if (lock.deref() === undefined) locks.delete(key);
  const key = `${dev}:${ino}`;
  let lock = locks.get(key)?.deref();
  if (lock === undefined) locks.set(key, new WeakRef((lock = new WriteLock())));
  return lock;
}
