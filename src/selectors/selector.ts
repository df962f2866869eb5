/**
 * Python's `selectors`: one interface over select, poll and epoll.
 *
 * What a back-end implements, beside the key map that all share:
 *   track(key)       the kernel's side of register; throws what the kernel refuses
 *   untrack(key)     the kernel's side of unregister; a closed fd is no error
 *   wait(timeout)    one system call; gives each ready key with its events
 *   waitAsync(…)     the same without stopping Node
 * and, where it has more to do than that:
 *   change(key, …)   modify with new events; without it, unregister and register
 *   release()        frees what the back-end owns
 */
import { inspect } from 'node:util';

import { KeyError, typeName } from '../system/errors.ts';
import type { FileObject } from '../system/fileobj.ts';
import type { AsyncOptions } from '../select/node-loop.ts';
import type { Timeout } from '../system/timeout.ts';
import { EVENT_EXCEPTIONAL, EVENT_READ, EVENT_WRITE } from './event-mask.ts';
import { SelectorKey } from './selector-key.ts';
import { SelectorMap } from './selector-map.ts';

export { EVENT_EXCEPTIONAL, EVENT_READ, EVENT_WRITE };

const ALL_EVENTS = EVENT_READ | EVENT_WRITE | EVENT_EXCEPTIONAL;

/** A key that is ready, and the EVENT_* bits of its interest that it is ready for. */
export type ReadyKey<Data = unknown> = [key: SelectorKey<Data>, events: number];

/** The last argument of `register` and `modify`: needed only where the selector's type of data does not allow `undefined`. */
export type DataArgument<Data> = undefined extends Data ? [data?: Data] : [data: Data];

/**
 * What the selectors have in common: the key map, and the order of checks.
 * @see CPython, Lib/selectors.py, `_BaseSelectorImpl`
 */
export abstract class BaseSelector<Data = unknown> {
  readonly #keys = new Map<number, SelectorKey<Data>>();
  #map: SelectorMap<Data> | null = new SelectorMap(this.#keys, (fileobj) => this.#lookUp(fileobj));

