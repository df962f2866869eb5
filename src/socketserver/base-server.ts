import type { AsyncOptions } from '../select/node-loop.ts';
import { EVENT_READ } from '../selectors/event-mask.ts';
import { PollSelector } from '../selectors/poll-selector.ts';
import type { ReadyKey } from '../selectors/selector.ts';
import type { Address } from '../socket/address.ts';
import type { Socket } from '../socket/socket.ts';
import { OSError } from '../system/errors.ts';
import type { Timeout } from '../system/timeout.ts';
import { RequestSteps } from './request-steps.ts';
import { callNow, run, runBlocking, settled, type Steps } from './steps.ts';

// Waits once for the server's socket. The result is `undefined` when `shutdown` or `serverClose` ended the wait.
type Wait = (
  selector: PollSelector,
  timeoutSeconds: Timeout,
) => ReadyKey[] | undefined | Promise<ReadyKey[] | undefined>;

const DEFAULT_POLL_SECONDS = 0.5;

// The longest pause, in seconds, after `accept` failed because the process has no fds or no memory left. The connection
// stays in the queue, so the socket stays readable: trying again immediately, as Python does, would use 100 % of a
// core.
const MAX_PAUSE_SECONDS = 0.5;
const EXHAUSTED_CODES = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/**
 * The part that all socket servers share: the loop, and the path of one request at a time through it.
 *
 * Python's class attributes are static fields here, and each new server copies them from its class: `class MyServer
 * extends TCPServer { static override allowReuseAddress = true; }`. JavaScript sets a subclass's other fields after the
 * constructor has called `serverBind` and `serverActivate`.
 *
 * `serveForever` and `handleRequest` block the thread, as Python's do. While `serveForeverAsync` and
 * `handleRequestAsync` wait for a request, Node goes on running; they also wait for each method that is async: `handle`,
 * `verifyRequest`, `serviceActions` and the others.
 * @see CPython, Lib/socketserver.py, `BaseServer`
 */
export abstract class BaseServer<Request = unknown> extends RequestSteps<Request> {
  /** Seconds that `handleRequest` waits for a request; `null` waits without limit. */
  static timeout: number | null = null;

  /** Seconds that `handleRequest` waits for a request; `null` waits without limit. The default is the class's value. */
  timeout = (this.constructor as typeof BaseServer).timeout;
  /** The socket that requests arrive on. `handleRequest` also respects this socket's own timeout. */
  declare socket: Socket;

  #isServing = false;
  #isShutdownRequested = false;
  #waitController: AbortController | undefined;
  #shutdownResolvers: (() => void)[] = [];

