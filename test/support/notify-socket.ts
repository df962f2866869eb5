import { AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK, Socket } from '../../src/socket.ts';
import { BlockingIOError } from '../../src/system/errors.ts';
import { until } from './child.ts';

const FILLING = 'filling';
// More messages than net.unix.max_dgram_qlen is on any machine.
const MAX_MESSAGES = 1_000_000;

/** The socket of a service manager, which receives the states of a service. */
export class NotifySocket {
  readonly states: string[] = [];
  readonly #address: string | Buffer;
  readonly #socket = new Socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);

  constructor(address: string | Buffer) {
    this.#address = address;
    this.#socket.bind(address);
  }

  /** Fills the queue, so that it takes no further message until somebody reads. */
  fill(): void {
    using sender = new Socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
    try {
      for (let i = 0; i < MAX_MESSAGES; i++) sender.sendto(Buffer.from(FILLING), this.#address);
    } catch (error) {
      if (!(error instanceof BlockingIOError)) throw error;
    }
  }

  /** Reads all messages that have arrived, without those of `fill`. */
  read(): string[] {
    const messages: string[] = [];
    try {
      for (;;) messages.push(this.#socket.recv(1024).toString());
    } catch (error) {
      if (!(error instanceof BlockingIOError)) throw error;
    }
    return messages.filter((message) => message !== FILLING);
  }

  async receives(state: string): Promise<void> {
    await until(() => {
      this.states.push(...this.read());
      return this.states.includes(state);
    });
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
