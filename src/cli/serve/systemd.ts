import { Failure } from '../failure.ts';
import { AF_UNIX, SOCK_DGRAM } from '../../system/constants/socket.ts';
import { Socket } from '../../socket/socket.ts';
import * as sys from '../../system/calls.ts';

type Environment = Record<string, string | undefined>;

const FIRST_FD = 3;

/**
 * The socket that systemd has opened for this process. The variables are removed: they are not for children.
 * @param name Its name, FileDescriptorName= of the socket unit; 'true' for the only one.
 * @param environment The environment.
 * @returns Its fd, from now on close-on-exec.
 * @throws {Failure} Where there is none, or more than one to choose from.
 * @see sd_listen_fds(3)
 */
export function activatedFd(name: string, environment: Environment): number {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = '' } = environment;
  for (const variable of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) Reflect.deleteProperty(environment, variable);
  const count = Number(LISTEN_PID) === process.pid ? Number(LISTEN_FDS) : 0;
  if (!(count > 0)) throw new Failure('--systemd: systemd passed no socket to this process (LISTEN_PID, LISTEN_FDS).');
  const fds = Array.from({ length: count }, (_, index) => FIRST_FD + index);
  for (const fd of fds) sys.fcntl(fd, sys.F_SETFD, sys.FD_CLOEXEC);
  const names = LISTEN_FDNAMES.split(':');
  const found = name === 'true' ? fds : fds.filter((_, index) => names[index] === name);
  if (found.length === 1) return found[0]!;
  throw new Failure(
    `--systemd: ${found.length} of the sockets that systemd passed fit; their names: ${names.join(', ')}.`,
  );
}

/**
 * Tells systemd how the service is; where it did not start the service, does nothing.
 * @param state 'READY=1', 'STOPPING=1', 'WATCHDOG=1'.
 * @param environment The environment.
 * @throws {OSError} Where nobody receives it.
 * @see sd_notify(3)
 */
export function notify(state: string, environment: Environment): void {
  const { NOTIFY_SOCKET: path } = environment;
  if (!path?.match(/^[/@]/)) return;
  using socket = new Socket(AF_UNIX, SOCK_DGRAM);
  // What begins with @ is an abstract name, whose first byte is 0.
  socket.sendto(Buffer.from(state), Buffer.from(path.replace(/^@/, '\0')));
}

/**
 * How often systemd wants to hear of the service.
 * @param environment The environment.
 * @returns The longest pause between two calls of `notify('WATCHDOG=1')`, in ms; `undefined` where it does not want to.
 * @see sd_watchdog_enabled(3)
 */
export function watchdogMs(environment: Environment): number | undefined {
  const { WATCHDOG_USEC, WATCHDOG_PID } = environment;
  if (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== process.pid) return undefined;
  const microseconds = Number(WATCHDOG_USEC);
  return microseconds > 0 ? microseconds / 1e3 : undefined;
}
