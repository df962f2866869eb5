import type { FileObject } from '../system/fileobj.ts';

/**
 * A registered file, with its events and data. A key never changes; `modify` makes a new one.
 * @see CPython, Lib/selectors.py, `SelectorKey`
 */
export class SelectorKey<Data = unknown> {
  /** The registered object. */
  readonly fileobj: FileObject;
  /** The fd that the object had when it was registered. */
  readonly fd: number;
  /** The EVENT_* bits to wait for. */
  readonly events: number;
  /** The caller's own data. */
  readonly data: Data;

  /**
   * @param fileobj The registered object.
   * @param fd The fd of the object.
   * @param events EVENT_* bits.
   * @param data Any value.
   */
  constructor(fileobj: FileObject, fd: number, events: number, data: Data) {
    this.fileobj = fileobj;
    this.fd = fd;
    this.events = events;
    this.data = data;
    Object.freeze(this);
  }
}
