/** Whether a value can be awaited: a promise, or another object or function with a method `then`. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return 'then' in value && typeof value.then === 'function';
}

/** Makes a promise with the same result. Calling the `then` of somebody else's promise could throw. */
export function toPromise<Value>(promise: PromiseLike<Value>): Promise<Value> {
  return new Promise((resolve) => {
    resolve(promise);
  });
}

/** Keeps a promise that nobody awaits from ending the process when it is rejected. */
export function ignoreRejection(promise: PromiseLike<unknown>): void {
  toPromise(promise).catch(() => undefined);
}
