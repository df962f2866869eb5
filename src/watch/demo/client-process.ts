// The program of the clients that the buttons control.
import { ActionClients, type ActionResult } from './action-clients.ts';
import type { ActionName } from './actions.ts';
import type { InetAddress } from './client-socket.ts';

export interface ClientRequest {
  readonly id: number;
  readonly action: ActionName;
}

export interface ClientAnswer extends ActionResult {
  readonly id: number;
  readonly error?: string;
}

// The name of a Unix socket is a Buffer, in the form in which JSON.stringify writes it.
const address = JSON.parse(process.argv[2] ?? '') as InetAddress | ReturnType<Buffer['toJSON']>;
const clients = new ActionClients('data' in address ? Buffer.from(address.data) : address, process.ppid);

process.on('message', (request: ClientRequest) => {
  answer(request).then(
    (result) => process.send?.(result),
    () => undefined,
  );
});
process.on('exit', () => {
  clients.close();
});
// Ctrl-C reaches this process, too, but the watched process decides when this one ends.
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
