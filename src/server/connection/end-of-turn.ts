import type { Loop } from '../loop/loop.ts';
import type { BatchSend } from './batch-send.ts';
import type { ClientConnection } from './client-connection.ts';

/** Calls `finishTurn` of the connections that need it: at the end of the turn, or in a microtask when no turn is under way. */
export class EndOfTurn {
  readonly #connections: (ClientConnection | undefined)[] = [];
  #count = 0;
  readonly #loop: Loop;
  readonly #batchSend: BatchSend;
  #isInTurn = false;
  #isMicrotaskQueued = false;

  constructor(loop: Loop, batchSend: BatchSend) {
    this.#loop = loop;
    this.#batchSend = batchSend;
  }

  turnStarted(): void {
    this.#isInTurn = true;
  }

  /** Sends all output of the turn together. */
  turnEnded(): void {
    this.#finishAll();
    this.#isInTurn = false;
  }

  schedule(connection: ClientConnection): void {
    if (connection.isScheduled) return;
    connection.isScheduled = true;
    this.#connections[this.#count++] = connection;
    if (this.#isInTurn || this.#isMicrotaskQueued) return;
    this.#isMicrotaskQueued = true;
    queueMicrotask(() => {
      this.#isMicrotaskQueued = false;
      this.#loop.updateNow();
      this.#finishAll();
    });
  }

  // The list may grow meanwhile: the handler of one connection may schedule another connection, which is finished, too.
  #finishAll(): void {
    this.#batchSend.send(this.#connections, this.#count);
    for (let index = 0; index < this.#count; index++) {
      const connection = this.#connections[index]!;
      this.#connections[index] = undefined;
      // What the connection's own handlers write meanwhile is sent by this call, and schedules no other.
      connection.finishTurn();
      connection.isScheduled = false;
    }
    this.#count = 0;
  }
}
