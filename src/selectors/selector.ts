/**
 * Python's `selectors`: one interface for select, poll and epoll. A back-end implements:
 *   track(key)       registers the key's fd with the kernel; throws when the kernel refuses
 *   untrack(key)     removes the key's fd from the kernel; does not throw for a closed fd
 *   wait(timeout)    makes one system call, and returns each ready key with its events
 *   waitAsync(…)     does the same while Node goes on running
 * and may override:
 *   change(key, …)   modifies the events of a key; by default the key is unregistered and registered again
 *   release()        frees what the back-end owns
 */
import { inspect } from 'node:util';

import { KeyError } from '../system/errors.ts';
import { isInteger } from '../system/integer.ts';
import { typeName } from '../system/type-name.ts';
import type { FileObject } from '../system/fileobj.ts';
import type { AsyncOptions } from '../select/node-loop.ts';
import type { Timeout } from '../system/timeout.ts';
import { EVENT_EXCEPTIONAL, EVENT_READ, EVENT_WRITE } from './event-mask.ts';
import { SelectorKey } from './selector-key.ts';
import { SelectorMap } from './selector-map.ts';

export { EVENT_EXCEPTIONAL, EVENT_READ, EVENT_WRITE };

const ALL_EVENTS = EVENT_READ | EVENT_WRITE | EVENT_EXCEPTIONAL;

/** A ready key, and those of its EVENT_* bits that it is ready for. */
export type ReadyKey<Data = unknown> = [key: SelectorKey<Data>, events: number];

/** The last argument of `register` and `modify`: required unless the selector's type of data allows `undefined`. */
export type DataArgument<Data> = undefined extends Data ? [data?: Data] : [data: Data];

/**
 * The common part of all selectors: the map of keys, and the checks of arguments in CPython's order. A `fileobj` that is
 * no file object throws a RangeError; events that are no integer and a timeout that is no number throw a TypeError.
 * @see CPython, Lib/selectors.py, `_BaseSelectorImpl`
 */
export abstract class BaseSelector<Data = unknown> {
  readonly #keys = new Map<number, SelectorKey<Data>>();
  #map: SelectorMap<Data> | null = new SelectorMap(this.#keys, (fileobj) => this.#lookUp(fileobj));

