import type { FileObject } from '../system/fileobj.ts';
import type { SelectorKey } from './selector-key.ts';

/**
 * The files of a selector, read-only: looked up by file object or fd, iterated by fd.
 * @see CPython, Lib/selectors.py, `_SelectorMapping`
 */
export class SelectorMap<Data = unknown> implements ReadonlyMap<FileObject, SelectorKey<Data>> {
  readonly #keys: ReadonlyMap<number, SelectorKey<Data>>;
  readonly #lookUp: (fileobj: FileObject) => number;

  /**
   * @param keys The selector's keys by fd.
   * @param lookUp Gives the fd of a file object.
   */
  constructor(keys: ReadonlyMap<number, SelectorKey<Data>>, lookUp: (fileobj: FileObject) => number) {
    this.#keys = keys;
    this.#lookUp = lookUp;
  }

  /** How many files are registered. */
  get size(): number {
    return this.#keys.size;
  }

  /**
   * The key of a file; `getKey` of the selector throws where there is none.
   * @param fileobj What was registered, or its fd.
   * @returns Its key, or `undefined`.
   * @throws {RangeError} For no valid file object.
   */
  get(fileobj: FileObject): SelectorKey<Data> | undefined {
    return this.#keys.get(this.#lookUp(fileobj));
  }

  /**
   * Whether a file is registered.
   * @param fileobj What was registered, or its fd.
   * @returns Whether it is.
   * @throws {RangeError} For no valid file object.
   */
  has(fileobj: FileObject): boolean {
    return this.#keys.has(this.#lookUp(fileobj));
  }

  /**
   * The registered fds.
   * @returns They, in the order of registration.
   */
  keys(): MapIterator<number> {
    return this.#keys.keys();
  }

  /**
   * The keys of the registered files.
   * @returns They, in the order of registration.
   */
  values(): MapIterator<SelectorKey<Data>> {
    return this.#keys.values();
  }

  /**
   * Both.
   * @returns [fd, key] of each file, in the order of registration.
   */
  entries(): MapIterator<[number, SelectorKey<Data>]> {
    return this.#keys.entries();
  }

  /** @returns What `entries` does. */
  [Symbol.iterator](): MapIterator<[number, SelectorKey<Data>]> {
    return this.entries();
  }

  /**
   * Calls a function with each file.
   * @param visit It is given the key, the fd and this map.
   */
  forEach(visit: (key: SelectorKey<Data>, fd: number, map: this) => void): void {
    for (const [fd, key] of this.#keys) visit(key, fd, this);
  }
}
