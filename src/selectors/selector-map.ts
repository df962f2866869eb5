import type { FileObject } from '../system/fileobj.ts';
import type { SelectorKey } from './selector-key.ts';

/**
 * A read-only view of the files of a selector: looked up by file object or fd, iterated by fd. A look-up
 * of any other value throws a RangeError.
 * @see CPython, Lib/selectors.py, `_SelectorMapping`
 */
export class SelectorMap<Data = unknown> implements ReadonlyMap<FileObject, SelectorKey<Data>> {
  readonly #keys: ReadonlyMap<number, SelectorKey<Data>>;
  readonly #lookUp: (fileobj: FileObject) => number;

  /**
   * @param keys The selector's keys by fd.
   * @param lookUp Returns the fd of a file object.
   */
  constructor(keys: ReadonlyMap<number, SelectorKey<Data>>, lookUp: (fileobj: FileObject) => number) {
    this.#keys = keys;
    this.#lookUp = lookUp;
  }

  /** The number of registered files. */
  get size(): number {
    return this.#keys.size;
  }

  /**
   * Returns the key of a file. Unlike the selector's `getKey`, it does not throw for a file that is not registered.
   * @param fileobj The registered object, or its fd.
   * @returns The key, or `undefined`.
   */
  get(fileobj: FileObject): SelectorKey<Data> | undefined {
    return this.#keys.get(this.#lookUp(fileobj));
  }

  /**
   * Returns whether a file is registered.
   * @param fileobj The registered object, or its fd.
   */
  has(fileobj: FileObject): boolean {
    return this.#keys.has(this.#lookUp(fileobj));
  }

  /** Returns the registered fds, in the order of registration. */
  keys(): MapIterator<number> {
    return this.#keys.keys();
  }

  /** Returns the keys of the registered files, in the order of registration. */
  values(): MapIterator<SelectorKey<Data>> {
    return this.#keys.values();
  }

  /** Returns [fd, key] of each file, in the order of registration. */
  entries(): MapIterator<[number, SelectorKey<Data>]> {
    return this.#keys.entries();
  }

  /** Returns the same as `entries`. */
  [Symbol.iterator](): MapIterator<[number, SelectorKey<Data>]> {
    return this.entries();
  }

  /**
   * Calls a function for each file, in the order of registration.
   * @param visit The function; its arguments are the key, the fd and this map.
   */
  forEach(visit: (key: SelectorKey<Data>, fd: number, map: this) => void): void {
    for (const [fd, key] of this.#keys) visit(key, fd, this);
  }
}
