import { setImmediate, setTimeout } from 'node:timers/promises';

import { OSError } from '../../system/errors.ts';
import { MSG_OOB, SHUT_WR, SO_LINGER, SO_RCVBUF, SOL_SOCKET } from '../../system/constants/socket.ts';
import type { Socket } from '../../socket/socket.ts';
import { type ActionName, countText, HARD_TIME_MS, IDLE_CLIENTS, LEAVING_LOOK } from './actions.ts';
import {
  blockPackets,
  connectTo,
  drain,
  type InetAddress,
  isOpen,
  localAddress,
  type ServerAddress,
} from './client-socket.ts';
import { FdLimit } from './fd-limit.ts';

const HELLO = Buffer.from('hello\n');
const SMALL_BUFFER_BYTES = 4096;
const CLIENTS_AT_ONCE = 50;
const CLIENTS_WITHOUT_FD = 3;
const SIGNAL_DELAY_MS = 100;
const MAX_CONNECT_SECONDS = 2;

export interface ActionResult {
  /** The address of the client that the server has to write to, if the action needs that. */
  readonly client?: InetAddress;
  /** Says what happened, when it differs from the text of the action. */
  readonly note?: string;
  /** Says what to look for, when it differs from the text of the action. */
  readonly look?: string;
}

type ActionStart = ActionResult | undefined;

/** The clients that the buttons control. */
export class ActionClients {
  readonly #address: ServerAddress;
  readonly #pid: number;
  readonly #limit: FdLimit;
  readonly #maxConnectSeconds: number;
  readonly #clients: Socket[] = [];
  /** Clients that have vanished. They stay open and are not used again. */
  readonly #vanished: Socket[] = [];
  #idle: Socket[] = [];

  /** `pid` is the process of the server at `address`. */
  constructor(address: ServerAddress, pid: number, maxConnectSeconds = MAX_CONNECT_SECONDS) {
    this.#address = address;
    this.#pid = pid;
    this.#limit = new FdLimit(pid);
    this.#maxConnectSeconds = maxConnectSeconds;
  }

  /** Starts an action. Some actions continue after that. */
  async perform(action: ActionName): Promise<ActionResult> {
    return (await this.#actions[action]()) ?? {};
  }

  close(): void {
    this.#limit.restore();
  }

  readonly #actions: Readonly<Record<ActionName, () => ActionStart | Promise<ActionStart>>> = {
    connect: () => {
      this.#clients.push(this.#connect());
    },
    send: () => {
      this.#currentClient().sendall(HELLO);
    },
    urgent: () => {
      this.#currentClient().send(Buffer.from('!'), MSG_OOB);
    },
    'half-close': () => {
      const client = this.#removeCurrentClient();
      client.sendall(HELLO);
      client.shutdown(SHUT_WR);
      drain(client);
    },
    reset: () => {
      const client = this.#removeCurrentClient();
      client.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(Int32Array.of(1, 0).buffer));
      client.close();
    },
    'stop-reading': () => this.#stopReading(),
    vanish: () => this.#vanish(),
    idle: () => this.#connectIdle(),
    emfile: () => this.#exhaustFds(),
    signal: () => {
      later(SIGNAL_DELAY_MS, () => {
        process.kill(this.#pid, 'SIGUSR2');
      });
    },
  };

  #connect(prepare?: (socket: Socket) => void): Socket {
    return connectTo(this.#address, this.#maxConnectSeconds, prepare);
  }

  #currentClient(): Socket {
    const client = this.#removeCurrentClient();
    this.#clients.push(client);
    return client;
  }

  /** The last client that was used; a new one when there is none or the server has closed it. */
  #removeCurrentClient(): Socket {
    const client = this.#clients.pop();
    if (client !== undefined && isOpen(client)) return client;
    client?.close();
    return this.#connect();
  }

  #stopReading(): ActionResult {
    this.#requireTcp();
    const client = this.#connect((socket) => {
      socket.setsockopt(SOL_SOCKET, SO_RCVBUF, SMALL_BUFFER_BYTES);
    });
    later(HARD_TIME_MS, () => {
      drain(client);
    });
    return { client: localAddress(client) };
  }

  #vanish(): ActionResult {
    this.#requireTcp();
    const client = this.#connect();
    const address = localAddress(client);
    if (blockPackets(client)) {
      client.close();
      return { client: address };
    }
    this.#vanished.push(client);
    const note = 'This kernel cannot cut the client off. The client only stops sending, so the bytes do arrive.';
    return { client: address, note };
  }

  /** The server finds the client by its address, and the client of a Unix socket has none. */
  #requireTcp(): void {
    if (!Array.isArray(this.#address)) throw new Error('This needs TCP, and the server listens on a Unix socket.');
  }

  async #connectIdle(): Promise<ActionResult> {
    if (this.#idle.length > 0) {
      const { length } = this.#idle;
      for (const client of this.#idle) client.close();
      this.#idle = [];
      return { note: `${countText(length)} clients disconnect.`, look: LEAVING_LOOK };
    }
    try {
      await this.#connectMany(this.#idle, IDLE_CLIENTS);
    } catch (error) {
      if (!(error instanceof OSError) || this.#idle.length === 0) throw error;
      return { note: `${error.message}: ${countText(this.#idle.length)} clients have connected.` };
    }
    return {};
  }

  async #exhaustFds(): Promise<undefined> {
    const free = this.#limit.lower();
    const waiting: Socket[] = [];
    later(HARD_TIME_MS, () => {
      this.#limit.restore();
      later(HARD_TIME_MS, () => {
        for (const client of waiting) client.close();
      });
    });
    await this.#connectMany(waiting, free + CLIENTS_WITHOUT_FD);
  }

  /** Connects the clients in small groups, so that this process can answer other requests in between. */
  async #connectMany(clients: Socket[], count: number): Promise<void> {
    for (let made = 1; made <= count; made++) {
      clients.push(this.#connect());
      if (made % CLIENTS_AT_ONCE === 0) await setImmediate();
    }
  }
}

/** Best effort: the watched process may have ended by then. */
function later(ms: number, act: () => void): void {
  setTimeout(ms)
    .then(act)
    .catch(() => undefined);
}
