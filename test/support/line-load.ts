import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

const LINES_AT_A_TIME = 50;
const PAUSE_MS = 20;
const PADDING = 'x'.repeat(80);

/** Clients that send numbered lines until `stop`: '3 17 xxx…' is line 17 of client 3. They wait when the server does. */
export class LineLoad {
  readonly #sockets: Socket[] = [];
  readonly #sent: number[] = [];
  readonly #running: Promise<void>[] = [];
  #isStopped = false;

  constructor(port: number, clients: number) {
    for (let client = 0; client < clients; client++) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      this.#sockets.push(socket);
      this.#sent.push(0);
      this.#running.push(this.#send(socket, client));
    }
  }

  /** Stops after the lines that are under way, and returns how many lines each client has sent. */
  async stop(): Promise<readonly number[]> {
    this.#isStopped = true;
    await Promise.all(this.#running);
    return this.#sent;
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  async #send(socket: Socket, client: number): Promise<void> {
    while (!this.#isStopped && !socket.destroyed) {
      let text = '';
      for (let i = 0; i < LINES_AT_A_TIME; i++) text += `${client} ${this.#sent[client]!++} ${PADDING}\n`;
      if (!socket.write(text)) {
        await new Promise((resolve) => {
          socket.once('drain', resolve).once('close', resolve);
        });
      }
      await setTimeout(PAUSE_MS);
    }
    if (!socket.destroyed) await new Promise<void>((resolve) => socket.end(resolve));
  }
}

/** Returns how many lines of each client there are, and checks that they are whole, in order, and none twice. */
export function linesPerClient(text: string, clients: number): number[] {
  const next = new Array<number>(clients).fill(0);
  // A line without its end may be under way.
  for (const line of text.split('\n').slice(0, -1)) {
    const [client, number, padding] = line.trimEnd().split(' ');
    assert.equal(padding, PADDING, line);
    assert.equal(Number(number), next[Number(client)], line);
    next[Number(client)]!++;
  }
  return next;
}
