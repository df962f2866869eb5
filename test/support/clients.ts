import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';

import { BlockingIOError, OSError } from '../../src/system/errors.ts';
import {
  type Address,
  type Backend,
  type Connection,
  type DisconnectReason,
  Server,
  type ServerOptions,
} from '../../src/server.ts';
import type * as serverModule from '../../src/server.ts';
import { AF_UNIX, createConnection, SHUT_WR, SO_LINGER, SO_RCVBUF, Socket, SOL_SOCKET } from '../../src/socket.ts';
import type * as socketModule from '../../src/socket.ts';
import * as sys from '../../src/sys.ts';
import { Child, dist, until } from './child.ts';

const WATCHDOG_MS = 10_000;

export const backends: readonly Backend[] = ['select', 'poll', 'epoll'];

/** A server in this process, with a record of the calls of its handlers. */
export class Serving {
  readonly server: Server;
  readonly connections: Connection[] = [];
  readonly messages: Buffer[] = [];
  readonly reasons: DisconnectReason[] = [];
  readonly errors: unknown[] = [];
  ticks = 0;

  /** Each call is recorded before the handler of `options` is called. The default timeout of a wait is 30 s here. */
  constructor(backend: Backend, options: Partial<ServerOptions> = {}) {
    const onMessage: ServerOptions['onMessage'] = (message, connection) => {
      this.messages.push(message);
      return options.onMessage?.(message, connection);
    };
    this.server = new Server({
      address: ['127.0.0.1', 0],
      backend,
      timeoutSeconds: 30,
      ...options,
      onConnection: (connection) => {
        this.connections.push(connection);
        options.onConnection?.(connection);
      },
      onMessage: options.onBatch === undefined ? onMessage : undefined,
      onDisconnect: (connection, reason) => {
        this.reasons.push(reason);
        options.onDisconnect?.(connection, reason);
      },
      onError: (error, connection) => {
        this.errors.push(error);
        options.onError?.(error, connection);
      },
      onTick: () => {
        this.ticks++;
        options.onTick?.();
      },
    });
  }

  get texts(): string[] {
    return this.messages.map(String);
  }

  get port(): number {
    return Number(this.server.address()[1]);
  }

  client(text = ''): Client {
    return new Client(this.server.address(), text);
  }

  /** Waits until `count` clients have connected. */
  async connected(count: number): Promise<void> {
    await until(() => this.connections.length >= count);
  }

  /** Waits until `count` connections have ended. */
  async ended(count: number): Promise<void> {
    await until(() => this.reasons.length >= count);
  }

  /** Waits until `count` messages have arrived. */
  async received(count: number): Promise<void> {
    await until(() => this.messages.length >= count);
  }
}

/** Serves while `test` runs, then shuts down and waits for the end, so that no fd is open when the next test starts. */
export async function serving(
  backend: Backend,
  options: Partial<ServerOptions>,
  test: (serving: Serving) => Promise<void>,
): Promise<void> {
  const subject = new Serving(backend, options);
  const done = subject.server.serveForever();
  try {
    await Promise.race([test(subject), new Promise((_, reject) => void done.catch(reject))]);
  } finally {
    subject.server.shutdown();
    await done;
  }
}

/** Checks that a server makes no more turns than its timeout requires. */
export async function assertRest(
  { server }: Serving,
  timeoutSeconds: number,
  restMs: number,
  what = '',
): Promise<void> {
  const before = server.stats().turns;
  const began = performance.now();
  await setTimeout(restMs);
  const due = (performance.now() - began) / 1e3 / timeoutSeconds;
  const turns = server.stats().turns - before;
  assert.ok(turns >= due / 2 - 1 && turns <= due + 2, `${turns} turns where ${due} are due ${what}`);
}

/** A connected client that never blocks, because the server runs in the same thread. */
export class Client {
  readonly socket;

  constructor(address: Address, text = '', sourceHost?: string, receiveBufferBytes?: number) {
    this.socket =
      receiveBufferBytes === undefined ? connected(address, sourceHost) : small(address, receiveBufferBytes);
    this.socket.setblocking(false);
    if (text !== '') this.send(text);
  }

  send(data: string | Uint8Array): void {
    this.socket.sendall(typeof data === 'string' ? Buffer.from(data) : data);
  }

  /** Sends as much as the kernel accepts, and returns the number of bytes. */
  trySend(data: Uint8Array): number {
    try {
      return this.socket.send(data);
    } catch (error) {
      if (error instanceof BlockingIOError) return 0;
      throw error;
    }
  }

  /** Ends the client's side; the client can still receive. */
  finish(): void {
    this.socket.shutdown(SHUT_WR);
  }

  /** Receives the bytes that have arrived, at most 64 KiB; an empty buffer when there are none. */
  receiveAvailable(): Buffer {
    try {
      return this.socket.recv(65536);
    } catch (error) {
      if (error instanceof BlockingIOError) return Buffer.alloc(0);
      throw error;
    }
  }

  /** Waits until at least `bytes` bytes have arrived, and returns everything that has arrived. */
  async receive(bytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    const giveUpMs = performance.now() + WATCHDOG_MS;
    for (let length = 0; length < bytes;) {
      const part = this.receiveAvailable();
      parts.push(part);
      length += part.length;
      if (part.length > 0) continue;
      if (performance.now() > giveUpMs) throw new Error(`${length} of ${bytes} bytes arrived`);
      await setTimeout(1);
    }
    return Buffer.concat(parts);
  }

  /** Waits until the server has ended the connection, and returns 'eof' or the code of the error. */
  async end(): Promise<string> {
    return until(() => {
      try {
        return this.socket.recv(1024).length === 0 && 'eof';
      } catch (error) {
        if (error instanceof BlockingIOError) return false;
        return error instanceof OSError && error.code;
      }
    });
  }

  close(): void {
    this.socket.close();
  }

  /** Ends the connection with RST. */
  reset(): void {
    this.socket.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(Int32Array.of(1, 0).buffer));
    this.socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function small(address: Address, receiveBufferBytes: number): Socket {
  const socket = new Socket();
  socket.setsockopt(SOL_SOCKET, SO_RCVBUF, receiveBufferBytes);
  socket.connect(address.slice(0, 2) as [string, number]);
  return socket;
}

function connected(address: Address, sourceHost: string | undefined): Socket {
  if (Array.isArray(address)) {
    const source = sourceHost === undefined ? undefined : ([sourceHost, 0] as const);
    return createConnection(address.slice(0, 2) as [string, number], undefined, source);
  }
  const socket = new Socket(AF_UNIX);
  socket.connect(address);
  return socket;
}

/** Makes the kernel's buffers of a connection small, so that they are soon full when the client does not read. */
export function shrinkBuffers(connection: Connection, client?: Client): void {
  sys.setsockopt(connection.fileno(), SOL_SOCKET, sys.SO_SNDBUF, Int32Array.of(4096), 4);
  client?.socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 65536);
}

/** Runs the text of a function in a new process. The function may use only its arguments and globals, and no `using`. */
export function serverChild(
  program: (server: typeof serverModule, socket: typeof socketModule) => Promise<void>,
  prefix: string[] = [],
): Child {
  const code = `import * as server from ${JSON.stringify(`${dist}src/server.js`)};
import * as socket from ${JSON.stringify(`${dist}src/socket.js`)};
await (${program.toString()})(server, socket);`;
  const command = [...prefix, process.execPath, '--input-type=module', '-e', code];
  return new Child(command[0]!, ...command.slice(1));
}
