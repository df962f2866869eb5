/** The error of a socket whose own timeout is over, for `assert.throws`. */
export const timedOut = { name: 'TimeoutError', message: 'timed out', errno: undefined, code: undefined };

/** Returns the milliseconds that a call takes. */
export function millisecondsOf(call: () => unknown): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}
