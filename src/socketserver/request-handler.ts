import type { Address } from '../socket/address.ts';
import type { Socket } from '../socket/socket.ts';
import type { BaseServer } from './base-server.ts';
import { run, settled, type Steps } from './steps.ts';

/**
 * Handles one request; a subclass defines `handle`. The server makes a handler for each request and then calls `run`.
 * (Python runs the handler in its constructor. In JavaScript the subclass would not have its fields yet.)
 *
 * Python's class attributes are static fields here, and each new handler copies them from its class: `class Handler
 * extends StreamRequestHandler { static override timeout = 10; … }`.
 * @see CPython, Lib/socketserver.py, `BaseRequestHandler`
 */
export class BaseRequestHandler<Request = Socket, Server = BaseServer> {
  /** The connection; for a datagram the pair of its bytes and the server's socket. */
  request: Request;
  /** The address that the request came from. */
  clientAddress: Address;
  /** The server that received the request. */
  server: Server;

  /**
   * @param request The connection; for a datagram the pair of its bytes and the server's socket.
   * @param clientAddress The address that the request came from.
   * @param server The server that received the request.
   */
  constructor(request: Request, clientAddress: Address, server: Server) {
    this.request = request;
    this.clientAddress = clientAddress;
    this.server = server;
  }

  /**
   * Handles the request: calls `setup`, `handle` and `finish`. `finish` runs even when `handle` fails.
   * @returns Nothing, or a promise if one of them returns one.
   * @throws Any error of these three methods.
   */
  run(): void | Promise<void> {
    return run(this.#steps());
  }

  *#steps(): Steps<void> {
    yield* settled('setup', this.setup());
    try {
      yield* settled('handle', this.handle());
    } finally {
      yield* settled('finish', this.finish());
    }
  }

  /** Runs before `handle`; a subclass may define it. It may be async, as `handle` may. */
  setup(): void | Promise<void> {
    // does nothing by default
  }

  /**
   * Serves the request; a subclass defines it. It may be async under `serveForeverAsync` and `handleRequestAsync`,
   * which wait for it. Blocking calls in it, such as those of `rfile` and `wfile`, block the whole thread all the same.
   */
  handle(): void | Promise<void> {
    // does nothing by default
  }

  /** Runs after `handle`, even when `handle` fails; a subclass may define it. It may be async, as `handle` may. */
  finish(): void | Promise<void> {
    // does nothing by default
  }
}
