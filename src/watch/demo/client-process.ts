/** The program of the clients that the buttons of the page move: a process of its own, so that they are no fds of the watched one. */
import { ActionClients, type Performed } from './action-clients.ts';
import type { ActionName } from './actions.ts';
import type { InetAddress } from './client-socket.ts';

/** What the process is asked for. */
export interface ClientRequest {
  /** Which one. */
  readonly id: number;
  /** What to do. */
  readonly action: ActionName;
}

/** What it answers. */
export interface ClientAnswer extends Performed {
  /** To which request. */
  readonly id: number;
  /** What is wrong, where it could not. */
  readonly error?: string;
}

// The name of a Unix socket is bytes, which JSON has as Buffer writes them.
const reach = JSON.parse(process.argv[2] ?? '') as InetAddress | ReturnType<Buffer['toJSON']>;
const clients = new ActionClients('data' in reach ? Buffer.from(reach.data) : reach, process.ppid);

process.on('message', (request: ClientRequest) => {
  answer(request).then(
    (result) => process.send?.(result),
    () => undefined,
  );
});
process.on('exit', () => {
  clients.close();
});
// The watched process decides when this one ends: Ctrl-C reaches both.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => {
  process.exit();
});

async function answer({ id, action }: ClientRequest): Promise<ClientAnswer> {
  try {
    return { id, ...(await clients.perform(action)) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}
