import { select } from 'tripoll/select';
import { Socket } from 'tripoll/socket';

/**
 * The replacement of Python's `threading.Thread` in the ports. Node's threads share no sockets, so `start` runs the
 * target at once. As in Python, an error of the target is printed and does not end the program.
 */
export class Thread<Args extends unknown[]> {
  readonly #target: (...args: Args) => void;
  readonly #args: Args;

  constructor({ target, args }: { target: (...args: Args) => void; args: Args }) {
    this.#target = target;
    this.#args = args;
  }

  start(): void {
    // A Python thread begins a moment after `start`. In this moment the client's message usually arrives, so wait for it.
    const sockets = this.#args.filter((argument) => argument instanceof Socket);
    select(sockets, [], [], 0.1);
    try {
      this.#target(...this.#args);
    } catch (error) {
      console.error('Exception in thread:', error);
    }
  }
}
