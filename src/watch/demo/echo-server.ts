import type { Backend } from '../../server/loop/wait-set/backend.ts';
import { Server } from '../../server/server.ts';
import type { Recorder } from '../../trace/recorder.ts';

/** Creates the echo server of `tripoll watch`. It listens on this machine only; with port 0 the kernel chooses a port. */
export function createEchoServer(backend: Backend, timeoutSeconds: number, port: number, recorder: Recorder): Server {
  return new Server({
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
    // Without this handler, the server would not ask for exceptional fds, and the third set would always be empty.
    onExceptional: () => undefined,
    onDisconnect: (connection, reason) => {
      recorder.closed(connection, reason);
    },
    onExhausted: () => undefined,
  });
}
