import { checkPositionalCount } from '../system/arity.ts';
import { FD_SETSIZE } from '../system/constants/fd.ts';
import type { FileObject } from '../system/fileobj.ts';
import { type AsyncOptions, awaitOnNodeLoop } from './node-loop.ts';
import type { WaitOptions } from './poll.ts';
import { type Ready, SelectLists } from './fd-lists.ts';
import { selectTimeoutUs, type Timeout } from '../system/timeout.ts';

/** Options of `select` that Python does not have. */
export interface SelectOptions extends WaitOptions {
  /** Python's limit for fds and for objects in a list, 1024; or 'unlimited', as the system call has no such limit. */
  fdSetSize?: 1024 | 'unlimited';
}

/** Options of `selectAsync` that Python does not have. */
export interface SelectAsyncOptions extends AsyncOptions {
  /** As for `select`. */
  fdSetSize?: 1024 | 'unlimited';
}

// The limit of objects in a list with 'unlimited'. It stops an array that grows each time one of its items is asked for
// its fd.
const MAX_OBJECTS = 2 ** 24;
const US_PER_MS = 1e3;

/**
 * Waits until one of the objects is ready, as Python's `select.select` does. It blocks the thread.
 * @param rlist Objects to wait for until they are readable: any iterable of fds and objects with a `fileno()` method.
 * @param wlist Objects to wait for until they are writable.
 * @param xlist Objects to wait for until they have an exceptional condition: on Linux an urgent byte (POLLPRI), never
 *   an error.
 * @param timeoutSeconds Seconds, 0 or more, rounded up to whole microseconds; `null` or no value waits for ever.
 * @param options Options that Python does not have.
 * @returns Three new arrays with the ready objects of each list, in the order of the list and with its duplicates; all
 *   empty when the time is up.
 * @throws {TypeError} When a list is not iterable, an element is no file object, or the timeout is no number.
 * @throws {RangeError} When the timeout is negative or NaN; when an fd is negative or, by default, 1024 or above; when
 *   a list has more than 1024 objects.
 * @throws {OSError} EBADF when an fd is closed. After a signal the wait continues with the remaining time; with
 *   `interruptible` it throws EINTR.
 * @see select(2); CPython, Modules/selectmodule.c, `select_select_impl`
 */
export function select<R extends FileObject = never, W extends FileObject = never, X extends FileObject = never>(
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeoutSeconds?: Timeout,
  options?: SelectOptions,
): Ready<R, W, X> {
  checkPositionalCount('select', arguments.length, 3, 5);
  const timeoutUs = selectTimeoutUs(timeoutSeconds);
  const lists = SelectLists.collect([rlist, wlist, xlist], fdLimit(options));
  try {
    return lists.wait(timeoutUs, options?.interruptible ?? false) as Ready<R, W, X>;
  } finally {
    lists.release();
  }
}

/**
 * Waits as `select` does, while Node goes on running: timers, promises, signals and Node's own I/O.
 * @param rlist As for `select`; the lists are read before the wait.
 * @param wlist As for `select`.
 * @param xlist As for `select`.
 * @param timeoutSeconds As for `select`.
 * @param options A signal that ends the wait, and `fdSetSize` as for `select`.
 * @returns The result of `select`, in a later turn of Node's loop.
 * @throws As `select`, and the signal's reason; always as a rejection of the promise.
 * @see select(2); CPython, Modules/selectmodule.c, `select_select_impl`
 */
export async function selectAsync<
  R extends FileObject = never,
  W extends FileObject = never,
  X extends FileObject = never,
>(
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeoutSeconds?: Timeout,
  options?: SelectAsyncOptions,
): Promise<Ready<R, W, X>> {
  checkPositionalCount('select', arguments.length, 3, 5);
  const timeoutUs = selectTimeoutUs(timeoutSeconds);
  const lists = SelectLists.collect([rlist, wlist, xlist], fdLimit(options));
  return (await awaitOnNodeLoop(lists, timeoutUs / US_PER_MS, options)) as Ready<R, W, X>;
}

function fdLimit(options: Pick<SelectOptions, 'fdSetSize'> | undefined): number {
  const fdSetSize: unknown = options?.fdSetSize ?? FD_SETSIZE;
  if (fdSetSize === 'unlimited') return MAX_OBJECTS;
  if (fdSetSize !== FD_SETSIZE) throw new RangeError(`fdSetSize must be ${FD_SETSIZE} or 'unlimited'`);
  return FD_SETSIZE;
}
