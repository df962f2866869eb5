import { constants, fstat, fstatSync, open, openSync, stat, type Stats } from 'node:fs';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';

import * as sys from '../../../system/calls.ts';
import { POLLOUT } from '../../../system/constants/select.ts';
import { EAGAIN } from '../../../system/errno.ts';
import { PollTable } from '../../../system/poll-table.ts';
import { FileSink } from './file-sink.ts';
import { type NonblockingWrite, NonblockingSink, sendNonblocking, writeNonblocking } from './nonblocking-sink.ts';
import type { Sink } from './sink.ts';
import { lockOf, type WriteLock } from './write-lock.ts';

// O_NONBLOCK changes nothing for a regular file. Without O_NOCTTY a terminal could become the controlling terminal.
const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY } = constants;
const FLAGS = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY;
const MODE = 0o666;
// PIPE_BUF of pipe(7): a pipe that poll(2) reports as writable has room for as many bytes.
const MAX_POLLED_BYTES = 4096;

/**
 * Opens a path to append to it, in the thread pool because a dead disk would block. With O_NONBLOCK, a FIFO that nobody reads
 * refuses at once (ENXIO) instead of waiting for a reader. O_RDWR would also open it, but the end of the reader would then
 * never be seen, because this process could read itself.
 */
export async function openPath(path: string): Promise<Sink> {
  try {
    const fd = await promisify(open)(path, FLAGS, MODE);
    const stats = await promisify(fstat)(fd);
    const lock = lockOf(stats);
    if (isInThreadPool(stats)) return new FileSink(fd, true, lock);
    return new NonblockingSink(fd, true, writeNonblocking, lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO' && (await promisify(stat)(path)).isFIFO()) {
      throw new Error(`nobody reads the FIFO '${path}'`, { cause: error });
    }
    throw error;
  }
}

/**
 * The sink for standard output (1) or standard error (2). The inherited open file stays as it is, because other processes may
 * share it: with O_NONBLOCK in it, their writes would fail. `reopen` opens a path as `openSync` does; a test passes its own.
 */
export function openStandard(fd: number, reopen: (path: string, flags: number) => number = openSync): Sink {
  const stats = fstatSync(fd);
  const lock = lockOf(stats);
  if (isInThreadPool(stats)) return new FileSink(fd, false, lock);
  if (stats.isSocket()) return new NonblockingSink(fd, false, sendNonblocking, lock);
  try {
    // This path leads to the pipe or terminal itself, and opening it makes an open file of our own: proc_pid_fd(5).
    const ownFd = reopen(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    return new NonblockingSink(ownFd, true, writeNonblocking, lock);
  } catch {
    // ENXIO: a pipe whose reader has gone. EACCES: another user has opened it, as under su. Or there is no /proc.
    return shared(fd, stats, lock);
  }
}

function isInThreadPool(stats: Stats): boolean {
  return !(stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice());
}

// A terminal tells nobody how much room it has, so O_NONBLOCK is needed; Node restores the flags of the standard fds when it
// ends. A pipe can be asked before each write.
function shared(fd: number, stats: Stats, lock: WriteLock): Sink {
  if (stats.isFIFO()) return new NonblockingSink(fd, false, writePolled, lock);
  if (isatty(fd)) sys.fcntl(fd, sys.F_SETFL, sys.fcntl(fd, sys.F_GETFL, 0) | O_NONBLOCK);
  return new NonblockingSink(fd, false, writeNonblocking, lock);
}

const table = new PollTable();

const writePolled: NonblockingWrite = (fd, bytes, offset, length) => {
  table.clear();
  table.add(fd, POLLOUT);
  if (table.poll(0) === 0) return EAGAIN;
  return sys.write(fd, bytes, offset, Math.min(length, MAX_POLLED_BYTES));
};
