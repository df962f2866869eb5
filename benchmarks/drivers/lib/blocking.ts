// How servers end that block the thread: no signal handler of theirs runs, so that they look at standard input on a tick.
import * as sys from 'tripoll/sys';

const STDIN = 0;

/** Leaves SIGTERM without effect, for the harness sends it as it closes standard input. */
export function ignoreSigterm(): void {
  process.on('SIGTERM', () => undefined);
}

/** Whether standard input is at its end. */
export function inputEnded(): boolean {
  const table = Int32Array.of(STDIN, sys.POLLIN);
  return sys.poll(table, 1, 0) > 0 && sys.read(STDIN, Buffer.alloc(1), 0, 1) <= 0;
}
