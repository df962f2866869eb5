import { AsyncResource } from 'node:async_hooks';
import { format } from 'node:util';

import { ignoreRejection, isPromiseLike, toPromise } from '../system/promise-like.ts';

/** A client whose handlers run in an async context of their own, as the handlers of a `net.Socket` do. */
export interface ContextOwner {
  /** Made when the first handler is called. */
  asyncContext: AsyncResource | undefined;
}

/**
 * Calls the handlers of a server's user, each of which may be async. A handler that throws, or whose promise is rejected, ends
 * its own client and is reported; the server goes on.
 *
 * A handler sees the AsyncLocalStorage stores of the call of `serveForever`. What it changes with `enterWith` is not seen by the
 * handlers of other clients.
 */
export class HandlerCalls<Client extends object> {
  /** Whether the server blocks its thread, so that no promise can settle. */
  blocking = false;
  // The context of `serveForever`; `undefined` before the server serves.
  #context: AsyncResource | undefined;
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

  /** Makes the async context of the handlers, when the server begins to serve. */
  createContext(): AsyncResource {
    return (this.#context = new AsyncResource('TripollServer'));
  }

  /** Calls a handler whose result nobody waits for. `name` is its name in messages. */
  call<Args extends unknown[]>(
    name: string,
    client: Client | undefined,
    handler: ((...args: Args) => unknown) | undefined,
    ...args: Args
  ): void {
    this.callAwaited(name, client, handler, ...args)?.then(undefined, (error: unknown) => {
      this.failed(error, client);
    });
  }

  /** Does the same as `call`, but returns the promise of an async handler: the caller reports a rejection. */
  callAwaited<Args extends unknown[]>(
    name: string,
    client: Client | undefined,
    handler: ((...args: Args) => unknown) | undefined,
    ...args: Args
  ): Promise<unknown> | undefined {
    if (handler === undefined) return undefined;
    try {
      const result = this.#contextOf(client).runInAsyncScope(handler, undefined, ...args);
      return result === undefined ? undefined : this.#promiseOf(name, result, client);
    } catch (error) {
      this.failed(error, client);
      return undefined;
    }
  }

  /**
   * Calls `deliver` in the async context of a client. It may call `callWithMessage` for many messages: entering the context for
   * each of them would cost a tenth of a short message.
   */
  inContext<Input, Owner extends Client, Result>(
    owner: Owner,
    deliver: (input: Input, owner: Owner) => Result,
    input: Input,
  ): Result {
    return this.#contextOf(owner).runInAsyncScope(deliver, undefined, input, owner);
  }

  /** Calls code of the server's user, or code that calls its handlers, in the async context of `serveForever`. */
  inServerContext<Args extends unknown[], Result>(call: (...args: Args) => Result, ...args: Args): Result {
    return this.#contextOf(undefined).runInAsyncScope(call, undefined, ...args);
  }

  /**
   * Calls a message handler, in the present async context. Returns its promise when it is async: the caller waits for it and
   * reports a rejection.
   */
  callWithMessage<Message>(
    name: string,
    client: Client,
    handler: ((message: Message, client: Client) => unknown) | undefined,
    message: Message,
  ): Promise<unknown> | undefined {
    if (handler === undefined) return undefined;
    try {
      const result = handler(message, client);
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
      const result = this.#contextOf(client).runInAsyncScope(this.#onError, undefined, error, client);
      if (isPromiseLike(result)) toPromise(result).catch(emitWarning);
    } catch (thrown) {
      emitWarning(thrown);
    }
  }

  #contextOf(client: Client | undefined): AsyncResource {
    const serverContext = (this.#context ??= this.createContext());
    if (client === undefined || !('asyncContext' in client)) return serverContext;
    const owner = client as ContextOwner;
    return (owner.asyncContext ??= serverContext.runInAsyncScope(createConnectionContext));
  }

  #promiseOf(name: string, result: unknown, client: Client | undefined): Promise<unknown> | undefined {
    if (!isPromiseLike(result)) return undefined;
    if (!this.blocking) return toPromise(result);
    ignoreRejection(result);
    const message = `${name} returned a promise, which serveForeverBlocking cannot await; use serveForever`;
    this.failed(new TypeError(message), client);
    return undefined;
  }
}

function createConnectionContext(): AsyncResource {
  // With a manual destroy, the garbage collector has nothing to do for the context of a connection that has ended.
  return new AsyncResource('TripollConnection', { requireManualDestroy: true });
}

function emitWarning(error: unknown): void {
  process.emitWarning(isPrintableError(error) ? error : textOf(error));
}

// Whether Node can print it as a warning. Whoever throws an error may have given it properties that throw when they are read, and
// Node prints warnings where nobody catches that.
function isPrintableError(error: unknown): error is Error {
  try {
    if (!(error instanceof Error)) return false;
    const { name, message, stack, code, detail } = error as NodeJS.ErrnoException & { detail?: unknown };
    return [name, message, stack, code, detail, error].join('') !== '';
  } catch {
    return false;
  }
}

// A value that is no error may have a method toString that throws.
function textOf(thrown: unknown): string {
  try {
    const text = format('%s', thrown);
    // Node 24 says no more than this of an error whose name or message cannot be read.
    if (text !== '[object Error]') return text;
  } catch {
    // The sentence below serves for both.
  }
  return 'a handler failed with a value that has no text';
}
