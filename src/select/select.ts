import { FD_SETSIZE } from '../system/constants/fd.ts';
import type { FileObject } from '../system/fileobj.ts';
import { type AsyncOptions, awaitOnNodeLoop } from './node-loop.ts';
import type { WaitOptions } from './poll.ts';
import { type Ready, SelectTables } from './fd-lists.ts';
import { selectTimeoutUs, type Timeout } from '../system/timeout.ts';

/** What `select` takes beyond Python's arguments. */
export interface SelectOptions extends WaitOptions {
  /** 1024, Python's limit of fds and of objects a list; or 'unlimited': the system call has none. */
  fdSetSize?: 1024 | 'unlimited';
}

/** What `selectAsync` takes beyond Python's arguments. */
export interface SelectAsyncOptions extends AsyncOptions {
  /** As for `select`. */
  fdSetSize?: 1024 | 'unlimited';
}

// Python knows no such bound; ours keeps an array that grows under its items' fileno() from filling the memory.
const UNLIMITED = 2 ** 24;
const US_PER_MS = 1e3;

/**
 * Waits until one of the objects is ready, as Python's `select.select` does: the thread stands still meanwhile.
 * @param rlist Objects to be readable: any iterable of fds and objects with a `fileno()` method.
 * @param wlist Objects to be writable.
 * @param xlist Objects to have an exceptional condition: on Linux an urgent byte (POLLPRI), never an error.
 * @param timeoutSeconds Seconds, 0 or more, fractions rounded up to the microsecond; `null` or nothing waits for ever.
 * @param options What Python has not.
 * @returns Three new arrays: of each list the very objects that are ready, in its order, duplicates kept; all empty
 *   when the time is up.
 * @throws {TypeError} For a list that is no iterable, an element that is no file object, a timeout that is no number.
 * @throws {RangeError} For a negative or NaN timeout; an fd that is negative or, by default, 1024 and above; more than
 *   1024 objects in one list.
 * @throws {OSError} EBADF where an fd is closed. EINTR is retried with the time left, or thrown if `interruptible`.
 * @see select(2); CPython, Modules/selectmodule.c, `select_select_impl`
 */
export function select<R extends FileObject = never, W extends FileObject = never, X extends FileObject = never>(
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeoutSeconds?: Timeout,
  options?: SelectOptions,
): Ready<R, W, X> {
  checkArity(arguments.length);
  const timeoutUs = selectTimeoutUs(timeoutSeconds);
  const tables = SelectTables.collect([rlist, wlist, xlist], fdLimit(options));
  try {
    return tables.wait(timeoutUs, options?.interruptible ?? false) as Ready<R, W, X>;
  } finally {
    tables.release();
  }
}

/**
 * `select` that leaves Node alive: timers, promises, signals and Node's own I/O go on while it waits.
 * @param rlist As for `select`; the lists are read before the wait.
 * @param wlist As for `select`.
 * @param xlist As for `select`.
 * @param timeoutSeconds As for `select`.
 * @param options A signal that ends the wait, and `fdSetSize` as for `select`.
 * @returns What `select` returns, in a later turn of Node's loop.
 * @throws What `select` throws, and the signal's reason; all as the promise's rejection.
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
  checkArity(arguments.length);
  const timeoutUs = selectTimeoutUs(timeoutSeconds);
  const tables = SelectTables.collect([rlist, wlist, xlist], fdLimit(options));
  return (await awaitOnNodeLoop(tables, timeoutUs / US_PER_MS, options)) as Ready<R, W, X>;
}

function checkArity(count: number): void {
  if (count < 3) throw new TypeError(`select expected at least 3 arguments, got ${count}`);
  if (count > 5) throw new TypeError(`select expected at most 5 arguments, got ${count}`);
}

function fdLimit(options: Pick<SelectOptions, 'fdSetSize'> | undefined): number {
  const fdSetSize: unknown = options?.fdSetSize ?? FD_SETSIZE;
  if (fdSetSize === 'unlimited') return UNLIMITED;
  if (fdSetSize !== FD_SETSIZE) throw new RangeError(`fdSetSize must be ${FD_SETSIZE} or 'unlimited'`);
  return FD_SETSIZE;
}
