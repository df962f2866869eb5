import { inspect } from 'node:util';

import { addressRepr } from '../socket/address-text.ts';
import type { Address, AddressInput } from '../socket/address.ts';
import { run, settled, type Steps } from './steps.ts';

/** The part of a request handler that the server uses. */
export interface RunnableHandler {
  /** Handles the request; the promise, if there is one, resolves afterwards. */
  run(): void | Promise<void>;
}

/**
 * The class of request handlers: the server makes one object for each request and calls its `run`.
 * @param request The connection; for a datagram the pair of its bytes and the server's socket.
 * @param clientAddress The address that the request came from.
 * @param server The server that received the request.
 */
export type RequestHandlerClass<Request> = new (
  request: Request,
  clientAddress: Address,
  server: never,
) => RunnableHandler;

const RULE = '-'.repeat(40);

/**
 * The steps of one request. Each step is a method that a subclass may override. It may be async under
 * `serveForeverAsync` and `handleRequestAsync`, which wait for each of them.
 * @see CPython, Lib/socketserver.py, `BaseServer`
 */
export abstract class RequestSteps<Request> {
  /** The server's address. Before `bind` it is the address that the caller gave; afterwards it is the kernel's. */
  serverAddress: Address;
  /** The class whose objects handle the requests. */
  RequestHandlerClass: RequestHandlerClass<never>;

  /**
   * @param serverAddress The address to serve: [host, port], or a path for AF_UNIX.
   * @param RequestHandlerClass The class whose objects handle the requests.
   */
  constructor(serverAddress: AddressInput, RequestHandlerClass: RequestHandlerClass<Request>) {
    this.serverAddress = serverAddress as Address;
    this.RequestHandlerClass = RequestHandlerClass;
  }

  /** Returns the fd that becomes readable when a request arrives. */
  abstract fileno(): number;

  /**
   * Accepts or receives one request.
   * @returns The request and the client's address, or a promise of them.
   * @throws {OSError} When no request is there after all; the loop ignores this error and goes on.
   */
  abstract getRequest():
    [request: Request, clientAddress: Address] | Promise<[request: Request, clientAddress: Address]>;

  /** The constructor of a subclass that listens calls it. May be overridden. */
  serverActivate(): void | Promise<void> {
    // does nothing by default
  }

  /** Runs after each wait of `serveForever`. May be overridden. */
  serviceActions(): void | Promise<void> {
    // does nothing by default
  }

  /** Runs when `handleRequest` has received no request within `timeout`. May be overridden. */
  handleTimeout(): void | Promise<void> {
    // does nothing by default
  }

  /**
   * Decides whether to handle a request. May be overridden.
   * @param _request The received request.
   * @param _clientAddress The address that the request came from.
   * @returns True to handle the request, false to refuse it, or a promise of that.
   */
  verifyRequest(_request: Request, _clientAddress: Address): boolean | Promise<boolean> {
    return true;
  }

  /**
   * Handles a request: calls `finishRequest`, then `shutdownRequest`. May be overridden.
   * @param request The received request.
   * @param clientAddress The address that the request came from.
   * @returns Nothing, or a promise if `finishRequest` or `shutdownRequest` returns one.
   * @throws Any error of the handler.
   */
  processRequest(request: Request, clientAddress: Address): void | Promise<void> {
    return run(this.#process(request, clientAddress));
  }

  *#process(request: Request, clientAddress: Address): Steps<void> {
    yield* settled('finishRequest', this.finishRequest(request, clientAddress));
    yield* settled('shutdownRequest', this.shutdownRequest(request));
  }

  /**
   * Makes the handler and runs it. May be overridden.
   * @param request The received request.
   * @param clientAddress The address that the request came from.
   * @returns Nothing, or a promise if `handle` returns one.
   * @throws Any error of the handler.
   */
  finishRequest(request: Request, clientAddress: Address): void | Promise<void> {
    return new this.RequestHandlerClass(request as never, clientAddress, this as never).run();
  }

  /**
   * Ends a request that was handled or refused: calls `closeRequest`. May be overridden.
   * @param request The handled or refused request.
   * @returns Nothing, or a promise if `closeRequest` returns one.
   */
  shutdownRequest(request: Request): void | Promise<void> {
    return this.closeRequest(request);
  }

  /**
   * Frees the resources of a request. May be overridden.
   * @param _request The handled or refused request.
   */
  closeRequest(_request: Request): void | Promise<void> {
    // does nothing by default
  }

  /**
   * Reports the error of a handler on standard error. May be overridden; an error that it throws ends the loop.
   * @param _request The request whose handler failed.
   * @param clientAddress The address that the request came from.
   * @param error The value that the handler threw.
   */
  handleError(_request: Request, clientAddress: Address, error: unknown): void | Promise<void> {
    const where = `Exception occurred during processing of request from ${addressRepr(clientAddress)}`;
    console.error(`${RULE}\n${where}\n${inspect(error)}\n${RULE}`);
  }
}
