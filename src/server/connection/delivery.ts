import type { Connection } from './client-connection.ts';
import type { Frames } from '../framing/frames.ts';
import type { Host } from './host.ts';
import type { Input } from './input.ts';

/**
 * Hands messages to the server's handlers until no whole one is left, or the connection is paused or has ended, as a handler
 * may make it.
 * @param connection Whose they are.
 * @param input What came from it.
 * @param host Its server.
 * @throws {FramingError} What comes next is too long, or not in the framing's form.
 * @throws {unknown} What a handler has thrown.
 */
export function deliver(connection: Connection, input: Input, host: Host): void {
  while (!connection.paused && !connection.closed && deliverNext(connection, input, host));
}

// Gives whether there were any.
function deliverNext(connection: Connection, input: Input, host: Host): boolean {
  const { frames, deliverAll } = host;
  input.fill(frames, deliverAll !== undefined);
  if (frames.count === 0) return deliverLast(connection, input, host);
  if (deliverAll === undefined) {
    input.take(frames, deliverEach(frames, connection, input, host));
    frames.begin();
    return true;
  }
  input.take(frames, frames.count);
  connection.messages += frames.count;
  settle(deliverAll(frames, connection), connection, input, host);
  return true;
}

// Gives how many, as its handlers may pause or end the connection.
function deliverEach(frames: Frames, connection: Connection, input: Input, host: Host): number {
  const { source, count, end } = frames;
  for (let index = 0; index < count; index++) {
    if (index > 0 && (connection.closed || connection.paused)) return index;
    deliverOne(host.copies.cut(source, frames.from(index), frames.to(index), end), connection, input, host);
  }
  return count;
}

function deliverLast(connection: Connection, input: Input, host: Host): boolean {
  const message = input.last();
  if (message === undefined) return false;
  const { frames, deliverAll } = host;
  if (deliverAll === undefined) {
    deliverOne(message, connection, input, host);
    return true;
  }
  frames.begin(message);
  frames.add(0, message.length, message.length);
  connection.messages++;
  settle(deliverAll(frames, connection), connection, input, host);
  return true;
}

function deliverOne(message: Buffer, connection: Connection, input: Input, host: Host): void {
  connection.messages++;
  settle(host.deliver(message, connection), connection, input, host);
}

// The next message waits for a handler that takes its time.
function settle(promise: PromiseLike<unknown> | undefined, connection: Connection, input: Input, host: Host): void {
  if (promise === undefined) return;
  input.busy = true;
  promise.then(
    () => {
      input.busy = false;
      if (!connection.closed) host.attend(connection);
    },
    (error: unknown) => {
      input.busy = false;
      host.failed(error, connection);
    },
  );
}
