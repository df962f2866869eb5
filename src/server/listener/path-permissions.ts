import { chmodSync, chownSync, closeSync, constants, fchmodSync, fstatSync, openSync } from 'node:fs';

import { OSError, osError } from '../../system/errors.ts';
import type { Socket } from '../../socket/socket.ts';
import type { PathPermissions } from './socket-options.ts';

// open(2): the fd stands for the path itself. The number is the same on x64 and arm64.
const O_PATH = 0o10000000;

/**
 * Makes bind(2) create the path without any permission: it takes the permissions of the socket, less the umask. The umask itself is
 * left alone, because it belongs to all threads of the process.
 */
export function bindWithoutPermissions(socket: Socket): void {
  fchmodSync(socket.fileno(), 0);
}

/**
 * Gives a bound path its owner, and then its permissions. Nobody can connect before.
 * @throws {OSError} EPERM and others.
 */
export function givePermissions(path: string, { mode, owner: { uid = -1, gid = -1 } }: PathPermissions): void {
  // Somebody who may write to the folder could put a link in the place of the path. This fd leads to what was there once.
  const fd = calling('open', path, () => openSync(path, O_PATH | constants.O_NOFOLLOW));
  try {
    if (!fstatSync(fd).isSocket()) throw new OSError(`${path} is not the socket any more`, { syscall: 'open' });
    const opened = `/proc/self/fd/${fd}`;
    if (uid !== -1 || gid !== -1) {
      calling('chown', path, () => {
        chownSync(opened, uid, gid);
      });
    }
    calling('chmod', path, () => {
      chmodSync(opened, mode);
    });
  } finally {
    closeSync(fd);
  }
}

// The error names the path, which /proc/self/fd hides.
function calling<Result>(syscall: string, path: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    throw errno === undefined ? error : osError(errno, syscall, path);
  }
}
