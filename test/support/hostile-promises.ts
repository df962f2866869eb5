/** A promise whose own method `then` throws this error when it is called. */
export function promiseWithBadThen(error: Error): Promise<never> {
  const then = (): never => {
    throw error;
  };
  return Object.assign(new Promise<never>(() => undefined), { then });
}
