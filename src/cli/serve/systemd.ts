import * as sys from '../../system/calls.ts';
import { Failure } from '../failure.ts';

const FIRST_FD = 3;

/**
 * The fd of the socket that systemd passed: the one with this name (FileDescriptorName= of the socket unit), or for 'true'
 * the only one. See sd_listen_fds(3).
 */
export function activatedFd(name: string): number {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = '' } = process.env;
  // The variables and the fds are not for the children of this process.
  for (const variable of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) Reflect.deleteProperty(process.env, variable);
  const count = Number(LISTEN_PID) === process.pid ? Number(LISTEN_FDS) : 0;
  if (!(count > 0)) throw new Failure('--systemd: systemd passed no socket to this process (LISTEN_PID, LISTEN_FDS).');
  const fds = Array.from({ length: count }, (_, index) => FIRST_FD + index);
  for (const fd of fds) sys.fcntl(fd, sys.F_SETFD, sys.FD_CLOEXEC);
  const names = LISTEN_FDNAMES.split(':');
  const matching = name === 'true' ? fds : fds.filter((_, index) => names[index] === name);
  if (matching.length === 1) return matching[0]!;
  throw new Failure(`--systemd: ${matching.length} sockets match; systemd passed sockets named: ${names.join(', ')}.`);
}
