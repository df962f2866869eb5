/**
 * What the blocking and the awaitable form of a call have in common is written once, as a generator that yields
 * whatever may be a promise. Where none comes it runs through at once; else its rest follows as a promise.
 */
export type Steps<Result> = Generator<unknown, Result, unknown>;

const CANNOT_WAIT =
  'handle() returned a promise, for which serveForever() and handleRequest() cannot wait: ' +
  'use serveForeverAsync() or handleRequestAsync()';

/**
 * Inside steps: `yield* settled(value)` is what `await value` is in an async function.
 * @param value A value, or a promise of one.
 * @yields {unknown} It.
 * @returns The value.
 */
export function* settled<Value>(value: Value | PromiseLike<Value>): Steps<Value> {
  const result: unknown = yield value;
  return result as Value;
}

/**
 * Runs steps, at once as far as they do not wait.
 * @param steps The steps.
 * @returns Their result, or a promise of it where one of them was a promise.
 * @throws What they throw.
 */
export function run<Result>(steps: Steps<Result>): Result | Promise<Result> {
  const step = untilPromise(steps);
  return step.done ? step.value : finish(steps, step.value);
}

/**
 * Runs steps that must not wait.
 * @param steps The steps.
 * @returns Their result.
 * @throws {TypeError} Where one of them was a promise; those that follow are left out, but for `finally`.
 * @throws What they throw.
 */
export function runBlocking<Result>(steps: Steps<Result>): Result {
  const step = untilPromise(steps);
  if (step.done) return step.value;
  // If it fails later, that would only hide this mistake.
  Promise.resolve(step.value).catch(() => undefined);
  steps.return(undefined as Result);
  throw new TypeError(CANNOT_WAIT);
}

function untilPromise<Result>(steps: Steps<Result>): IteratorResult<unknown, Result> {
  let step = steps.next();
  while (!step.done && !isPromise(step.value)) step = steps.next(step.value);
  return step;
}

async function finish<Result>(steps: Steps<Result>, promise: unknown): Promise<Result> {
  let waited = promise;
  for (;;) {
    const step = await Promise.resolve(waited).then(
      (value) => steps.next(value),
      (error: unknown) => steps.throw(error),
    );
    if (step.done) return step.value;
    waited = step.value;
  }
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
