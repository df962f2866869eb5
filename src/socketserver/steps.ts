import { ignoreRejection, isPromiseLike, toPromise } from '../system/promise-like.ts';

/**
 * The blocking and the awaitable form of a call share one generator. It yields each promise that it has to wait for. If
 * there is none, the generator runs to its end immediately; otherwise the rest of it runs when the promise is settled.
 */
export type Steps<Result> = Generator<Pending, Result, unknown>;

interface Pending {
  readonly promise: PromiseLike<unknown>;
  /** The method that returned the promise. */
  readonly method: string;
}

// The promises that `run` made, with the method that returned the first promise in them: its name belongs in messages.
const origins = new WeakMap<PromiseLike<unknown>, string>();

/** In a generator of steps, `yield* settled(method, value)` means the same as `await value` in an async function. */
export function* settled<Value>(method: string, value: Value | PromiseLike<Value>): Steps<Value> {
  if (!isPromiseLike(value)) return value;
  const result: unknown = yield { promise: value, method: origins.get(value) ?? method };
  return result as Value;
}

/** Runs steps. Returns their result, or a promise of it if one of the steps was a promise. */
export function run<Result>(steps: Steps<Result>): Result | Promise<Result> {
  const step = steps.next();
  if (step.done) return step.value;
  const promise = finish(steps, step.value);
  origins.set(promise, step.value.method);
  return promise;
}

/** Runs steps that must not wait. After a promise, it runs only the steps in `finally`, and throws a TypeError. */
export function runBlocking<Result>(steps: Steps<Result>): Result {
  const step = steps.next();
  if (step.done) return step.value;
  const { method } = step.value;
  // The TypeError below reports the mistake; a later rejection would only hide it. The steps in `finally` may yield promises,
  // too. `next` would then continue the outer generators as if nothing had happened.
  for (
    let pending: IteratorResult<Pending, Result> = step;
    !pending.done;
    pending = steps.return(undefined as Result)
  ) {
    ignoreRejection(pending.value.promise);
  }
  throw new TypeError(
    `${method}() returned a promise, for which serveForever() and handleRequest() cannot wait: ` +
      'use serveForeverAsync() or handleRequestAsync()',
  );
}

/** Calls a method for a caller that can never wait. Throws a TypeError when the method returns a promise. */
export function callNow<Name extends string>(object: Record<Name, () => unknown>, method: Name, caller: string): void {
  const result = object[method]();
  if (!isPromiseLike(result)) return;
  ignoreRejection(result);
  throw new TypeError(`${method}() returned a promise, for which ${caller} cannot wait`);
}

async function finish<Result>(steps: Steps<Result>, first: Pending): Promise<Result> {
  let pending = first;
  for (;;) {
    const step = await toPromise(pending.promise).then(
      (value) => steps.next(value),
      (error: unknown) => steps.throw(error),
    );
    if (step.done) return step.value;
    pending = step.value;
  }
}
