import { setImmediate, setTimeout } from 'node:timers/promises';

import { OSError } from '../../system/errors.ts';
import { MSG_OOB, SHUT_WR, SO_LINGER, SO_RCVBUF, SOL_SOCKET } from '../../system/constants/socket.ts';
import type { Socket } from '../../socket/socket.ts';
import { type ActionName, countText, HARD_TIME_MS, IDLE_CLIENTS, LEAVING_LOOK } from './actions.ts';
import { addressOf, connectTo, drain, type InetAddress, isOpen, type Reach } from './client-socket.ts';
import { cutOff } from './cut-off.ts';
import { FdLimit } from './fd-limit.ts';

const HELLO = Buffer.from('hello\n');
const SMALL_BUFFER_BYTES = 4096;
const CLIENTS_AT_ONCE = 50;
const CLIENTS_WITHOUT_FD = 3;
const SIGNAL_AFTER_MS = 100;

/** What came of an action. */
export interface Performed {
  /** The address of the client that the server should write to now, if any. */
  readonly client?: InetAddress;
  /** What differs from the action's sentence, if anything. */
  readonly note?: string;
  /** What to look for, where that differs from what the action says. */
  readonly look?: string;
}

/** Clients of a server that do what they are told. */
export class ActionClients {
  readonly #address: Reach;
  readonly #pid: number;
  readonly #limit: FdLimit;
  readonly #clients: Socket[] = [];
  // Those that are nowhere to be moved any more.
  readonly #silent: Socket[] = [];
  #idle: Socket[] = [];

  /**
   * @param address Where the server listens.
   * @param pid Its process.
   */
  constructor(address: Reach, pid: number) {
    this.#address = address;
    this.#pid = pid;
    this.#limit = new FdLimit(pid);
  }

  /**
   * Does something, which may go on after that.
   * @param action What.
   * @returns What came of it.
   * @throws {Error} Where it could not.
   */
  async perform(action: ActionName): Promise<Performed> {
    return (await this.#actions[action]()) ?? {};
  }

  /** Puts back what it has changed. */
  close(): void {
    this.#limit.restore();
  }

  readonly #actions: Readonly<Record<ActionName, () => Performed | undefined | Promise<Performed | undefined>>> = {
    connect: () => {
      this.#clients.push(connectTo(this.#address));
      return undefined;
    },
    send: () => {
      this.#present().sendall(HELLO);
      return undefined;
    },
    urgent: () => {
      this.#present().send(Buffer.from('!'), MSG_OOB);
      return undefined;
    },
    'half-close': () => {
      this.#halfClose();
      return undefined;
    },
    reset: () => {
      this.#reset();
      return undefined;
    },
    'stop-reading': () => this.#stopReading(),
    vanish: () => this.#vanish(),
    idle: () => this.#crowd(),
    emfile: () => this.#exhaust(),
    signal: () => {
      later(SIGNAL_AFTER_MS, () => {
        process.kill(this.#pid, 'SIGUSR2');
      });
      return undefined;
    },
  };

  // The client that was moved last; a new one where there is none, or the server has closed it.
  #present(): Socket {
    const client = this.#clients.at(-1);
    if (client !== undefined && isOpen(client)) return client;
    client?.close();
    this.#clients.pop();
    this.#clients.push(connectTo(this.#address));
    return this.#clients.at(-1)!;
  }

  #takePresent(): Socket {
    const client = this.#present();
    this.#clients.pop();
    return client;
  }

  #halfClose(): void {
    const client = this.#takePresent();
    client.sendall(HELLO);
    client.shutdown(SHUT_WR);
    drain(client);
  }

  #reset(): void {
    const client = this.#takePresent();
    client.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(Int32Array.of(1, 0).buffer));
    client.close();
  }

  #stopReading(): Performed {
    this.#needTcp();
    const client = connectTo(this.#address, (socket) => {
      socket.setsockopt(SOL_SOCKET, SO_RCVBUF, SMALL_BUFFER_BYTES);
    });
    later(HARD_TIME_MS, () => {
      drain(client);
    });
    return { client: addressOf(client) };
  }

  #vanish(): Performed {
    this.#needTcp();
    const client = connectTo(this.#address);
    const address = addressOf(client);
    if (cutOff(client)) {
      client.close();
      return { client: address };
    }
    this.#silent.push(client);
    return {
      client: address,
      note: 'This kernel cannot cut it off: it only says nothing any more, so the bytes do arrive.',
    };
  }

  // The server finds the client by its address, and one of a Unix socket has none.
  #needTcp(): void {
    if (!Array.isArray(this.#address)) throw new Error('This needs TCP, and the server listens on a Unix socket.');
  }

  async #crowd(): Promise<Performed | undefined> {
    if (this.#idle.length > 0) {
      const { length } = this.#idle;
      for (const client of this.#idle) client.close();
      this.#idle = [];
      return { note: `${countText(length)} clients leave.`, look: LEAVING_LOOK };
    }
    try {
      await this.#fill(this.#idle, IDLE_CLIENTS);
    } catch (error) {
      if (!(error instanceof OSError) || this.#idle.length === 0) throw error;
      return { note: `${error.message}: ${countText(this.#idle.length)} clients have come.` };
    }
    return undefined;
  }

  async #exhaust(): Promise<undefined> {
    const room = this.#limit.lower();
    const waiting: Socket[] = [];
    later(HARD_TIME_MS, () => {
      this.#limit.restore();
      later(HARD_TIME_MS, () => {
        for (const client of waiting) client.close();
      });
    });
    await this.#fill(waiting, room + CLIENTS_WITHOUT_FD);
  }

  // Bit by bit, for this process may be asked for something else meanwhile.
  async #fill(clients: Socket[], count: number): Promise<void> {
    for (let made = 1; made <= count; made++) {
      clients.push(connectTo(this.#address));
      if (made % CLIENTS_AT_ONCE === 0) await setImmediate();
    }
  }
}

// Best effort: the watched process may be gone by then.
function later(ms: number, act: () => void): void {
  setTimeout(ms)
    .then(act)
    .catch(() => undefined);
}
