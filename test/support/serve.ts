import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Child, dist } from './child.ts';

const main = `${dist}src/cli/main.js`;

/** `tripoll serve` on a free port of 127.0.0.1. */
export function serve(...args: string[]): Child {
  return new Child(process.execPath, main, 'serve', '--host', '127.0.0.1', '--port', '0', ...args);
}

/** `tripoll serve` with only these arguments, and some environment variables. */
export function serveWith(environment: Record<string, string>, ...args: (string | { fd: number })[]): Child {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return new Child('env', ...variables, process.execPath, main, 'serve', ...args);
}

/** A temporary folder, removed at the end of the `using` block. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'tripoll-'));

  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** A client of node:net. It collects the text that the server sends. */
export class NetClient {
  received = '';
  ended = false;
  readonly socket: Socket;

  constructor(at: number | string) {
    this.socket = typeof at === 'number' ? connect(at, '127.0.0.1') : connect(at);
    this.socket.setEncoding('latin1').on('data', (text: string) => (this.received += text));
    this.socket.on('error', () => undefined).on('close', () => (this.ended = true));
  }

  /** Waits until the kernel has the bytes. */
  async send(bytes: string | Uint8Array): Promise<void> {
    if (this.socket.connecting) await once(this.socket, 'connect');
    await new Promise((resolve) => this.socket.write(bytes, resolve));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