  /**
   * Handles requests, one at a time, until a handler or `serviceActions` calls `shutdown`.
   * @param pollIntervalSeconds The longest wait for a request before `serviceActions` runs, in seconds, 0 or more;
   *   `null` waits without limit.
   * @throws {RangeError} 'Invalid file descriptor: -1' when the server is closed.
   * @throws {TypeError} When `handle`, or another method that the loop calls, returns a promise.
   * @throws Any error of `serviceActions`, `verifyRequest` or `handleError`.
   * @see CPython, Lib/socketserver.py, `BaseServer.serve_forever`
   */
  serveForever(pollIntervalSeconds: Timeout = DEFAULT_POLL_SECONDS): void {
    runBlocking(this.#serve(pollIntervalSeconds, waitBlocking));
  }

  /**
   * Does the same as `serveForever`, but Node goes on running during each wait, and the methods that the loop calls may be async.
   * @param pollIntervalSeconds As for `serveForever`.
   * @param options A signal that ends the loop; a request that is being handled is finished first.
   * @returns A promise that resolves when the loop has ended. `shutdown` ends the loop immediately if no request is
   *   being handled.
   * @throws Any error of `serveForever`, and the signal's reason. All of them reject the promise.
   * @throws {Error} When `serveForeverAsync` or `handleRequestAsync` already runs on this server.
   */
  async serveForeverAsync(pollIntervalSeconds: Timeout = DEFAULT_POLL_SECONDS, options?: AsyncOptions): Promise<void> {
    await this.#runAsync(options, (wait) => this.#serve(pollIntervalSeconds, wait));
  }

  /**
   * Handles one request, or calls `handleTimeout` when no request comes within `timeout`.
   * @throws Any error of `serveForever`.
   * @see CPython, Lib/socketserver.py, `BaseServer.handle_request`
   */
  handleRequest(): void {
    runBlocking(this.#handleOne(waitBlocking));
  }

  /**
   * Does the same as `handleRequest`, but Node goes on running during the wait, and the methods that it calls may be async.
   * @param options A signal that ends the wait for a request.
   * @returns A promise that resolves after the request or `handleTimeout`.
   * @throws Any error of `serveForeverAsync`. All of them reject the promise.
   */
  async handleRequestAsync(options?: AsyncOptions): Promise<void> {
    await this.#runAsync(options, (wait) => this.#handleOne(wait));
  }

  /**
   * Ends `serveForever` or `serveForeverAsync` after the current request. If neither runs, the next call of them ends
   * before its first request.
   * @returns A promise that resolves when the loop has ended, or immediately if no loop runs. A handler must not await
   *   it, because the loop waits for the handler.
   * @see CPython, Lib/socketserver.py, `BaseServer.shutdown`
   */
  shutdown(): Promise<void> {
    this.#isShutdownRequested = true;
    this.#waitController?.abort();
    return this.#isServing ? new Promise((resolve) => this.#shutdownResolvers.push(resolve)) : Promise.resolve();
  }

  *#serve(pollIntervalSeconds: Timeout, wait: Wait): Steps<void> {
    const selector = new PollSelector();
    const emptySelector = new PollSelector();
    selector.register(this, EVENT_READ);
    this.#isServing = true;
    try {
      let isExhausted = false;
      while (!this.#isShutdownRequested) {
        const ready: ReadyKey[] | undefined = isExhausted
          ? yield* waited(wait, emptySelector, Math.min(pollIntervalSeconds ?? MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS))
          : yield* waited(wait, selector, pollIntervalSeconds);
        if (ready === undefined) break;
        isExhausted = ready.length > 0 && (yield* this.#handleReady());
        yield* settled('serviceActions', this.serviceActions());
      }
    } finally {
      this.#isShutdownRequested = this.#isServing = false;
      for (const resolve of this.#shutdownResolvers.splice(0)) resolve();
    }
  }

  *#handleOne(wait: Wait): Steps<void> {
    const timeoutSeconds = Math.min(this.socket.gettimeout() ?? Infinity, this.timeout ?? Infinity);
    const selector = new PollSelector();
    selector.register(this, EVENT_READ);
    const ready = yield* waited(wait, selector, timeoutSeconds === Infinity ? null : timeoutSeconds);
    if (ready?.length) yield* this.#handleReady();
    else if (ready !== undefined) yield* settled('handleTimeout', this.handleTimeout());
  }

  // Returns true if no request could be accepted because the process has no fds or no memory left.
  *#handleReady(): Steps<boolean> {
    let accepted: [request: Request, clientAddress: Address];
    try {
      accepted = yield* settled('getRequest', this.getRequest());
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      return EXHAUSTED_CODES.has(error.code ?? '');
    }
    yield* this.#handle(...accepted);
    return false;
  }

  // Whatever is thrown, the request is shut down: a forgotten object's socket is never closed by JavaScript.
  *#handle(request: Request, clientAddress: Address): Steps<void> {
    let isProcessed = false;
    try {
      if (!(yield* settled('verifyRequest', this.verifyRequest(request, clientAddress)))) return;
      try {
        yield* settled('processRequest', this.processRequest(request, clientAddress));
        isProcessed = true;
      } catch (error) {
        yield* settled('handleError', this.handleError(request, clientAddress, error));
      }
    } finally {
      if (!isProcessed) yield* settled('shutdownRequest', this.shutdownRequest(request));
    }
  }

  async #runAsync(options: AsyncOptions | undefined, steps: (wait: Wait) => Steps<void>): Promise<void> {
    // Two loops would wait for the same connection, and the second would block the thread in accept(2).
    if (this.#waitController !== undefined)
      throw new Error('serveForeverAsync() or handleRequestAsync() is under way already');
    const { signal } = options ?? {};
    signal?.throwIfAborted();
    const controller = (this.#waitController = new AbortController());
    // AbortSignal.any would be shorter, but each call leaks a little memory in a long-lived signal (Node 20).
    const abort = (): void => {
      controller.abort(signal?.reason);
    };
    signal?.addEventListener('abort', abort);
    try {
      await run(steps((selector, timeoutSeconds) => waitAsync(selector, timeoutSeconds, controller.signal, signal)));
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#waitController = undefined;
    }
  }

  /** Ends the loop if one runs. A subclass may extend it. */
  serverClose(): void {
    void this.shutdown();
  }

  /**
   * Closes the server at the end of a `using` block.
   * @throws {TypeError} When a subclass's `serverClose` returns a promise: then call and await it instead.
   */
  [Symbol.dispose](): void {
    callNow(this, 'serverClose', 'a using block');
  }
}

function waited(wait: Wait, selector: PollSelector, timeoutSeconds: Timeout): Steps<ReadyKey[] | undefined> {
  return settled('select', wait(selector, timeoutSeconds));
}

const waitBlocking: Wait = (selector, timeoutSeconds) => selector.select(timeoutSeconds);

async function waitAsync(
  selector: PollSelector,
  timeoutSeconds: Timeout,
  waitSignal: AbortSignal,
  signal: AbortSignal | undefined,
): Promise<ReadyKey[] | undefined> {
  try {
    return await selector.selectAsync(timeoutSeconds, { signal: waitSignal });
  } catch (error) {
    if (!waitSignal.aborted || signal?.aborted) throw error;
    return undefined;
  }
}
