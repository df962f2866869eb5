import type { Backend } from '../../server/loop/wait-set/backend.ts';
import { Server } from '../../server/server.ts';
import type { Recorder } from '../../trace/recorder.ts';

/**
 * An echo server to play with.
 * @param backend What it waits with.
 * @param timeoutSeconds Its longest wait.
 * @param port Its port; 0 for any.
 * @param recorder Who records it.
 * @returns It, listening on this machine alone.
 * @throws {OSError} EADDRINUSE and kin.
 */
export function createEchoServer(backend: Backend, timeoutSeconds: number, port: number, recorder: Recorder): Server {
  const server = new Server({
    address: ['127.0.0.1', port],
    backend,
    timeoutSeconds,
    watcher: recorder,
    onConnection: (connection) => {
      recorder.opened(connection);
    },
    onMessage: (message, connection) => {
      connection.write(message);
    },
    // Someone has to want urgent bytes: the third set is empty otherwise.
    onExceptional: () => undefined,
    onDisconnect: (connection, reason) => {
      recorder.closed(connection, reason);
    },
    onExhausted: () => undefined,
  });
  return server;
}
