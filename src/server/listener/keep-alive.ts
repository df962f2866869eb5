import * as sys from '../../system/calls.ts';
import {
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_USER_TIMEOUT,
} from '../../system/constants/socket.ts';
import type { Limits } from '../limits.ts';

/** How the kernel finds out that a silent peer has vanished. */
export type KeepAlive = Pick<
  Limits,
  'keepAliveSeconds' | 'keepAliveIntervalSeconds' | 'keepAliveProbes' | 'userTimeoutSeconds'
>;

const value = new Int32Array(1);

/**
 * Sets the options of tcp(7) on a listener or a connection; the connections of a listener inherit them when the kernel makes them.
 * Returns 0 or -errno: a socket that is no TCP socket refuses them.
 */
export function setKeepAlive(fd: number, keepAlive: KeepAlive): number {
  const isOn = keepAlive.keepAliveSeconds > 0;
  const options: [level: number, name: number, value: number][] = [[SOL_SOCKET, SO_KEEPALIVE, isOn ? 1 : 0]];
  if (isOn) {
    options.push(
      [IPPROTO_TCP, TCP_KEEPIDLE, Math.ceil(keepAlive.keepAliveSeconds)],
      [IPPROTO_TCP, TCP_KEEPINTVL, Math.ceil(keepAlive.keepAliveIntervalSeconds)],
      [IPPROTO_TCP, TCP_KEEPCNT, keepAlive.keepAliveProbes],
    );
  }
  options.push([IPPROTO_TCP, TCP_USER_TIMEOUT, Math.ceil(keepAlive.userTimeoutSeconds * 1e3)]);
  for (const [level, name, number] of options) {
    value[0] = number;
    const result = sys.setsockopt(fd, level, name, value, value.byteLength);
    if (result < 0) return result;
  }
  return 0;
}