  /**
   * Adds a file.
   * @param fileobj A file descriptor or an object with `fileno()`.
   * @param events EVENT_* bits, at least one.
   * @param data Anything; it comes back in the key.
   * @returns The key.
   * @throws {RangeError} For events that are none or unknown, and for no valid file object.
   * @throws {TypeError} For events that are no integer.
   * @throws {KeyError} Where the fd is registered.
   * @throws {OSError} EPERM, EBADF and kin, what epoll refuses; the file is then not registered.
   */
  register(fileobj: FileObject, events: number, ...data: DataArgument<Data>): SelectorKey<Data> {
    checkEvents(events);
    const fd = this.#lookUp(fileobj);
    if (this.#keys.has(fd)) throw new KeyError(`${inspect(fileobj)} (FD ${fd}) is already registered`);
    const key = this.keep(new SelectorKey(fileobj, fd, events, data[0] as Data));
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
    const key = this.#registered(fileobj);
    this.#keys.delete(key.fd);
    this.untrack(key);
    return key;
  }

  /**
   * Changes what a file is waited for, and its data: data that is left out becomes `undefined`.
   * @param fileobj What was registered, or its fd.
   * @param events EVENT_* bits. `PollSelector` and `EpollSelector` take 0 too, as CPython's do: the file then reports
   *   hang-ups and errors only.
   * @param data Anything; it comes back in the key. A change of the data alone makes no system call.
   * @returns The key, a new one where anything has changed.
   * @throws {KeyError} Where it is not registered.
   * @throws {RangeError} For events that `SelectSelector` does not take; the file is then not registered any more. Also
   *   for no valid file object.
   * @throws {OSError} EBADF and kin, what epoll refuses; the file is then not registered any more.
   */
  modify(fileobj: FileObject, events: number, ...data: DataArgument<Data>): SelectorKey<Data> {
    const key = this.#registered(fileobj);
    if (events !== key.events) return this.change(key, fileobj, events, ...data);
    if (data[0] === key.data) return key;
    return this.keep(new SelectorKey(key.fileobj, key.fd, events, data[0] as Data));
  }

  /**
   * Waits until a registered file is ready. The thread stands still meanwhile.
   * @param timeoutSeconds Seconds; 0 or negative does not wait, `null` or nothing waits for ever.
   * @returns Each ready key with the events that it is ready for, in no order that is promised; empty when the time is
   *   up.
   * @throws {RangeError} For NaN and for a timeout that is too large.
   * @throws {TypeError} For a timeout that is no number.
   * @throws {OSError} EBADF, where `SelectSelector` has a closed fd. `PollSelector` reports such an fd as ready;
   *   `EpollSelector` has forgotten it.
   */
  select(timeoutSeconds?: Timeout): ReadyKey<Data>[] {
    return this.wait(timeoutSeconds);
  }

  /**
   * `select` that leaves Node alive: timers, promises, signals and Node's own I/O go on while it waits.
   * @param timeoutSeconds As for `select`.
   * @param options A signal that ends the wait.
   * @returns What `select` returns, in a later turn of Node's loop.
   * @throws What `select` throws, and the signal's reason; all as the promise's rejection.
   */
  async selectAsync(timeoutSeconds?: Timeout, options?: AsyncOptions): Promise<ReadyKey<Data>[]> {
    return this.waitAsync(timeoutSeconds, options);
  }

  /**
   * The key of a file.
   * @param fileobj What was registered, or its fd.
   * @returns Its key.
   * @throws {KeyError} Where it is not registered.
   * @throws {RangeError} For no valid file object.
   * @throws {Error} 'Selector is closed'.
   */
  getKey(fileobj: FileObject): SelectorKey<Data> {
    if (this.#map === null) throw new Error('Selector is closed');
    return this.#registered(fileobj);
  }

  /**
   * The registered files, as a view that follows every change.
   * @returns A read-only map by file object or fd, whose keys are the fds; `null` once the selector is closed.
   */
  getMap(): SelectorMap<Data> | null {
    return this.#map;
  }

  /** Forgets all files, and frees what the back-end owns. A second time does nothing. */
  close(): void {
    this.#keys.clear();
    this.#map = null;
    this.release();
  }

  /** `using` closes the selector at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  protected abstract track(key: SelectorKey<Data>): void;
  protected abstract untrack(key: SelectorKey<Data>): void;
  protected abstract wait(timeoutSeconds: Timeout): ReadyKey<Data>[];
  protected abstract waitAsync(timeoutSeconds: Timeout, options?: AsyncOptions): Promise<ReadyKey<Data>[]>;

  protected change(
    _key: SelectorKey<Data>,
    fileobj: FileObject,
    events: number,
    ...data: DataArgument<Data>
  ): SelectorKey<Data> {
    this.unregister(fileobj);
    return this.register(fileobj, events, ...data);
  }

  protected release(): void {
    // select and poll own nothing; CPython's closed ones can be used again, too.
  }

  protected keep(key: SelectorKey<Data>): SelectorKey<Data> {
    this.#keys.set(key.fd, key);
    return key;
  }

  protected keyOf(fd: number): SelectorKey<Data> | undefined {
    return this.#keys.get(fd);
  }

  protected get count(): number {
    return this.#keys.size;
  }

  #registered(fileobj: FileObject): SelectorKey<Data> {
    const key = this.#keys.get(this.#lookUp(fileobj));
    if (key === undefined) throw new KeyError(`${inspect(fileobj)} is not registered`);
    return key;
  }

  // A closed object has no fd any more: then it is looked for among the registered, by identity.
  #lookUp(fileobj: FileObject): number {
    try {
      return toFd(fileobj);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      for (const key of this.#keys.values()) if (key.fileobj === fileobj) return key.fd;
      throw error;
    }
  }
}

// By the rules of `selectors`, which differ from those of `select`: CPython, Lib/selectors.py, `_fileobj_to_fd`.
function toFd(fileobj: FileObject): number {
  const fd = typeof fileobj === 'number' ? fileobj : fileno(fileobj);
  if (!Number.isInteger(fd)) throw new RangeError(`Invalid file object: ${inspect(fileobj)}`);
  if (fd < 0) throw new RangeError(`Invalid file descriptor: ${fd}`);
  return fd;
}

function fileno(fileobj: Exclude<FileObject, number>): number {
  try {
    return fileobj.fileno();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new RangeError(`Invalid file object: ${inspect(fileobj)}`, { cause: error });
  }
}

function checkEvents(events: unknown): asserts events is number {
  if (events && !Number.isInteger(events)) {
    throw new TypeError(`unsupported operand type(s) for &: '${typeName(events)}' and 'int'`);
  }
  if (!events || ((events as number) & ~ALL_EVENTS) !== 0) throw new RangeError(`Invalid events: ${inspect(events)}`);
}
