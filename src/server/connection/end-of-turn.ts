import type { Connection } from './client-connection.ts';
import type { Flusher } from './batch-send.ts';
import type { Loop } from '../loop/loop.ts';

/** The connections that have something to do at the end of this turn; or soon, where no turn is under way. */
export class Attention {
  readonly #connections: (Connection | undefined)[] = [];
  #count = 0;
  readonly #loop: Loop;
  readonly #flusher: Flusher;
  #inTurn = false;
  #soon = false;

  /**
   * @param loop The loop of the turns.
   * @param flusher Sends what it can at once.
   */
  constructor(loop: Loop, flusher: Flusher) {
    this.#loop = loop;
    this.#flusher = flusher;
  }

  /** A turn begins. */
  begin(): void {
    this.#inTurn = true;
  }

  /** The turn ends: what was written in it leaves together. */
  end(): void {
    this.#attend();
    this.#inTurn = false;
  }

  /**
   * Calls `attend` of a connection, once, at the end of this turn or soon.
   * @param connection The connection.
   */
  add(connection: Connection): void {
    if (connection.attended) return;
    connection.attended = true;
    this.#connections[this.#count++] = connection;
    if (this.#inTurn || this.#soon) return;
    this.#soon = true;
    queueMicrotask(() => {
      this.#soon = false;
      this.#loop.lookAtClock();
      this.#attend();
    });
  }

  // Those that come while it goes on are attended too.
  #attend(): void {
    this.#flusher.flush(this.#connections, this.#count);
    for (let index = 0; index < this.#count; index++) {
      const connection = this.#connections[index]!;
      this.#connections[index] = undefined;
      connection.attended = false;
      connection.attend();
    }
    this.#count = 0;
  }
}
