import { setTimeout } from 'node:timers/promises';

import { OSError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

/** The time that a client waits for an answer. */
export const ANSWER_MS = 3_000;
const SILENCE_MS = 200;
// Lesson 9 has more clients than there are fds below 1024.
const UNLIMITED = { fdSetSize: 'unlimited' } as const;

/** A scripted client. It waits with selectAsync, so that this process reads the program's output at the same time. */
export class Client {
  /** The bytes that have arrived, and that no method has returned yet. */
  pending: Buffer = Buffer.alloc(0);
  /** How the server ended the connection: 'eof', or the code of an error. `undefined` while it is open. */
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

  /** Sends bytes. If the server never reads, the kernel accepts only a part of them, and the remaining bytes are dropped. */
  send(data: string | Uint8Array, flags = 0): void {
    try {
      this.#socket.send(Buffer.from(data), flags);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.ended ??= error.code ?? 'error';
    }
  }

  /** Sends a text whose last byte is urgent. */
  sendUrgent(text: string): void {
    this.send(text, socket.MSG_OOB);
  }

  /** Shuts down the sending side of the connection; the client can still receive. */
  finishSending(): void {
    this.#socket.shutdown(socket.SHUT_WR);
  }

  /** Waits for exactly this text. Returns false at the first wrong byte, at the connection's end, or after `timeoutMs`. */
  async receives(wanted: string, timeoutMs = ANSWER_MS): Promise<boolean> {
    const bytes = Buffer.from(wanted);
    await this.#receiveUntil(() => this.pending.length >= bytes.length || !startsWith(bytes, this.pending), timeoutMs);
    if (!this.pending.equals(bytes)) return false;
    this.pending = Buffer.alloc(0);
    return true;
  }

  /** Waits until `pending` has this many bytes, or more. */
  async waitForBytes(bytes: number, timeoutMs = ANSWER_MS): Promise<void> {
    await this.#receiveUntil(() => this.pending.length >= bytes, timeoutMs);
  }

  /** Receives and drops bytes, until their number is reached or none arrives for `timeoutMs`. Returns their number. */
  async receiveBytes(bytes: number, timeoutMs = ANSWER_MS): Promise<number> {
    let received = 0;
    while (received < bytes) {
      await this.waitForBytes(1, timeoutMs);
      if (this.pending.length === 0) break;
      received += this.pending.length;
      this.pending = Buffer.alloc(0);
    }
    return received;
  }

  /** Returns whether nothing arrives for 200 ms. */
  async receivesNothing(): Promise<boolean> {
    await this.#receiveUntil(() => this.pending.length > 0, SILENCE_MS);
    return this.pending.length === 0;
  }

  /** Waits until the server ends the connection, and returns how it has ended: see `ended`. */
  async waitForEnd(timeoutMs = ANSWER_MS): Promise<string | undefined> {
    await this.#receiveUntil(() => false, timeoutMs);
    return this.ended;
  }

  close(): void {
    this.#socket.close();
  }

  /** Ends the connection with RST, so that the server gets ECONNRESET. */
  reset(): void {
    this.#socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, new Uint8Array(Int32Array.of(1, 0).buffer));
    this.#socket.close();
  }

  async #receiveUntil(isEnough: () => boolean, timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!isEnough() && this.ended === undefined) {
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
