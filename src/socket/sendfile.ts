import { fstatSync } from 'node:fs';
import { inspect } from 'node:util';

import * as sys from '../system/calls.ts';
import { POLLOUT } from '../system/constants/select.ts';
import { SOCK_STREAM } from '../system/constants/socket.ts';
import { EAGAIN, EINTR } from '../system/errno.ts';
import { osError } from '../system/errors.ts';
import { type FileObject, toFd } from '../system/fileobj.ts';
import { toSize, toTimeoutNs } from './arguments.ts';
import { deadlineOf, timedOut, waitReady } from './wait.ts';

// 1 GiB, as in CPython: bpo-38319.
const MAX_BYTES_PER_CALL = 2 ** 30;

/** The part of a socket that `sendFile` uses. */
export interface SendTarget {
  fileno(): number;
  gettimeout(): number | null;
  readonly type: number;
}

/**
 * Sends a regular file over a stream socket that blocks or has a timeout, and returns the number of bytes sent. The
 * bytes do not pass through JavaScript. As in Python, the timeout starts again after each part that the socket accepts.
 * @see sendfile(2); CPython, Lib/socket.py, `_sendfile_use_sendfile`
 */
export function sendFile(sock: SendTarget, file: FileObject, offset: number, count?: number | null): number {
  const maxBytes = toCount(count);
  const start = toSize(offset);
  if (start < 0) throw new RangeError('offset must be non-negative');
  if ((sock.type & SOCK_STREAM) === 0) throw new RangeError('only SOCK_STREAM type sockets are supported');
  const source = toFd(file);
  const size = sizeOf(source);
  if (size === 0) return 0;
  const timeout = sock.gettimeout();
  if (timeout === 0) throw new RangeError('non-blocking sockets are not supported');
  const timeoutNs = toTimeoutNs(timeout);

  let total = 0;
  while (total < maxBytes) {
    if (timeoutNs > 0) waitWritable(sock, timeoutNs);
    const result = sys.sendfile(sock.fileno(), source, start + total, Math.min(maxBytes - total, MAX_BYTES_PER_CALL));
    if (result === 0) break;
    if (result > 0) total += result;
    else if (result === EAGAIN) waitWritable(sock, timeoutNs);
    else if (result !== EINTR) throw osError(result, 'sendfile', `fd ${source}`);
  }
  return total;
}

function waitWritable(sock: SendTarget, timeoutNs: number): void {
  if (!waitReady(sock.fileno(), POLLOUT, deadlineOf(timeoutNs))) throw timedOut();
}

function toCount(count: unknown): number {
  if (count === undefined || count === null) return Infinity;
  const text = `count must be a positive integer (got ${inspect(count)})`;
  if (!Number.isInteger(count)) throw new TypeError(text);
  if ((count as number) <= 0) throw new RangeError(text);
  return count as number;
}

function sizeOf(fd: number): number {
  try {
    return fstatSync(fd).size;
  } catch (error) {
    throw osError((error as NodeJS.ErrnoException).errno ?? 0, 'fstat', `fd ${fd}`);
  }
}
