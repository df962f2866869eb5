import { inspect } from 'node:util';

import type { Address, AddressInput } from '../socket/address.ts';
import { addressText } from '../socket/address.ts';
import type { BaseRequestHandler } from './request-handler.ts';
import { run, settled, type Steps } from './steps.ts';

/** The class of the objects that handle the requests, as the server uses it. */
export type RequestHandlerClass<Request> = new (
  request: Request,
  clientAddress: Address,
  server: never,
) => Pick<BaseRequestHandler, 'run'>;

const RULE = '-'.repeat(40);

/**
 * What a server does with one request, each step a method that a subclass may override.
 * @see CPython, Lib/socketserver.py, `BaseServer`
 */
export abstract class RequestSteps<Request> {
  /** The address as it was given; once bound, what the kernel made of it. */
  serverAddress: Address;
  /** What handles the requests. */
  RequestHandlerClass: RequestHandlerClass<never>;

  /**
   * @param serverAddress Where to serve.
   * @param RequestHandlerClass What handles the requests.
   */
  constructor(serverAddress: AddressInput, RequestHandlerClass: RequestHandlerClass<Request>) {
    this.serverAddress = serverAddress as Address;
    this.RequestHandlerClass = RequestHandlerClass;
  }

  /**
   * The fd that becomes readable when there is a request.
   * @returns The fd.
   */
  abstract fileno(): number;

  /**
   * Takes a request.
   * @returns It, and who sent it.
   * @throws {OSError} Where there is none after all; nothing comes of it.
   */
  abstract getRequest(): [request: Request, clientAddress: Address];

  /** Called by the constructor of a subclass that listens. May be overridden. */
  serverActivate(): void {
    // nothing to activate here
  }

  /** Called after each wait of `serveForever`. May be overridden. */
  serviceActions(): void {
    // nothing to do here
  }

  /** Called where `handleRequest` has seen no request within `timeout`. May be overridden. */
  handleTimeout(): void {
    // nothing to do here
  }

  /**
   * Whether to handle a request. May be overridden.
   * @param _request The request.
   * @param _clientAddress Who sent it.
   * @returns True, to handle it.
   */
  verifyRequest(_request: Request, _clientAddress: Address): boolean {
    return true;
  }

  /**
   * Handles a request: `finishRequest`, then `shutdownRequest`. May be overridden.
   * @param request The request.
   * @param clientAddress Who sent it.
   * @returns Nothing, or a promise where `finishRequest` returns one.
   * @throws What the handler throws.
   */
  processRequest(request: Request, clientAddress: Address): void | Promise<void> {
    return run(this.#process(request, clientAddress));
  }

  *#process(request: Request, clientAddress: Address): Steps<void> {
    yield* settled(this.finishRequest(request, clientAddress));
    this.shutdownRequest(request);
  }

  /**
   * Makes the handler and runs it. May be overridden.
   * @param request The request.
   * @param clientAddress Who sent it.
   * @returns Nothing, or a promise where `handle` returns one.
   * @throws What the handler throws.
   */
  finishRequest(request: Request, clientAddress: Address): void | Promise<void> {
    return new this.RequestHandlerClass(request as never, clientAddress, this as never).run();
  }

  /**
   * Ends a request that has been handled or refused: `closeRequest`. May be overridden.
   * @param request The request.
   */
  shutdownRequest(request: Request): void {
    this.closeRequest(request);
  }

  /**
   * Frees what belongs to a request. May be overridden.
   * @param _request The request.
   */
  closeRequest(_request: Request): void {
    // nothing to free here
  }

  /**
   * Called with what a handler has thrown; prints it to standard error. May be overridden; what it throws ends the loop.
   * @param _request The request.
   * @param clientAddress Who sent it.
   * @param error What was thrown.
   */
  handleError(_request: Request, clientAddress: Address, error: unknown): void {
    const where = `Exception occurred during processing of request from ${addressText(clientAddress)}`;
    console.error(`${RULE}\n${where}\n${inspect(error)}\n${RULE}`);
  }
}
