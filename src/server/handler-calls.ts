import { format } from 'node:util';

/**
 * Calls the handlers of a server's user. A handler that throws, or whose promise is rejected, ends its own client and is
 * reported; the server goes on.
 */
export class HandlerCalls<Client> {
  /** Whether the server blocks its thread, so that no promise can settle. */
  blocking = false;
  readonly #onError: (error: unknown, client: Client | undefined) => unknown;
  readonly #closeClient: ((client: Client) => void) | undefined;

  /** Without `onError`, errors become warnings of the process. `closeClient` closes the client of a handler that failed. */
  constructor(
    onError: ((error: unknown, client: Client | undefined) => unknown) | undefined,
    closeClient?: (client: Client) => void,
  ) {
    this.#onError = onError ?? emitWarning;
    this.#closeClient = closeClient;
  }

  /** Calls a handler whose result nobody waits for. */
  call<Args extends unknown[]>(
    client: Client | undefined,
    handler: ((...args: Args) => unknown) | undefined,
    ...args: Args
  ): void {
    try {
      const result = handler?.(...args);
      if (isPromiseLike(result)) {
        result.then(undefined, (error: unknown) => {
          this.failed(error, client);
        });
      }
    } catch (error) {
      this.failed(error, client);
    }
  }

  /** Calls a message handler. Returns its promise when it is async: the caller waits for it and reports a rejection. */
  callWithMessage<Message>(
    client: Client,
    handler: ((message: Message, client: Client) => unknown) | undefined,
    message: Message,
  ): Promise<unknown> | undefined {
    try {
      const result = handler?.(message, client);
      return result === undefined ? undefined : this.#promiseOf(result, client);
    } catch (error) {
      this.failed(error, client);
      return undefined;
    }
  }

  /** Closes the client of a handler that failed, and reports the error to `onError`. */
  failed(error: unknown, client: Client | undefined): void {
    if (client !== undefined) this.#closeClient?.(client);
    try {
      this.#onError(error, client);
    } catch (thrown) {
      emitWarning(thrown);
    }
  }

  #promiseOf(result: unknown, client: Client): Promise<unknown> | undefined {
    if (!isPromiseLike(result)) return undefined;
    const promise = Promise.resolve(result);
    if (!this.blocking) return promise;
    promise.then(undefined, () => undefined);
    const message = 'onMessage returned a promise, which serveForeverBlocking cannot await; use serveForever';
    this.failed(new TypeError(message), client);
    return undefined;
  }
}

function emitWarning(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : format('%s', error));
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
