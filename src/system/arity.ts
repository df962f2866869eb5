// CPython has two wordings for a wrong number of arguments. A function uses the first when its parameters have no names
// for its callers (positional only), and the second when they do.

/** `select expected at least 3 arguments, got 2`: CPython, Python/getargs.c, `_PyArg_CheckPositional`. */
export function checkPositionalCount(name: string, given: number, min: number, max: number): void {
  if (given >= min && given <= max) return;
  const bound = given < min ? min : max;
  const kind = min === max ? '' : given < min ? 'at least ' : 'at most ';
  throw new TypeError(`${name} expected ${kind}${bound} argument${bound === 1 ? '' : 's'}, got ${given}`);
}

/** `register() takes at most 2 arguments (3 given)`: CPython, Python/getargs.c, `_PyArg_UnpackKeywords`. */
export function checkKeywordCount(name: string, given: number, required: readonly string[], max: number): void {
  if (given > max)
    throw new TypeError(`${name}() takes at most ${max} argument${max === 1 ? '' : 's'} (${given} given)`);
  if (given >= required.length) return;
  throw new TypeError(`${name}() missing required argument '${required[given]!}' (pos ${given + 1})`);
}
