// What the user can do when a command cannot listen. The advice depends on the place: one errno means different mistakes for a
// port, a path and an inherited fd.
import { lstatSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { dirname } from 'node:path';

import { SIZEOF_SUN_PATH } from '../system/calls.ts';
import { Failure } from './failure.ts';
import { TOO_FEW_FDS, TOO_MANY_FILES } from './few-fds.ts';

/** Where a command wanted to listen. The options are the ones that chose the place. */
export type Place =
  | { readonly port: number; readonly portOption: string; readonly host: string; readonly hostOption: string }
  | { readonly path: string }
  | { readonly fd: number; readonly fdOption: string };

/** Makes the Failure of a server that has an option of its own for its port, or for its host and port. */
export function optionFailure(error: SystemCallError, option: string, host: string, port: number): Failure {
  const { message } = listenFailure(error, { host, port, portOption: 'port', hostOption: 'address' });
  return new Failure(`${option}: ${message}`, 1);
}

/** An error of a system call, of tripoll or of Node; `code` is absent for a name that cannot be looked up. */
export type SystemCallError = Error & { readonly code?: string | undefined; readonly syscall?: string | undefined };

const FIRST_FREE_PORT = 1024;

/** Makes the Failure of a command that cannot listen: the error, and what the user can do about it. */
export function listenFailure(error: SystemCallError, place: Place): Failure {
  const code = error.code ?? '';
  const advice = adviceForAnyPlace[code] ?? adviceFor(place, code, error);
  const start = 'path' in place ? `--unix ${place.path}: ` : 'fd' in place ? `${place.fdOption}: ` : '';
  return new Failure(`${start}${error.message}${advice === undefined ? '' : `: ${advice}`}`, 1);
}

const adviceForAnyPlace: Readonly<Record<string, string>> = {
  EMFILE: TOO_FEW_FDS,
  ENFILE: TOO_MANY_FILES,
};

function adviceFor(place: Place, code: string, error: SystemCallError): string | undefined {
  if ('path' in place) return adviceForPath(place.path, code, error);
  if ('fd' in place) return adviceForFd[code];
  const { port, portOption, host, hostOption } = place;
  switch (code) {
    case 'EADDRINUSE':
      return `another program listens there. Choose another ${portOption}.`;
    case 'EACCES':
      return port < FIRST_FREE_PORT ? `only root may use ports below 1024. Choose another ${portOption}.` : undefined;
    case 'EADDRNOTAVAIL':
      return `no network interface of this machine has the address. Choose another ${hostOption}, such as 0.0.0.0.`;
    case 'EAFNOSUPPORT':
      return `this machine has no IPv6. Choose an IPv4 address as ${hostOption}, such as 0.0.0.0.`;
    case 'EINVAL':
      return isIPv6(host) ? `a link-local address needs its interface: ${hostOption} ${host}%eth0.` : undefined;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case '':
      return `the name cannot be looked up. Choose another ${hostOption}.`;
    default:
      return undefined;
  }
}

const adviceForFd: Readonly<Record<string, string>> = {
  EBADF: 'the process has not inherited this fd. Start it with the open socket, as in `3<&7`, or as systemd does.',
  ENOTSOCK: 'the fd is open, but it is no socket.',
};

function adviceForPath(path: string, code: string, { syscall }: SystemCallError): string | undefined {
  const folder = dirname(path);
  const another = 'Choose another --unix';
  switch (code) {
    case 'EADDRINUSE':
      // The message of a failed lock says everything.
      if (syscall === 'flock') return undefined;
      return isSocket(path)
        ? `another program listens there. ${another}.`
        : `the path exists, and it is no socket. ${another}, or remove the path.`;
    case 'EACCES':
    case 'EPERM':
      if (syscall === 'chown') {
        return 'only root may give a path to another user, and other users only to a group of theirs. Choose another --unix-owner.';
      }
      if (syscall === 'unlink') return `the path remains from another user's server. ${another}.`;
      return `this user may not create files in ${folder}. ${another}, or change the permissions of the folder.`;
    case 'ENOENT':
      return `there is no folder ${folder}. Create it. ${another} otherwise.`;
    case 'ENOTDIR':
      return `${folder} is not a folder, or a part of it is a file. ${another}.`;
    case 'ELOOP':
      return `the symbolic links in ${folder} lead in a circle. ${another}.`;
    case 'EROFS':
      return `the file system of ${folder} is read-only. ${another}.`;
    case 'ENAMETOOLONG':
    case '':
      return `the path of a Unix socket has at most ${SIZEOF_SUN_PATH - 1} bytes, and each name in it at most 255. ${another}.`;
    default:
      return undefined;
  }
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return true;
  }
}
