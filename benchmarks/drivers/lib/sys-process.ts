// Helpers for drivers that load tripoll/sys. The node:net driver must not load it, so they are not in program.ts.
import * as sys from 'tripoll/sys';

import { LISTENER } from './program.ts';

const STDIN = 0;

/** Sets TCP_NODELAY on the listening socket; accepted sockets inherit it. */
export function setNoDelay(): void {
  const result = sys.setsockopt(LISTENER, sys.IPPROTO_TCP, sys.TCP_NODELAY, Int32Array.of(1), 4);
  if (result < 0) throw new Error(`setsockopt: ${sys.errorCode(result)}`);
}

/** Ignores SIGTERM. The harness sends it and closes standard input; a server that blocks the thread uses `inputEnded`. */
export function ignoreSigterm(): void {
  process.on('SIGTERM', () => undefined);
}

/** Whether standard input has ended. A server that blocks the thread calls this on each tick, because no signal handler runs. */
export function inputEnded(): boolean {
  const table = Int32Array.of(STDIN, sys.POLLIN);
  return sys.poll(table, 1, 0) > 0 && sys.read(STDIN, Buffer.alloc(1), 0, 1) <= 0;
}
