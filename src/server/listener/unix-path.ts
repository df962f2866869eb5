import { closeSync, constants, lstatSync, openSync, rmSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';

import { AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK } from '../../system/constants/socket.ts';
import { EADDRINUSE, EAGAIN, ECONNREFUSED } from '../../system/errno.ts';
import { errorCode, OSError, osError } from '../../system/errors.ts';
import { Socket } from '../../socket/socket.ts';
import * as sys from '../../system/calls.ts';

/** The path of a bound Unix socket. */
export interface BoundPath {
  /** Removes the path if it still leads to the socket. Call it before the socket is closed. */
  remove(): void;
}

const MAX_LOCK_MS = 1000;
const LOCK_INTERVAL_MS = 5;

/**
 * Binds a Unix socket to a path. bind(2) refuses a path that exists, and the path of a killed server remains, so a path that
 * no socket is bound to is replaced. Of two servers that start at once one wins, and the other gets EADDRINUSE: they replace
 * the path one after the other, under a lock of its folder.
 *
 * The lock is an flock(2) on the folder itself: it needs no file that could remain, and it ends with its process. Binding
 * aside and renaming would need no lock, but rename(2) also replaces the path of a server that is running. Other programs do
 * not know the lock; they are only safe from a replacement as long as a socket of theirs is bound.
 * @throws {OSError} EADDRINUSE when another socket has the path, the path is no socket, or the folder cannot be locked; EACCES,
 *   ENOENT and others of bind(2).
 */
export function bindPath(socket: Socket, path: string): BoundPath {
  // The working folder may be another one when the path is removed.
  const absolute = isAbsolute(path) ? path : `${process.cwd()}/${path}`;
  try {
    socket.bind(path);
  } catch (error) {
    const isTaken = error instanceof OSError && error.errno === EADDRINUSE;
    if (!isTaken || isAbstract(path) || !isLeftOver(path)) throw error;
    withFolderLocked(path, () => {
      // Another server may have replaced the path before it released the lock.
      if (!isLeftOver(path)) throw error;
      removeLeftOver(path);
      socket.bind(path);
    });
  }
  return boundPath(path, absolute);
}

function boundPath(path: string, absolute: string): BoundPath {
  const bound = isAbstract(path) ? undefined : fileAt(absolute);
  return {
    remove() {
      if (bound === undefined) return;
      // While the socket is open, no other file gets its inode. Once the socket is closed, another server may replace the path.
      const present = fileAt(absolute);
      if (present?.ino !== bound.ino || present.dev !== bound.dev) return;
      try {
        rmSync(absolute, { force: true });
      } catch {
        // Best effort: the process may have lost the permission. The next server replaces the path.
      }
    },
  };
}

// '' makes the kernel choose an abstract name.
function isAbstract(path: string): boolean {
  return path === '' || path.startsWith('\0');
}

function fileAt(path: string) {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/**
 * Whether no socket is bound to the path, which may also be gone. connect(2) of a datagram socket finds each bound socket: it
 * succeeds, or fails with EPROTOTYPE for a stream socket, also for one that does not listen yet. Only without a bound socket
 * it fails with ECONNREFUSED.
 */
function isLeftOver(path: string): boolean {
  const file = fileAt(path);
  if (file === undefined) return true;
  if (!file.isSocket()) return false;
  using probe = new Socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
  return probe.connectEx(path) === -ECONNREFUSED;
}

function removeLeftOver(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw osError((error as NodeJS.ErrnoException).errno ?? EADDRINUSE, 'unlink', path);
  }
}

function withFolderLocked(path: string, action: () => void): void {
  const folder = dirname(path);
  const fd = openFolder(path, folder);
  try {
    lock(fd, path, folder);
    action();
  } finally {
    // Closing the only fd of the folder ends the lock.
    closeSync(fd);
  }
}

function openFolder(path: string, folder: string): number {
  try {
    return openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw notLocked(path, folder, (error as NodeJS.ErrnoException).code);
  }
}

// Another server holds the lock only for the few system calls of a replacement.
function lock(fd: number, path: string, folder: string): void {
  for (let waitedMs = 0; ; waitedMs += LOCK_INTERVAL_MS) {
    const result = sys.flock(fd, sys.LOCK_EX);
    if (result === 0) return;
    if (result !== EAGAIN || waitedMs >= MAX_LOCK_MS) throw notLocked(path, folder, errorCode(result));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_INTERVAL_MS);
  }
}

function notLocked(path: string, folder: string, code = 'unknown error'): OSError {
  const message =
    `EADDRINUSE: ${path} remains from a server that has ended, but its folder ${folder} cannot be locked (${code}) ` +
    'to replace it; remove the path';
  return new OSError(message, { errno: EADDRINUSE, syscall: 'flock' });
}
