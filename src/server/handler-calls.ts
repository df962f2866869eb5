import { format } from 'node:util';

import { ignoreRejection, isPromiseLike } from '../system/promise-like.ts';

/**
 * Calls the handlers of a server's user, each of which may be async. A handler that throws, or whose promise is rejected, ends
 * its own client and is reported; the server goes on.
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

  /** Calls a handler whose result nobody waits for. `name` is its name in messages. */
  call<Args extends unknown[]>(
    name: string,
    client: Client | undefined,
    handler: ((...args: Args) => unknown) | undefined,
    ...args: Args
  ): void {
    try {
      const result = handler?.(...args);
      if (result === undefined) return;
      this.#promiseOf(name, result, client)?.then(undefined, (error: unknown) => {
        this.failed(error, client);
      });
    } catch (error) {
      this.failed(error, client);
    }
  }

  /** Calls a message handler. Returns its promise when it is async: the caller waits for it and reports a rejection. */
  callWithMessage<Message>(
    name: string,
    client: Client,
    handler: ((message: Message, client: Client) => unknown) | undefined,
    message: Message,
  ): Promise<unknown> | undefined {
    try {
      const result = handler?.(message, client);
      return result === undefined ? undefined : this.#promiseOf(name, result, client);
    } catch (error) {
      this.failed(error, client);
      return undefined;
    }
  }

  /** Closes the client of a handler that failed, and reports the error to `onError`. */
  failed(error: unknown, client: Client | undefined): void {
    if (client !== undefined) this.#closeClient?.(client);
    try {
      const result = this.#onError(error, client);
      if (isPromiseLike(result)) Promise.resolve(result).catch(emitWarning);
    } catch (thrown) {
      emitWarning(thrown);
    }
  }

  #promiseOf(name: string, result: unknown, client: Client | undefined): Promise<unknown> | undefined {
    if (!isPromiseLike(result)) return undefined;
    if (!this.blocking) return Promise.resolve(result);
    ignoreRejection(result);
    const message = `${name} returned a promise, which serveForeverBlocking cannot await; use serveForever`;
    this.failed(new TypeError(message), client);
    return undefined;
  }
}

function emitWarning(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : textOf(error));
}

// A value that is no error may have a method toString that throws.
function textOf(thrown: unknown): string {
  try {
    return format('%s', thrown);
  } catch {
    return 'a handler failed with a value that has no text';
  }
}
