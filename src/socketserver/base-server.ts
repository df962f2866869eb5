import { OSError } from '../system/errors.ts';
import type { AsyncOptions } from '../select/node-loop.ts';
import { EVENT_READ } from '../selectors/event-mask.ts';
import { PollSelector } from '../selectors/poll-selector.ts';
import type { ReadyKey } from '../selectors/selector.ts';
import type { Address } from '../socket/address.ts';
import type { Socket } from '../socket/socket.ts';
import type { Timeout } from '../system/timeout.ts';
import { RequestSteps } from './request-steps.ts';
import { run, runBlocking, settled, type Steps } from './steps.ts';

// One wait for the server's socket; gives `undefined` where `shutdown` or `serverClose` has ended it.
type Wait = (
  selector: PollSelector,
  timeoutSeconds: Timeout,
) => ReadyKey[] | undefined | Promise<ReadyKey[] | undefined>;

const DEFAULT_POLL_SECONDS = 0.5;

// How long the loop rests, at most, where the process is out of fds or memory: the connection stays in the queue and
// the socket readable, and to try again at once, as Python's does, would turn the loop at full speed.
const REST_SECONDS = 0.5;
const exhausted = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/**
 * What the servers have in common: the loop, and the way of a request through it, one at a time.
 *
 * What Python has as class attributes are static fields, and each object begins with its class's values:
 * `class Server extends TCPServer { static override allowReuseAddress = true; }`. A subclass's other fields are not
 * there yet while the constructor calls `serverBind` and `serverActivate`.
 *
 * `serveForever` and `handleRequest` block the thread, as Python's do. `serveForeverAsync` and `handleRequestAsync`
 * leave Node alive while they wait for a request, and wait for a `handle` that is async.
 * @see CPython, Lib/socketserver.py, `BaseServer`
 */
export abstract class BaseServer<Request = unknown> extends RequestSteps<Request> {
  /** Seconds that `handleRequest` waits; `null` for ever. */
  static timeout: number | null = null;

  /** As the class has it. */
  timeout = (this.constructor as typeof BaseServer).timeout;
  /** Where the requests come from; `handleRequest` respects its timeout. */
  declare socket: Socket;

  #isServing = false;
  #isToEnd = false;
  #wake: AbortController | undefined;
  #onceEnded: (() => void)[] = [];

