import { select } from 'tripoll/select';
import { Socket } from 'tripoll/socket';

/**
 * What the ports use for Python's `threading.Thread`. Node's threads share no sockets, so `start` runs the target at
 * once. As in Python, what the target throws is printed and ends nothing else.
 */
export class Thread<Args extends unknown[]> {
  readonly #target: (...args: Args) => void;
  readonly #args: Args;

  constructor({ target, args }: { target: (...args: Args) => void; args: Args }) {
    this.#target = target;
    this.#args = args;
  }

  start(): void {
    // A Python thread begins a moment after `start`, and in that moment the client's message usually comes.
    const sockets = this.#args.filter((argument) => argument instanceof Socket);
    select(sockets, [], [], 0.1);
    try {
      this.#target(...this.#args);
    } catch (error) {
      console.error('Exception in thread:', error);
    }
  }
}
