/** What a socket whose own timeout is over throws, for `assert.throws`. */
export const timedOut = { name: 'TimeoutError', message: 'timed out', errno: undefined, code: undefined };

/**
 * How long a call takes.
 * @param call The call.
 * @returns Milliseconds.
 */
export function millisecondsOf(call: () => unknown): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}
