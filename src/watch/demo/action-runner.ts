import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Address } from '../../socket/address.ts';
import type { Connection } from '../../server/connection/connection.ts';
import { SO_SNDBUF, SOL_SOCKET } from '../../system/constants/socket.ts';
import * as sys from '../../system/calls.ts';
import { actionOf, type ActionName } from './actions.ts';
import type { ClientAnswer, ClientRequest } from './client-process.ts';
import type { InetAddress, Reach } from './client-socket.ts';
import type { Recorder } from '../../trace/recorder.ts';

const PROGRAM = fileURLToPath(new URL('client-process.js', import.meta.url));
const SMALL_BUFFER_BYTES = 65_536;
const MUCH = Buffer.alloc(2 ** 20, 'much ');
const ARE_YOU_THERE = Buffer.from('are you there?\n');
const ACCEPT_MS = 2000;
// It may hang in a connect(2).
const MOST_END_MS = 1000;
const LOOK_MS = 10;
const anywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The server that things happen to. */
export interface Stage {
  /** Where it listens. */
  address(): Address;
  /** Its connections. */
  readonly connections: ReadonlySet<Connection>;
  /** Whether it is held, and accepts nobody meanwhile. */
  readonly held: boolean;
}

/** What was made to happen. */
export interface Happened {
  /** A sentence. */
  readonly text: string;
  /** What to look for, where that differs from what the action says. */
  readonly look?: string;
}

/** Makes things happen to a server that is watched, with clients in a process of their own. */
export class Director {
  readonly #stage: Stage;
  readonly #recorder: Recorder;
  readonly #waiting = new Map<number, (answer: ClientAnswer) => void>();
  #child: ChildProcess | undefined;
  #requests = 0;

  /**
   * @param stage The server.
   * @param recorder Who records it.
   */
  constructor(stage: Stage, recorder: Recorder) {
    this.#stage = stage;
    this.#recorder = recorder;
  }

  /**
   * Makes something happen.
   * @param name The action's name.
   * @returns What happens.
   * @throws {Error} Where it cannot.
   */
  async act(name: string): Promise<Happened> {
    const action = actionOf(name);
    if (action === undefined) throw new Error(`there is no action '${name}'`);
    this.#recorder.acted(name, action.text);
    const { error, client, note, look } = await this.#ask(action.name);
    if (error !== undefined) throw new Error(error);
    if (client !== undefined) await this.#writeTo(client, action.name);
    return { text: note ?? action.text, ...(look === undefined ? {} : { look }) };
  }

  /** Ends the clients. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    if (child.connected) child.disconnect();
    const killing = globalThis.setTimeout(() => child.kill('SIGKILL'), MOST_END_MS);
    await exit;
    clearTimeout(killing);
  }

  async #ask(action: ActionName): Promise<ClientAnswer> {
    const child = (this.#child ??= this.#start());
    const id = this.#requests++;
    const request: ClientRequest = { id, action };
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      child.send(request, (error) => {
        if (error !== null) this.#answered({ id, error: `the clients are gone: ${error.message}` });
      });
    });
  }

  #start(): ChildProcess {
    const child = fork(PROGRAM, [JSON.stringify(reachable(this.#stage.address()))], { execArgv: [] });
    if (child.pid === undefined) {
      // EMFILE and kin: it has no channel, and its 'error' is still to come.
      child.once('error', () => undefined);
      throw new Error('The clients cannot be started: no fd or no process is left.');
    }
    child.on('message', (answer: ClientAnswer) => {
      this.#answered(answer);
    });
    const gone = (): void => {
      if (this.#child === child) this.#child = undefined;
      for (const id of this.#waiting.keys()) this.#answered({ id, error: 'the clients are gone' });
    };
    child.once('exit', gone).once('error', gone);
    return child;
  }

  #answered(answer: ClientAnswer): void {
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }

  async #writeTo(client: InetAddress, action: ActionName): Promise<void> {
    const connection = await this.#connectionFrom(client);
    if (action === 'stop-reading') {
      sys.setsockopt(connection.fileno(), SOL_SOCKET, SO_SNDBUF, Int32Array.of(SMALL_BUFFER_BYTES), 4);
    }
    connection.write(action === 'stop-reading' ? MUCH : ARE_YOU_THERE);
  }

  // The client has connected; the server may not have accepted it yet.
  async #connectionFrom([host, port]: InetAddress): Promise<Connection> {
    let giveUpMs = performance.now() + ACCEPT_MS;
    while (performance.now() < giveUpMs) {
      if (this.#stage.held) giveUpMs = performance.now() + ACCEPT_MS;
      for (const connection of this.#stage.connections) {
        const [peerHost, peerPort] = connection.address;
        if (peerHost === host && peerPort === port) return connection;
      }
      await setTimeout(LOOK_MS);
    }
    throw new Error('the server has not accepted the client');
  }
}

// A server that listens on all addresses is reached on the machine's own.
function reachable(address: Address): Reach {
  if (!Array.isArray(address)) return Buffer.from(address as string | Uint8Array);
  const [host, port] = address as [string, number];
  return [anywhere[host] ?? host, port];
}
