import { setTimeout } from 'node:timers/promises';

import { OSError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

/** How long a client waits for an answer: long for a machine, short for a learner. */
export const ANSWER_MS = 3_000;
const SILENCE_MS = 200;
// Lesson 9 has more clients than fds below 1024.
const UNLIMITED = { fdSetSize: 'unlimited' } as const;

/** A scripted client. It waits with selectAsync, so that the program's output is read meanwhile. */
export class Client {
  /** What has come and was not expected yet. */
  pending: Buffer = Buffer.alloc(0);
  /** How the server ended the connection: 'eof', or an error's code. */
  ended: string | undefined;
  readonly #socket: socket.Socket;

  private constructor(connected: socket.Socket) {
    this.#socket = connected;
  }

  static async connect(port: number): Promise<Client> {
    const made = socket.socket();
    made.setblocking(false);
    made.connectEx(['127.0.0.1', port]);
    const [, writable] = await select.selectAsync([], [made], [], ANSWER_MS / 1e3, UNLIMITED);
    const failed = writable.length === 0 || made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) !== 0;
    if (failed) {
      made.close();
      throw new Error('no connection');
    }
    return new Client(made);
  }

  /** Sends; what the kernel does not take is dropped, which only happens to a server that never reads. */
  send(data: string | Uint8Array, flags = 0): void {
    try {
      this.#socket.send(Buffer.from(data), flags);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.ended ??= error.code ?? 'error';
    }
  }

  /** Sends the last byte as an urgent one. */
  sendUrgent(text: string): void {
    this.send(text, socket.MSG_OOB);
  }

  /** Says that it sends no more, and goes on reading. */
  finish(): void {
    this.#socket.shutdown(socket.SHUT_WR);
  }

  /** Waits for exactly this text; `false` as soon as something else has come, the server has ended it, or the time is up. */
  async gets(wanted: string, timeoutMs = ANSWER_MS): Promise<boolean> {
    const bytes = Buffer.from(wanted);
    await this.#read(() => this.pending.length >= bytes.length || !startsWith(bytes, this.pending), timeoutMs);
    if (!this.pending.equals(bytes)) return false;
    this.pending = Buffer.alloc(0);
    return true;
  }

  /** Waits until so many bytes are there, and leaves them in `pending`. */
  async gathers(bytes: number, timeoutMs = ANSWER_MS): Promise<void> {
    await this.#read(() => this.pending.length >= bytes, timeoutMs);
  }

  /** Takes so many bytes, whatever they are, as long as none is late by more than `timeoutMs`; gives how many came. */
  async takes(bytes: number, timeoutMs = ANSWER_MS): Promise<number> {
    let taken = 0;
    while (taken < bytes) {
      await this.gathers(1, timeoutMs);
      if (this.pending.length === 0) break;
      taken += this.pending.length;
      this.pending = Buffer.alloc(0);
    }
    return taken;
  }

  /** Whether nothing comes for a while. */
  async staysSilent(): Promise<boolean> {
    await this.#read(() => this.pending.length > 0, SILENCE_MS);
    return this.pending.length === 0;
  }

  /** Waits until the server has ended the connection. */
  async end(timeoutMs = ANSWER_MS): Promise<string | undefined> {
    await this.#read(() => false, timeoutMs);
    return this.ended;
  }

  close(): void {
    this.#socket.close();
  }

  /** Ends the connection with RST, as a crash or a pulled plug does sooner or later. */
  reset(): void {
    this.#socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, new Uint8Array(Int32Array.of(1, 0).buffer));
    this.#socket.close();
  }

  async #read(enough: () => boolean, timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!enough() && this.ended === undefined) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) return;
      const [readable] = await select.selectAsync([this.#socket], [], [], leftMs / 1e3, UNLIMITED);
      if (readable.length > 0) this.#receive();
      else await setTimeout(1);
    }
  }

  #receive(): void {
    try {
      const chunk = this.#socket.recv(65536);
      if (chunk.length === 0) this.ended = 'eof';
      else this.pending = Buffer.concat([this.pending, chunk]);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.ended = error.code ?? 'error';
    }
  }
}

function startsWith(whole: Buffer, part: Buffer): boolean {
  return whole.subarray(0, part.length).equals(part);
}
