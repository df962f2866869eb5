import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

import { type Answer, createLimitedServer } from '../http/limited-server.ts';
import type { LoopServer } from '../server/loop-server.ts';
import type { TraceSource } from '../trace/stored-trace.ts';
import { Access } from './access.ts';
import type { ActionOutcome } from './demo/action-runner.ts';
import { readPage } from './page-files.ts';
import { downloadTrace, streamTrace, type TraceStream } from './trace-stream.ts';

/** What the page shows, and what its buttons do. */
export interface PageSubject {
  readonly source: TraceSource;
  /** The buttons below "Make it happen". */
  readonly actions: readonly { name: string; label: string; look: string }[];
  act(name: string): Promise<ActionOutcome>;
  /** The server that the page can pause; absent for a recorded trace. */
  readonly server?: Pick<LoopServer<never>, LoopCommand>;
}

type LoopCommand = 'hold' | 'release' | 'step';

const HEADERS = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};
// A browser opens up to 6 connections, and each tab keeps one of them for its stream.
const MAX_CONNECTIONS = 64;
const MAX_STREAMS = 16;
const MAX_BODY_CHARACTERS = 4096;
/** How long `close` waits for readers to receive the end of the trace. */
const MAX_CLOSE_MS = 500;

/** Serves the page over HTTP, in this thread, to this machine only. */
export class PageServer {
  /** The URL of the page, with its token. */
  readonly url: string;
  readonly #server: Server;
  readonly #subject: PageSubject;
  readonly #files = readPage();
  readonly #access: Access;
  readonly #streams = new Set<Promise<unknown>>();

  private constructor(server: Server, subject: PageSubject) {
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.#subject = subject;
    this.#access = new Access(port);
    this.url = `http://127.0.0.1:${port}${this.#access.root}`;
  }

  /** Starts to listen. With port 0 the kernel chooses a port. */
  static async open(port: number, subject: PageSubject): Promise<PageServer> {
    const server = createLimitedServer(MAX_CONNECTIONS, (request, response) => page.#answer(request, response));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    let page: PageServer;
    try {
      page = new PageServer(server, subject);
    } catch (error) {
      server.close();
      throw error;
    }
    return page;
  }

  /** Closes the server and all streams. A stream whose trace has ended may first send the rest of it. */
  async close(): Promise<void> {
    this.#server.close();
    await Promise.race([Promise.all(this.#streams), setTimeout(MAX_CLOSE_MS, undefined, { ref: false })]);
    this.#server.closeAllConnections();
  }

  readonly #gets: Readonly<Record<string, Answer>> = {
    '/trace': (request, response) => this.#stream(request, response, streamTrace),
    '/trace.jsonl': (request, response) => this.#stream(request, response, downloadTrace),
    '/actions': (_, response) => {
      sendJson(response, 200, this.#subject.actions);
    },
  };

  readonly #posts: Readonly<Record<string, Answer>> = {
    '/act': (request, response) => answerBody(request, response, (body) => this.#act(body)),
    '/control': (request, response) => answerBody(request, response, (body) => this.#control(body)),
  };

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const path = this.#access.allowed(request, pathOf(request));
    if (path === undefined) {
      refuse(response, 403, 'open the URL that was printed');
      return;
    }
    const post = Object.hasOwn(this.#posts, path) ? this.#posts[path] : undefined;
    const methods = post === undefined ? ['GET', 'HEAD'] : ['POST'];
    const answer = post ?? this.#answerOfGet(path);
    if (answer === undefined) refuse(response, 404, 'there is nothing here');
    else if (!methods.includes(request.method!)) {
      response.setHeader('allow', methods.join(', '));
      refuse(response, 405, `this takes ${methods.join(' and ')}`);
    } else {
      try {
        await answer(request, response);
      } catch (error) {
        abort(response, error);
      }
    }
  }

  #answerOfGet(path: string): Answer | undefined {
    if (Object.hasOwn(this.#gets, path)) return this.#gets[path];
    const file = this.#files.get(path);
    if (file === undefined) return undefined;
    return (_, response) => {
      response.writeHead(200, { 'content-type': file.type, 'content-length': file.body.length }).end(file.body);
    };
  }

  async #stream(request: IncomingMessage, response: ServerResponse, stream: TraceStream): Promise<void> {
    if (this.#streams.size >= MAX_STREAMS) {
      response.setHeader('retry-after', '5');
      refuse(response, 503, `${MAX_STREAMS} readers of the trace are connected, as many as allowed`);
      return;
    }
    const closed = new Promise((resolve) => response.once('close', resolve));
    this.#streams.add(closed);
    void closed.then(() => this.#streams.delete(closed));
    await stream(this.#subject.source, request, response);
  }

  async #act(body: string): Promise<object> {
    const name = parseObject(body).action;
    const action = this.#subject.actions.find((each) => each.name === name);
    if (action === undefined) throw new BadRequest('the body is {"action": NAME}, a name of /actions');
    return this.#subject.act(action.name);
  }

  #control(body: string): object {
    const command = commandOf(body);
    if (command === undefined) throw new BadRequest('the body is {"held": true}, {"held": false} or {"step": 1}');
    const { server } = this.#subject;
    if (server === undefined) throw new Error('a recorded trace has no loop that could be paused');
    server[command]();
    return {};
  }
}

class BadRequest extends Error {}

async function answerBody(
  request: IncomingMessage,
  response: ServerResponse,
  act: (body: string) => object | Promise<object>,
): Promise<void> {
  let status = 200;
  let answer: object;
  try {
    answer = { ok: true, ...(await act(await readBody(request))) };
  } catch (error) {
    status = error instanceof BadRequest ? 400 : 409;
    answer = { ok: false, error: messageOf(error) };
  }
  // The rest of a body that is too long is not read.
  if (!request.complete) response.setHeader('connection', 'close');
  sendJson(response, status, answer);
}

function pathOf({ url = '' }: IncomingMessage): string {
  try {
    return new URL(`http://localhost${url}`).pathname;
  } catch {
    return '';
  }
}

/** Returns an empty string when the body is too long. */
async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  // A request that is destroyed could not be answered.
  const parts = request.setEncoding('utf8').iterator({ destroyOnReturn: false }) as AsyncIterable<string>;
  for await (const part of parts) {
    body += part;
    if (body.length > MAX_BODY_CHARACTERS) return '';
  }
  return body;
}

function parseObject(body: string): Partial<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function commandOf(body: string): LoopCommand | undefined {
  const { held, step } = parseObject(body);
  if (held === undefined) return step === 1 ? 'step' : undefined;
  if (step !== undefined || typeof held !== 'boolean') return undefined;
  return held ? 'hold' : 'release';
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

// The rest of a request that is refused, such as a long body, is not read.
function refuse(response: ServerResponse, status: number, reason: string): void {
  if (status !== 404) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${reason}\n`);
}

/** When headers are already sent, the response is aborted so that the reader sees that it is incomplete. */
function abort(response: ServerResponse, error: unknown): void {
  if (!response.headersSent) refuse(response, 500, messageOf(error));
  else response.destroy();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
