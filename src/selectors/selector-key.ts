import type { FileObject } from '../system/fileobj.ts';

/**
 * What a selector knows of a registered file; it never changes.
 * @see CPython, Lib/selectors.py, `SelectorKey`
 */
export class SelectorKey<Data = unknown> {
  /** The object that was registered. */
  readonly fileobj: FileObject;
  /** Its fd at that time. */
  readonly fd: number;
  /** The events of interest: EVENT_* bits. */
  readonly events: number;
  /** What was given along, for the caller's use. */
  readonly data: Data;

  /**
   * @param fileobj The object that was registered.
   * @param fd Its fd.
   * @param events EVENT_* bits.
   * @param data Anything.
   */
  constructor(fileobj: FileObject, fd: number, events: number, data: Data) {
    this.fileobj = fileobj;
    this.fd = fd;
    this.events = events;
    this.data = data;
    Object.freeze(this);
  }
}
