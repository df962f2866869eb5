/**
 * The blocking and the awaitable form of a call share one generator. It yields each value that may be a promise. If
 * none is a promise, the generator runs to its end immediately; otherwise the rest of it runs when the promise is
 * settled.
 */
export type Steps<Result> = Generator<unknown, Result, unknown>;

const CANNOT_WAIT =
  'handle() returned a promise, for which serveForever() and handleRequest() cannot wait: ' +
  'use serveForeverAsync() or handleRequestAsync()';

/** In a generator of steps, `yield* settled(value)` means the same as `await value` in an async function. */
export function* settled<Value>(value: Value | PromiseLike<Value>): Steps<Value> {
  const result: unknown = yield value;
  return result as Value;
}

/** Runs steps. Returns their result, or a promise of it if one of the steps was a promise. */
export function run<Result>(steps: Steps<Result>): Result | Promise<Result> {
  const step = untilPromise(steps);
  return step.done ? step.value : finish(steps, step.value);
}

/** Runs steps that must not wait. After a promise, it runs only the steps in `finally`, and throws a TypeError. */
export function runBlocking<Result>(steps: Steps<Result>): Result {
  const step = untilPromise(steps);
  if (step.done) return step.value;
  // The TypeError below reports the mistake; a later rejection would only hide it.
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
