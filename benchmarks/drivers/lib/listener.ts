import * as sys from 'tripoll/sys';

import { LISTENER } from './program.ts';

/** Sets TCP_NODELAY, which accepted sockets inherit. */
export function setNoDelay(): void {
  const result = sys.setsockopt(LISTENER, sys.IPPROTO_TCP, sys.TCP_NODELAY, Int32Array.of(1), 4);
  if (result < 0) throw new Error(`setsockopt: ${sys.errorCode(result)}`);
}
