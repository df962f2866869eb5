/** Calls a function that blocks, and measures the milliseconds that the call takes. */
export function timed<T>(run: () => T): { result: T; ms: number } {
  const start = performance.now();
  const result = run();
  return { result, ms: performance.now() - start };
}

/**
 * The duration of the fastest of several groups of calls, in milliseconds. A delay in every call shows in each group; a
 * pause of the whole machine shows in some groups only.
 */
export async function fastestMs(groups: number, callsPerGroup: number, call: () => unknown): Promise<number> {
  let fastest = Infinity;
  for (let group = 0; group < groups; group++) {
    const start = performance.now();
    for (let i = 0; i < callsPerGroup; i++) await call();
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}
