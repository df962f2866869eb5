import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Answers a request. A promise resolves when the answer is complete. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

const MAX_REQUESTS_PER_CONNECTION = 100;
const REQUEST_TIMEOUTS = {
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
};
/** How long a client may leave an answer unread. */
export const UNREAD_TIMEOUT_MS = 10_000;

/**
 * Makes an HTTP server that no client can use up: it bounds the connections, the requests of a connection, the time to send a
 * request and the time to read an answer. It answers the requests of a connection one after the other: a client that sends many
 * requests without waiting gets the next answer when the kernel has accepted the answer before it, so only one answer of a
 * connection is in memory.
 */
export function createLimitedServer(maxConnections: number, answer: Answer): Server {
  const server = createServer(REQUEST_TIMEOUTS);
  server.maxConnections = maxConnections;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
  server.timeout = UNREAD_TIMEOUT_MS;
  server.on('request', oneAfterTheOther(answer));
  return server;
}

function oneAfterTheOther(answer: Answer) {
  const connections = new WeakMap<Socket, { requests: number; lastAnswer: Promise<void> }>();
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const { requests, lastAnswer } = connections.get(socket) ?? { requests: 0, lastAnswer: Promise.resolve() };
    // Node announces the end of the connection after this request, but it does not close the connection.
    if (requests + 1 === MAX_REQUESTS_PER_CONNECTION) response.setHeader('connection', 'close');
    const answered = lastAnswer.then(() => answerOne(answer, request, response));
    connections.set(socket, { requests: requests + 1, lastAnswer: answered });
  };
}

async function answerOne(answer: Answer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { socket } = request;
  if (socket.destroyed) return;
  const closed = new Promise((resolve) => response.once('close', resolve));
  // The client does not have to hurry while the server works on its answer.
  socket.setTimeout(0);
  try {
    await answer(request, response);
  } catch {
    // An answer reports its own errors; here only the connection is left to end.
    response.destroy();
  }
  // When the answer has left already, Node has set the timeout for the next request.
  if (!response.writableFinished) socket.setTimeout(UNREAD_TIMEOUT_MS);
  await closed;
}
