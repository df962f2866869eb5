// selectors-echo.py, line by line. It waits with selectAsync, so Ctrl-C ends it as KeyboardInterrupt ends the original.
import * as selectors from 'tripoll/selectors';
import * as socket from 'tripoll/socket';
import process from 'node:process';
import { BlockingIOError, ConnectionError } from 'tripoll';

type Handler = (sock: socket.Socket, mask: number) => void;

const port = Number(process.argv[2] ?? 9002);
const selector = new selectors.DefaultSelector<Handler>();
const unsent = new Map<socket.Socket, Buffer>();

function accept(listener: socket.Socket) {
  const [connection, address] = listener.accept();
  console.log(`${String(address[0])} connected`);
  connection.setblocking(false);
  unsent.set(connection, Buffer.alloc(0));
  selector.register(connection, selectors.EVENT_READ, echo);
}

function echo(connection: socket.Socket, mask: number) {
  let rest = unsent.get(connection)!;
  try {
    if (mask & selectors.EVENT_READ) {
      rest = connection.recv(4096);
      if (rest.length === 0) {
        hangUp(connection, 'end of input');
        return;
      }
    }
    const sent = connection.send(rest);
    rest = rest.subarray(sent);
  } catch (error) {
    if (error instanceof ConnectionError) {
      hangUp(connection, 'connection lost');
      return;
    }
    if (!(error instanceof BlockingIOError)) throw error;
  }
  unsent.set(connection, rest);
  // Read nothing while there are unsent bytes. Otherwise a client that never reads could fill the memory.
  const interest = rest.length > 0 ? selectors.EVENT_WRITE : selectors.EVENT_READ;
  selector.modify(connection, interest, echo);
}

function hangUp(connection: socket.Socket, reason: string) {
  console.log(reason);
  selector.unregister(connection);
  unsent.delete(connection);
  connection.close();
}

const ending = new AbortController();
process.once('SIGINT', () => {
  ending.abort();
});

const listener = socket.createServer(['127.0.0.1', port]);
listener.setblocking(false);
selector.register(listener, selectors.EVENT_READ, accept);
try {
  while (true) {
    for (const [key, mask] of await selector.selectAsync(1, { signal: ending.signal })) {
      key.data(key.fileobj as socket.Socket, mask);
    }
  }
} catch (error) {
  if (!ending.signal.aborted) throw error;
  console.log('interrupted');
} finally {
  for (const connection of unsent.keys()) connection.close();
  listener.close();
  selector.close();
}
