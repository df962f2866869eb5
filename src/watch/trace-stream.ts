import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { UNREAD_TIMEOUT_MS } from '../http/limited-server.ts';
import type { NumberedLine, TraceSource } from '../trace/stored-trace.ts';

const NO_LINE = -1;

/** Sends a trace, or a part of it. The answer to HEAD has no lines. */
export type TraceStream = (source: TraceSource, request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Sends a trace as server-sent events, and continues as the trace grows. Last-Event-ID says which line the reader has. When no
 * line is left to send, the answer is 204, which tells an EventSource not to connect again (HTML, "Server-sent events").
 */
export async function streamTrace(
  source: TraceSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const lastId = Number(request.headers['last-event-id'] ?? NO_LINE);
  const signal = closeSignal(response);
  const lines = source.lines(Number.isSafeInteger(lastId) ? lastId : NO_LINE, true, signal);
  const head = { 'content-type': 'text/event-stream' };
  if (endedForHead(request, response, head)) return;
  await send(lines, ({ id, text }) => `id: ${id}\ndata: ${text}\n\n`, head, response, signal);
  if (!response.headersSent) response.writeHead(204);
  response.end();
}

/** Sends the trace so far as a file. */
export async function downloadTrace(
  source: TraceSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const signal = closeSignal(response);
  const head = { 'content-type': 'application/jsonl', 'content-disposition': 'attachment; filename="trace.jsonl"' };
  if (endedForHead(request, response, head)) return;
  await send(source.lines(NO_LINE, false, signal), ({ text }) => `${text}\n`, head, response, signal);
  if (!response.headersSent) response.writeHead(200, head);
  response.end();
}

function endedForHead({ method }: IncomingMessage, response: ServerResponse, head: Record<string, string>): boolean {
  if (method !== 'HEAD') return false;
  response.writeHead(200, head).end();
  return true;
}

/** A slow reader makes the trace wait, so that it uses no memory. A reader that has stopped reading loses its connection. */
async function send(
  lines: AsyncIterable<NumberedLine>,
  toText: (line: NumberedLine) => string,
  head: Record<string, string>,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  for await (const line of lines) {
    if (!response.headersSent) response.writeHead(200, head);
    if (response.write(toText(line))) continue;
    response.setTimeout(UNREAD_TIMEOUT_MS);
    await once(response, 'drain', { signal });
    response.setTimeout(0);
  }
}

function closeSignal(response: ServerResponse): AbortSignal {
  const closed = new AbortController();
  response.once('close', () => {
    closed.abort();
  });
  return closed.signal;
}