  /**
   * Adds a file.
   * @param fileobj A file descriptor or an object with `fileno()`.
   * @param events EVENT_* bits, at least one.
   * @param data Any value; it becomes the `data` of the key.
   * @throws {RangeError} When `events` is 0 or has unknown bits.
   * @throws {KeyError} When the fd is registered already.
   * @throws {OSError} EPERM, EBADF and other errors of epoll_ctl(2); the file is then not registered.
   */
  register(fileobj: FileObject, events: number, ...data: DataArgument<Data>): SelectorKey<Data> {
    const bits = checkedEvents(events);
    const fd = this.#lookUp(fileobj);
    if (this.#keys.has(fd)) throw new KeyError(`${inspect(fileobj)} (FD ${fd}) is already registered`);
    const key = this.keep(new SelectorKey(fileobj, fd, bits, data[0] as Data));
    try {
      this.track(key);
    } catch (error) {
      this.#keys.delete(fd);
      throw error;
    }
    return key;
  }

  /**
   * Removes a file. Its fd may be closed already.
   * @param fileobj The registered object, or its fd.
   * @throws {KeyError} When the file is not registered.
   */
  unregister(fileobj: FileObject): SelectorKey<Data> {
    const key = this.#registered(fileobj);
    this.#keys.delete(key.fd);
    this.untrack(key);
    return key;
  }

  /**
   * Changes the events and the data of a file. Without `data`, the data becomes `undefined`.
   * @param fileobj The registered object, or its fd.
   * @param events EVENT_* bits. `PollSelector` and `EpollSelector` also accept 0, as CPython's do: the file then
   *   reports only hang-ups and errors.
   * @param data Any value; it becomes the `data` of the key. A change of only the data makes no system call.
   * @returns The key; a new key when anything has changed.
   * @throws {KeyError} When the file is not registered.
   * @throws {RangeError} When `SelectSelector` does not accept the events; the file is then no longer registered.
   * @throws {OSError} EBADF and other errors of epoll_ctl(2); the file is then no longer registered.
   */
  modify(fileobj: FileObject, events: number, ...data: DataArgument<Data>): SelectorKey<Data> {
    const key = this.#registered(fileobj);
    const given: unknown = events;
    const bits = isInteger(given) ? Number(given) : events;
    if (bits !== key.events) return this.change(key, fileobj, bits, ...data);
    if (data[0] === key.data) return key;
    return this.keep(new SelectorKey(key.fileobj, key.fd, bits, data[0] as Data));
  }

  /**
   * Waits until a registered file is ready. It blocks the thread.
   * @param timeoutSeconds Seconds; 0 or negative does not wait, `null` or no value waits for ever.
   * @returns Each ready key with the events that it is ready for, in any order; empty when the time is up.
   * @throws {RangeError} When the timeout is NaN or too large.
   * @throws {OSError} EBADF when `SelectSelector` has a closed fd. `PollSelector` reports such an fd as ready;
   *   `EpollSelector` never reports it, because the kernel has removed it.
   */
  select(timeoutSeconds?: Timeout): ReadyKey<Data>[] {
    return this.wait(timeoutSeconds);
  }

  /**
   * Waits as `select` does, while Node goes on running: timers, promises, signals and Node's own I/O.
   * @param timeoutSeconds As for `select`.
   * @param options A signal that ends the wait.
   * @returns The result of `select`, in a later turn of Node's loop.
   * @throws As `select`, and the signal's reason; always as a rejection of the promise.
   */
  async selectAsync(timeoutSeconds?: Timeout, options?: AsyncOptions): Promise<ReadyKey<Data>[]> {
    return this.waitAsync(timeoutSeconds, options);
  }

  /**
   * Returns the key of a file.
   * @param fileobj The registered object, or its fd.
   * @returns The key that `register` or `modify` has returned for the file.
   * @throws {KeyError} When the file is not registered.
   * @throws {Error} 'Selector is closed'.
   */
  getKey(fileobj: FileObject): SelectorKey<Data> {
    if (this.#map === null) throw new Error('Selector is closed');
    return this.#registered(fileobj);
  }

  /**
   * Returns a view of the registered files, which follows every change.
   * @returns A read-only map by file object or fd, whose keys are the fds; `null` when the selector is closed.
   */
  getMap(): SelectorMap<Data> | null {
    return this.#map;
  }

  /** Removes all files, and closes the fd of an `EpollSelector`. A second call does nothing. */
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
    // select and poll own nothing. As in CPython, their selectors can be used again after `close`.
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

  // A closed object has no fd any more, so it is looked up by identity among the registered objects.
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

// The rules of Python's `selectors` differ from those of `select`: CPython, Lib/selectors.py, `_fileobj_to_fd`.
function toFd(fileobj: FileObject): number {
  const given: unknown = fileobj;
  const value: unknown =
    typeof given === 'number' || typeof given === 'bigint' ? given : fileno(fileobj as Exclude<FileObject, number>);
  const fd = typeof value === 'bigint' ? Number(value) : value;
  if (!isWhole(fd)) throw new RangeError(`Invalid file object: ${inspect(fileobj)}`);
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

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}

function checkedEvents(events: unknown): number {
  if (events && !isInteger(events)) {
    throw new TypeError(`unsupported operand type(s) for &: '${typeName(events)}' and 'int'`);
  }
  const bits = Number(events);
  // The operator & drops the bits above 2**32.
  if (!events || bits < 0 || bits > ALL_EVENTS) throw new RangeError(`Invalid events: ${inspect(events)}`);
  return bits;
}
