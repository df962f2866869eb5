import type { Address } from '../socket/address.ts';
import type { Socket } from '../socket/socket.ts';
import type { BaseServer } from './base-server.ts';
import { run, settled, type Steps } from './steps.ts';

/**
 * What handles one request; a subclass defines `handle`. The server makes an object of it for each request and then
 * calls `run`. (Python's runs in its constructor, which in JavaScript would be before the subclass has its fields.)
 *
 * What Python has as class attributes are static fields here, and each object begins with its class's values:
 * `class Handler extends StreamRequestHandler { static override timeout = 10; … }`.
 * @see CPython, Lib/socketserver.py, `BaseRequestHandler`
 */
export class BaseRequestHandler<Request = Socket, Server = BaseServer> {
  /** The connection; for a datagram the pair of its bytes and the server's socket. */
  request: Request;
  /** Who sent it. */
  clientAddress: Address;
  /** The server. */
  server: Server;

  /**
   * @param request The request.
   * @param clientAddress Who sent it.
   * @param server The server.
   */
  constructor(request: Request, clientAddress: Address, server: Server) {
    this.request = request;
    this.clientAddress = clientAddress;
    this.server = server;
  }

  /**
   * Handles the request: `setup`, `handle`, and `finish` also where `handle` has failed.
   * @returns Nothing, or a promise where `handle` returns one.
   * @throws What they throw.
   */
  run(): void | Promise<void> {
    return run(this.#steps());
  }

  *#steps(): Steps<void> {
    this.setup();
    try {
      yield* settled(this.handle());
    } finally {
      this.finish();
    }
  }

  /** Called before `handle`; for a subclass to define. */
  setup(): void {
    // nothing to set up here
  }

  /**
   * Serves the request; for a subclass to define. It may be async under `serveForeverAsync` and `handleRequestAsync`,
   * which wait for it. What blocks in it, as `rfile` and `wfile` do, blocks the whole thread in any case.
   */
  handle(): void | Promise<void> {
    // nothing to do here
  }

  /** Called after `handle`; for a subclass to define. */
  finish(): void {
    // nothing to finish here
  }
}