  /**
   * Handles requests, one at a time, until `shutdown` is called in a handler or in `serviceActions`.
   * @param pollIntervalSeconds How long a wait for a request may last before `serviceActions` is called; `null` for ever.
   * @throws {RangeError} 'Invalid file descriptor: -1' where the server is closed.
   * @throws {TypeError} Where `handle` returns a promise.
   * @throws What `serviceActions`, `verifyRequest` and `handleError` throw.
   */
  serveForever(pollIntervalSeconds: Timeout = DEFAULT_POLL_SECONDS): void {
    runBlocking(this.#serve(pollIntervalSeconds, waitBlocking));
  }

  /**
   * `serveForever` that leaves Node alive, and waits for a `handle` that is async.
   * @param pollIntervalSeconds As for `serveForever`.
   * @param options A signal that ends it, once the request in hand is done.
   * @returns A promise of the end, which `shutdown` brings at once where no request is in hand.
   * @throws What `serveForever` throws, and the signal's reason; all as the promise's rejection.
   * @throws {Error} Where it or `handleRequestAsync` is under way already.
   */
  async serveForeverAsync(pollIntervalSeconds: Timeout = DEFAULT_POLL_SECONDS, options?: AsyncOptions): Promise<void> {
    await this.#whileAwake(options, (waitAsync) => this.#serve(pollIntervalSeconds, waitAsync));
  }

  /**
   * Handles one request, or calls `handleTimeout` where none has come within `timeout`.
   * @throws What `serveForever` throws.
   */
  handleRequest(): void {
    runBlocking(this.#handleOne(waitBlocking));
  }

  /**
   * `handleRequest` that leaves Node alive, and waits for a `handle` that is async.
   * @param options A signal that ends the wait for a request.
   * @returns A promise of the end.
   * @throws What `serveForeverAsync` throws; all as the promise's rejection.
   */
  async handleRequestAsync(options?: AsyncOptions): Promise<void> {
    await this.#whileAwake(options, (waitAsync) => this.#handleOne(waitAsync));
  }

  /**
   * Ends `serveForever` and `serveForeverAsync` after the request in hand, or the next one of them before its first.
   * @returns A promise that is kept when the loop has ended, at once where none runs. A handler must not wait for it:
   *   the loop waits for the handler.
   */
  shutdown(): Promise<void> {
    this.#isToEnd = true;
    this.#wake?.abort();
    return this.#isServing ? new Promise((resolve) => this.#onceEnded.push(resolve)) : Promise.resolve();
  }

  *#serve(pollIntervalSeconds: Timeout, wait: Wait): Steps<void> {
    const selector = new PollSelector();
    const nothing = new PollSelector();
    selector.register(this, EVENT_READ);
    this.#isServing = true;
    try {
      let isExhausted = false;
      while (!this.#isToEnd) {
        const ready: ReadyKey[] | undefined = isExhausted
          ? yield* settled(wait(nothing, Math.min(pollIntervalSeconds ?? REST_SECONDS, REST_SECONDS)))
          : yield* settled(wait(selector, pollIntervalSeconds));
        if (ready === undefined) break;
        isExhausted = ready.length > 0 && (yield* this.#handleReady());
        this.serviceActions();
      }
    } finally {
      this.#isToEnd = this.#isServing = false;
      for (const resolve of this.#onceEnded.splice(0)) resolve();
    }
  }

  *#handleOne(wait: Wait): Steps<void> {
    const timeoutSeconds = Math.min(this.socket.gettimeout() ?? Infinity, this.timeout ?? Infinity);
    const selector = new PollSelector();
    selector.register(this, EVENT_READ);
    const ready = yield* settled(wait(selector, timeoutSeconds === Infinity ? null : timeoutSeconds));
    if (ready?.length) yield* this.#handleReady();
    else if (ready !== undefined) this.handleTimeout();
  }

  // Handles a request that is there; gives whether the process was out of fds or memory for it.
  *#handleReady(): Steps<boolean> {
    let accepted: [request: Request, clientAddress: Address];
    try {
      accepted = this.getRequest();
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      return exhausted.has(error.code ?? '');
    }
    yield* this.#handle(...accepted);
    return false;
  }

  // Whatever is thrown, the request is shut down: nothing closes what JavaScript has forgotten.
  *#handle(request: Request, clientAddress: Address): Steps<void> {
    let isProcessed = false;
    try {
      if (!this.verifyRequest(request, clientAddress)) return;
      try {
        yield* settled(this.processRequest(request, clientAddress));
        isProcessed = true;
      } catch (error) {
        this.handleError(request, clientAddress, error);
      }
    } finally {
      if (!isProcessed) this.shutdownRequest(request);
    }
  }

  async #whileAwake(options: AsyncOptions | undefined, steps: (wait: Wait) => Steps<void>): Promise<void> {
    // Both would wait for the same connection, and the one that comes second would block the thread in accept(2).
    if (this.#wake !== undefined) throw new Error('serveForeverAsync() or handleRequestAsync() is under way already');
    const { signal } = options ?? {};
    signal?.throwIfAborted();
    const wake = (this.#wake = new AbortController());
    // AbortSignal.any would do, but for each call it leaves something behind in a signal that lives long (Node 20).
    const abort = (): void => {
      wake.abort(signal?.reason);
    };
    signal?.addEventListener('abort', abort);
    try {
      await run(steps((selector, timeoutSeconds) => waitAsync(selector, timeoutSeconds, wake.signal, signal)));
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#wake = undefined;
    }
  }

  /** Ends the loop, where one runs. May be extended. */
  serverClose(): void {
    void this.shutdown();
  }

  /** `using` closes the server at the end of the block. */
  [Symbol.dispose](): void {
    this.serverClose();
  }
}

const waitBlocking: Wait = (selector, timeoutSeconds) => selector.select(timeoutSeconds);

async function waitAsync(
  selector: PollSelector,
  timeoutSeconds: Timeout,
  awake: AbortSignal,
  signal: AbortSignal | undefined,
): Promise<ReadyKey[] | undefined> {
  try {
    return await selector.selectAsync(timeoutSeconds, { signal: awake });
  } catch (error) {
    if (!awake.aborted || signal?.aborted) throw error;
    return undefined;
  }
}
