/**
 * Python's `selectors`: one interface over select, poll and epoll.
 *
 * What a back-end implements, beside the key map that all share:
 *   track(key)      the kernel's side of register; throws what the kernel refuses
 *   retrack(key)    the kernel's side of modify, for new events
 *   untrack(key)    the kernel's side of unregister; a closed fd is no error
 *   wait(timeout)   one system call; gives each ready key with its events
 *   waitAsync(…)    the same without stopping Node
 *   release()       frees what the back-end owns
 */
import { inspect } from 'node:util';

import { KeyError } from '../errors.ts';
import type { FileObject } from '../fileobj.ts';
import type { AsyncOptions } from '../node-loop.ts';
import type { Timeout } from '../timeout.ts';

/** Wait until the file can be read: data, a connection to accept, end of input, an error. */
export const EVENT_READ = 1;
/** Wait until the file can be written, or an error. */
export const EVENT_WRITE = 2;
/** Wait for an exceptional condition: an urgent byte. Python's selectors have no such event. */
export const EVENT_EXCEPTIONAL = 4;

const ALL_EVENTS = EVENT_READ | EVENT_WRITE | EVENT_EXCEPTIONAL;

/** What a selector knows of a registered file. */
export interface SelectorKey<Data = unknown> {
  /** The object that was registered. */
  readonly fileobj: FileObject;
  /** Its fd at that time. */
  readonly fd: number;
  /** The events of interest: EVENT_* bits. */
  readonly events: number;
  /** What was given along, for the caller's use. */
  readonly data: Data;
}

/** A key that is ready, and the EVENT_* bits of its interest that it is ready for. */
export type ReadyKey<Data = unknown> = [key: SelectorKey<Data>, events: number];

/**
 * What the selectors have in common: the key map, and the order of checks.
 * @see CPython, Lib/selectors.py, `_BaseSelectorImpl`
 */
export abstract class BaseSelector<Data = unknown> {
  readonly #keys = new Map<number, SelectorKey<Data>>();

  /**
   * Adds a file.
   * @param fileobj A file descriptor or an object with `fileno()`.
   * @param events EVENT_* bits, at least one.
   * @param data Anything; it comes back in the key.
   * @returns The key.
   * @throws {RangeError} For events that are none or unknown, and for no valid file object.
   * @throws {KeyError} Where the fd is registered.
   * @throws {OSError} What the kernel refuses; the file is then not registered.
   */
  register(fileobj: FileObject, events: number, data: Data): SelectorKey<Data> {
    checkEvents(events);
    const fd = this.#lookUp(fileobj);
    if (this.#keys.has(fd)) throw new KeyError(`${inspect(fileobj)} (FD ${fd}) is already registered`);
    const key = { fileobj, fd, events, data };
    this.#keys.set(fd, key);
    try {
      this.track(key);
    } catch (error) {
      this.#keys.delete(fd);
      throw error;
    }
    return key;
  }

  /**
   * Removes a file. Its fd may have been closed meanwhile.
   * @param fileobj What was registered, or its fd.
   * @returns The key that it had.
   * @throws {KeyError} Where it is not registered.
   * @throws {RangeError} For no valid file object.
   */
  unregister(fileobj: FileObject): SelectorKey<Data> {
    const key = this.getKey(fileobj);
    this.#keys.delete(key.fd);
    this.untrack(key);
    return key;
  }

  /**
   * Changes what a file is waited for.
   * @param fileobj What was registered, or its fd.
   * @param events EVENT_* bits.
   * @param data Anything; it comes back in the key.
   * @returns The new key.
   * @throws {KeyError} Where it is not registered.
   * @throws {RangeError} For events that are none or unknown, and for no valid file object.
   * @throws {OSError} What the kernel refuses; the file is then not registered any more.
   */
  modify(fileobj: FileObject, events: number, data: Data): SelectorKey<Data> {
    const key = this.getKey(fileobj);
    checkEvents(events);
    const changed = { fileobj: key.fileobj, fd: key.fd, events, data };
    this.#keys.set(key.fd, changed);
    if (events === key.events) return changed;
    try {
      this.retrack(changed);
    } catch (error) {
      this.#keys.delete(key.fd);
      throw error;
    }
    return changed;
  }

  /**
   * Waits until a registered file is ready. The thread stands still meanwhile.
   * @param timeoutSeconds Seconds; 0 or negative does not wait, `null` or nothing waits for ever.
   * @returns Each ready key with the events that it is ready for; empty when the time is up.
   */
  select(timeoutSeconds?: Timeout): ReadyKey<Data>[] {
    return this.wait(notNegative(timeoutSeconds));
  }

  /**
   * `select` that leaves Node alive: timers, promises, signals and Node's own I/O go on while it waits.
   * @param timeoutSeconds As for `select`.
   * @param options A signal that ends the wait.
   * @returns What `select` returns, in a later turn of Node's loop.
   * @throws What `select` throws, and the signal's reason; all as the promise's rejection.
   */
  async selectAsync(timeoutSeconds?: Timeout, options?: AsyncOptions): Promise<ReadyKey<Data>[]> {
    return this.waitAsync(notNegative(timeoutSeconds), options);
  }

  /**
   * The key of a file.
   * @param fileobj What was registered, or its fd.
   * @returns Its key.
   * @throws {KeyError} Where it is not registered.
   */
  getKey(fileobj: FileObject): SelectorKey<Data> {
    const key = this.#keys.get(this.#lookUp(fileobj));
    if (key === undefined) throw new KeyError(`${inspect(fileobj)} is not registered`);
    return key;
  }

  /** How many files are registered. */
  get size(): number {
    return this.#keys.size;
  }

  /** Forgets all files, and frees what the back-end owns. A second time does nothing. */
  close(): void {
    this.#keys.clear();
    this.release();
  }

  /** `using` closes the selector at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  protected keyOf(fd: number): SelectorKey<Data> | undefined {
    return this.#keys.get(fd);
  }

  protected abstract track(key: SelectorKey<Data>): void;
  protected abstract retrack(key: SelectorKey<Data>): void;
  protected abstract untrack(key: SelectorKey<Data>): void;
  protected abstract wait(timeoutSeconds: number | null): ReadyKey<Data>[];
  protected abstract waitAsync(timeoutSeconds: number | null, options?: AsyncOptions): Promise<ReadyKey<Data>[]>;
  protected abstract release(): void;

  // A closed object has no fd any more: then it is looked for among the registered, by identity.
  #lookUp(fileobj: FileObject): number {
    const fd = typeof fileobj === 'number' ? fileobj : fileobj.fileno();
    if (Number.isInteger(fd) && fd >= 0) return fd;
    for (const key of this.#keys.values()) if (key.fileobj === fileobj) return key.fd;
    throw new RangeError(`Invalid file descriptor: ${String(fd)}`);
  }
}

function notNegative(timeoutSeconds: Timeout): number | null {
  return timeoutSeconds === undefined || timeoutSeconds === null ? null : Math.max(timeoutSeconds, 0);
}

function checkEvents(events: number): void {
  if (!Number.isInteger(events) || events === 0 || (events & ~ALL_EVENTS) !== 0) {
    throw new RangeError(`Invalid events: ${String(events)}`);
  }
}
