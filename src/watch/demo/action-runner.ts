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
import type { InetAddress, ServerAddress } from './client-socket.ts';
import type { Recorder } from '../../trace/recorder.ts';

const PROGRAM = fileURLToPath(new URL('client-process.js', import.meta.url));
const SMALL_BUFFER_BYTES = 65_536;
const LONG_MESSAGE = Buffer.alloc(2 ** 20, 'much ');
const SHORT_MESSAGE = Buffer.from('are you there?\n');
const MAX_ACCEPT_MS = 2000;
const ACCEPT_CHECK_MS = 10;
/** The process may be blocked in connect(2). */
const MAX_EXIT_MS = 1000;
const loopbackOf: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The part of a server that the actions need. */
export interface ActionServer {
  address(): Address;
  readonly connections: ReadonlySet<Connection>;
  /** Whether the loop is paused. A paused loop accepts no clients. */
  readonly held: boolean;
}

/** What the page says about an action after it has started. */
export interface ActionOutcome {
  readonly text: string;
  /** Says what to look for, when it differs from the text of the action. */
  readonly look?: string;
}

/**
 * Runs the actions of the buttons. Their clients are in a process of their own, so that the clients' fds do not belong to the
 * process that is watched.
 */
export class ActionRunner {
  readonly #server: ActionServer;
  readonly #recorder: Recorder;
  readonly #requests = new Map<number, (answer: ClientAnswer) => void>();
  #child: ChildProcess | undefined;
  #nextId = 0;

  constructor(server: ActionServer, recorder: Recorder) {
    this.#server = server;
    this.#recorder = recorder;
  }

  async act(name: string): Promise<ActionOutcome> {
    const action = actionOf(name);
    if (action === undefined) throw new Error(`there is no action '${name}'`);
    this.#recorder.acted(name, action.text);
    const { error, client, note, look } = await this.#request(action.name);
    if (error !== undefined) throw new Error(error);
    if (client !== undefined) await this.#writeTo(client, action.name);
    return { text: note ?? action.text, ...(look === undefined ? {} : { look }) };
  }

  /** Ends the process of the clients. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    if (child.connected) child.disconnect();
    const killing = globalThis.setTimeout(() => child.kill('SIGKILL'), MAX_EXIT_MS);
    await exit;
    clearTimeout(killing);
  }

  async #request(action: ActionName): Promise<ClientAnswer> {
    const child = (this.#child ??= this.#startProcess());
    const id = this.#nextId++;
    const request: ClientRequest = { id, action };
    return new Promise((resolve) => {
      this.#requests.set(id, resolve);
      child.send(request, (error) => {
        if (error !== null) this.#answered({ id, error: `the clients are gone: ${error.message}` });
      });
    });
  }

  #startProcess(): ChildProcess {
    const child = fork(PROGRAM, [JSON.stringify(reachableAddress(this.#server.address()))], { execArgv: [] });
    if (child.pid === undefined) {
      // fork failed with EMFILE or the like: the child has no channel, and emits 'error' later.
      child.once('error', () => undefined);
      throw new Error('The clients cannot be started: no fd or no process is free.');
    }
    child.on('message', (answer: ClientAnswer) => {
      this.#answered(answer);
    });
    const ended = (): void => {
      if (this.#child === child) this.#child = undefined;
      for (const id of this.#requests.keys()) this.#answered({ id, error: 'the clients are gone' });
    };
    child.once('exit', ended).once('error', ended);
    return child;
  }

  #answered(answer: ClientAnswer): void {
    this.#requests.get(answer.id)?.(answer);
    this.#requests.delete(answer.id);
  }

  async #writeTo(client: InetAddress, action: ActionName): Promise<void> {
    const connection = await this.#connectionFrom(client);
    if (action === 'stop-reading') {
      sys.setsockopt(connection.fileno(), SOL_SOCKET, SO_SNDBUF, Int32Array.of(SMALL_BUFFER_BYTES), 4);
    }
    connection.write(action === 'stop-reading' ? LONG_MESSAGE : SHORT_MESSAGE);
  }

  /** The client has connected, but the server may not have accepted it yet. A pause of the loop does not count. */
  async #connectionFrom([host, port]: InetAddress): Promise<Connection> {
    let giveUpMs = performance.now() + MAX_ACCEPT_MS;
    while (performance.now() < giveUpMs) {
      if (this.#server.held) giveUpMs = performance.now() + MAX_ACCEPT_MS;
      for (const connection of this.#server.connections) {
        const [peerHost, peerPort] = connection.address;
        if (peerHost === host && peerPort === port) return connection;
      }
      await setTimeout(ACCEPT_CHECK_MS);
    }
    throw new Error('the server has not accepted the client');
  }
}

/** A client reaches a server that listens on all addresses at the loopback address. */
function reachableAddress(address: Address): ServerAddress {
  if (!Array.isArray(address)) return Buffer.from(address as string | Uint8Array);
  const [host, port] = address as [string, number];
  return [loopbackOf[host] ?? host, port];
}
