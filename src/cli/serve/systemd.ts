// What the server and systemd say to each other: the sockets that systemd passes, and the state of the service.
import { AF_UNIX, SOCK_DGRAM } from '../../system/constants/socket.ts';
import { Socket } from '../../socket/socket.ts';
import * as sys from '../../system/calls.ts';
import { Failure } from '../failure.ts';
import type { Log } from './log.ts';

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

/** Sends systemd a state such as 'READY=1', if systemd started this process. See sd_notify(3). */
export function notifySystemd(state: 'READY=1' | 'STOPPING=1' | 'WATCHDOG=1', log: Log): void {
  const { NOTIFY_SOCKET: path } = process.env;
  if (!path?.match(/^[/@]/)) return;
  try {
    using socket = new Socket(AF_UNIX, SOCK_DGRAM);
    // A path that begins with @ is an abstract name; its first byte is 0.
    socket.sendto(Buffer.from(state), Buffer.from(path.replace(/^@/, '\0')));
  } catch (error) {
    log('warn', 'systemd', `NOTIFY_SOCKET: ${(error as Error).message}`);
  }
}

/** Tells systemd regularly that the loop turns, if systemd wants to know. See sd_watchdog_enabled(3). */
export function startWatchdog(isAlive: () => boolean, log: Log): NodeJS.Timeout | undefined {
  const { WATCHDOG_USEC, WATCHDOG_PID } = process.env;
  if (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== process.pid) return undefined;
  const timeoutMs = Number(WATCHDOG_USEC) / 1e3;
  if (!(timeoutMs > 0)) return undefined;
  // The manual page advises half the time.
  return setInterval(() => {
    if (isAlive()) notifySystemd('WATCHDOG=1', log);
  }, timeoutMs / 2);
}
