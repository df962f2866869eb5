import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { NumberedLine, TraceSource } from '../trace/stored-trace.ts';

const NO_LINE = -1;

/**
 * Sends a trace as server-sent events, and goes on as it grows. A reader that has all of what can come is answered with 204.
 * @param source The trace.
 * @param request The request; its Last-Event-ID says where to go on.
 * @param response The response.
 * @see HTML, "Server-sent events": 204 tells an EventSource not to ask again
 */
export async function streamTrace(
  source: TraceSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const last = Number(request.headers['last-event-id'] ?? NO_LINE);
  const signal = untilClosed(response);
  const lines = source.lines(Number.isSafeInteger(last) ? last : NO_LINE, true, signal);
  const head = { 'content-type': 'text/event-stream' };
  const text = ({ id, text }: NumberedLine): string => `id: ${id}\ndata: ${text}\n\n`;
  if (!(await send(lines, text, head, response, signal))) response.writeHead(204).end();
}

/**
 * Sends a trace as a file.
 * @param source The trace, as far as there is one now.
 * @param response The response.
 */
export async function downloadTrace(source: TraceSource, response: ServerResponse): Promise<void> {
  const signal = untilClosed(response);
  const head = {
    'content-type': 'application/jsonl',
    'content-disposition': 'attachment; filename="trace.jsonl"',
  };
  const text = ({ text }: NumberedLine): string => `${text}\n`;
  if (!(await send(source.lines(NO_LINE, false, signal), text, head, response, signal))) {
    response.writeHead(200, head).end();
  }
}

// Whether there was anything. Who reads slowly makes the trace wait, not the memory grow.
async function send(
  lines: AsyncIterable<NumberedLine>,
  toText: (line: NumberedLine) => string,
  head: Record<string, string>,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const line of lines) {
    if (!response.headersSent) response.writeHead(200, head);
    if (!response.write(toText(line))) await once(response, 'drain', { signal });
  }
  if (!response.headersSent) return false;
  response.end();
  return true;
}

function untilClosed(response: ServerResponse): AbortSignal {
  const closed = new AbortController();
  response.once('close', () => {
    closed.abort();
  });
  return closed.signal;
}
