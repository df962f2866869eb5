import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

import { Access } from './access.ts';
import type { Happened } from './demo/action-runner.ts';
import type { TraceSource } from '../trace/stored-trace.ts';
import { type PageFile, readPage } from './page-files.ts';
import { type Held, wishIn } from './pause.ts';
import { downloadTrace, streamTrace } from './trace-stream.ts';

/** What the page shows, and what it can make happen. */
export interface PageSubject {
  /** The trace. */
  readonly source: TraceSource;
  /** The buttons. */
  readonly actions: readonly { name: string; label: string; look: string }[];
  /**
   * A button was pressed.
   * @param action The button's name.
   * @returns What happens.
   * @throws {Error} Where it cannot.
   */
  act(action: string): Promise<Happened>;
  /** The server that can be held; nothing where it is a recorded trace. */
  readonly server?: Held;
}

/** The answer to a request that is no stream. */
interface Answer {
  readonly status: number;
  readonly body: object;
}

const HEADERS = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};
const MOST_BODY_BYTES = 4096;
// How long a reader may take for the end of the trace.
const MOST_END_MS = 500;

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/** The page over HTTP, in this thread, for this machine alone. */
export class PageServer {
  /** Where it is, with the token. */
  readonly url: string;
  readonly #server: Server;
  readonly #subject: PageSubject;
  readonly #files: ReadonlyMap<string, PageFile> = readPage();
  readonly #access: Access;
  readonly #streams = new Set<Promise<unknown>>();

  private constructor(server: Server, subject: PageSubject) {
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.#subject = subject;
    this.#access = new Access(port);
    this.url = `http://127.0.0.1:${port}${this.#access.root}`;
    server.on('request', (request, response) => {
      this.#answer(request, response);
    });
  }

  /**
   * Opens it.
   * @param port The port; 0 lets the kernel choose.
   * @param subject What is shown.
   * @returns It, listening.
   * @throws {Error} EADDRINUSE, EACCES and kin.
   */
  static async open(port: number, subject: PageSubject): Promise<PageServer> {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    try {
      return new PageServer(server, subject);
    } catch (error) {
      server.close();
      throw error;
    }
  }

  /** Ends it, and every stream: those whose trace has ended are sent to their end. */
  async close(): Promise<void> {
    this.#server.close();
    await Promise.race([Promise.all(this.#streams), setTimeout(MOST_END_MS, undefined, { ref: false })]);
    this.#server.closeAllConnections();
  }

  readonly #routes: Routes = {
    '/trace': {
      GET: (request, response) => {
        this.#track(response);
        return streamTrace(this.#subject.source, request, response);
      },
    },
    '/trace.jsonl': {
      GET: (_, response) => {
        this.#track(response);
        return downloadTrace(this.#subject.source, response);
      },
    },
    '/actions': {
      GET: (_, response) => {
        send(response, { status: 200, body: this.#subject.actions });
      },
    },
    '/act': {
      POST: (request, response) => answerBody(request, response, (body) => this.#act(body)),
    },
    '/control': {
      POST: (request, response) => answerBody(request, response, (body) => this.#control(body)),
    },
  };

  #answer(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const path = this.#access.allowed(request, pathOf(request));
    if (path === undefined) {
      refuse(response, 403, 'open the URL that was printed');
      return;
    }
    const methods = this.#methods(path);
    const handler = methods?.[request.method ?? ''];
    if (methods === undefined) refuse(response, 404, 'there is nothing here');
    else if (handler === undefined) {
      response.setHeader('allow', Object.keys(methods).join(', '));
      refuse(response, 405, `this takes ${Object.keys(methods).join(', ')}`);
    } else {
      Promise.resolve(handler(request, response)).catch((error: unknown) => {
        failed(response, error);
      });
    }
  }

  #methods(path: string): Readonly<Record<string, Handler>> | undefined {
    if (Object.hasOwn(this.#routes, path)) return this.#routes[path];
    const file = this.#files.get(path);
    if (file === undefined) return undefined;
    return {
      GET: (_, response) => {
        response.writeHead(200, { 'content-type': file.type }).end(file.body);
      },
    };
  }

  #track(response: ServerResponse): void {
    const closed = new Promise((resolve) => response.once('close', resolve));
    this.#streams.add(closed);
    void closed.then(() => this.#streams.delete(closed));
  }

  async #act(body: string): Promise<object> {
    const action = nameIn(body);
    if (!this.#subject.actions.some(({ name }) => name === action)) {
      throw new BadRequest('the body is {"action": NAME}, a name of /actions');
    }
    return this.#subject.act(action);
  }

  #control(body: string): object {
    const wish = wishIn(body);
    if (wish === undefined) throw new BadRequest('the body is {"held": true}, {"held": false} or {"step": 1}');
    const { server } = this.#subject;
    if (server === undefined) throw new Error('a recorded trace has no loop that could be held');
    server[wish]();
    return {};
  }
}

/** The body of a request is not what it should be. */
class BadRequest extends Error {}

async function answerBody(
  request: IncomingMessage,
  response: ServerResponse,
  act: (body: string) => object | Promise<object>,
): Promise<void> {
  const answer = await bodyOf(request)
    .then(act)
    .then(
      (body): Answer => ({ status: 200, body: { ok: true, ...body } }),
      (error: unknown): Answer => {
        const message = error instanceof Error ? error.message : String(error);
        return { status: error instanceof BadRequest ? 400 : 409, body: { ok: false, error: message } };
      },
    );
  // What is left of a body that is too long is not read.
  if (!request.complete) response.setHeader('connection', 'close');
  send(response, answer);
}

function pathOf({ url = '' }: IncomingMessage): string {
  try {
    return new URL(`http://localhost${url}`).pathname;
  } catch {
    return '';
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  // Destroyed, it could not be answered.
  const parts = request.setEncoding('utf8').iterator({ destroyOnReturn: false }) as AsyncIterable<string>;
  for await (const part of parts) {
    body += part;
    if (body.length > MOST_BODY_BYTES) return '';
  }
  return body;
}

function nameIn(body: string): string {
  try {
    const { action } = JSON.parse(body) as { action?: unknown };
    return typeof action === 'string' ? action : '';
  } catch {
    return '';
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${why}\n`);
}

// A reader that has gone is no failure; a file that breaks off in the middle cannot be told but by an end without end.
function failed(response: ServerResponse, error: unknown): void {
  if (!response.headersSent) refuse(response, 500, error instanceof Error ? error.message : String(error));
  else response.destroy();
}
