/**
 * `tripoll serve` under load, while what it writes to stops: a file that is replaced, a terminal and a pipe that nobody reads, a
 * disk that is full, a service manager that hangs. Each line that a client has sent is written once and in order, and SIGTERM
 * ends the server in time, also while its neighbour is stuck.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { type Child, until } from '../support/child.ts';
import { LineLoad, linesPerClient } from '../support/line-load.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { Folder, serve, serveWith } from '../support/serve.ts';
import { skipWithoutMount, SmallDisk } from '../support/small-disk.ts';
import { Terminal } from '../support/terminal.ts';
import { UnreadFifo } from '../support/unread-fifo.ts';

const CLIENTS = 20;
const STUCK_MS = 1000;
const DRAIN_SECONDS = 1;
const MAX_END_MS = DRAIN_SECONDS * 1000 + 3000;
const OPTIONS = [
  ...['--framing', 'line', '--timeout', '0.2', '--drain-seconds', String(DRAIN_SECONDS)],
  ...['--metrics', '127.0.0.1:0', '--log-level', 'info', '--log-lines-per-second', '1'],
];

/** Something that the server depends on. */
interface Neighbour extends Disposable {
  readonly server: Child;
  /** Makes it stop for a while. */
  stick(): Promise<void> | void;
  /** Makes it go on. */
  release(): void;
  /** What the server has written so far. */
  output(): string;
}

async function isAlive(server: Child): Promise<boolean> {
  const url = await until(() => /metrics on (http:\S+)\/metrics/.exec(server.stderr)?.[1]);
  return (await fetch(`${url}/livez`, { signal: AbortSignal.timeout(MAX_END_MS) })).ok;
}

async function assertEndsInTime(server: Child, codes: number[]): Promise<void> {
  const startMs = performance.now();
  server.kill('SIGTERM');
  const { code } = await server.exit;
  const ms = performance.now() - startMs;
  assert.ok(ms < MAX_END_MS, `${ms} ms`);
  assert.ok(codes.includes(code!), `exit code ${code}: ${server.stderr.slice(-1000)}`);
}

async function losesNothing(neighbour: Neighbour, t: TestContext): Promise<void> {
  const { server } = neighbour;
  using load = new LineLoad(await server.servePort(), CLIENTS);
  await setTimeout(300);
  await neighbour.stick();
  assert.ok(await isAlive(server));
  neighbour.release();
  await setTimeout(300);
  const stopping = load.stop();
  let sent: readonly number[] | undefined;
  void stopping.then((counts) => (sent = counts));
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  await until(() => sent !== undefined && total(linesPerClient(neighbour.output(), CLIENTS)) === total(sent));
  assert.deepEqual(linesPerClient(neighbour.output(), CLIENTS), sent);
  t.diagnostic(`${total(sent!)} lines`);
  await assertEndsInTime(server, [0]);
}

async function endsWhileStuck(neighbour: Neighbour): Promise<void> {
  const { server } = neighbour;
  using _load = new LineLoad(await server.servePort(), CLIENTS);
  await setTimeout(300);
  const stuck = neighbour.stick();
  await setTimeout(STUCK_MS / 2);
  // Some lines are lost at the deadline: then the exit code is not 0.
  await assertEndsInTime(server, [0, 1]);
  await stuck;
  linesPerClient(neighbour.output(), CLIENTS);
}

class ReplacedFile implements Neighbour {
  readonly #folder = new Folder();
  readonly #path = this.#folder.file('messages');
  readonly server = serve(...OPTIONS, '--file', this.#path);

  async stick(): Promise<void> {
    // At the very end of a process of Node, SIGHUP ends it, as it does without a handler.
    for (let i = 1; i <= 5 && !this.server.stderr.includes('ended: '); i++) {
      renameSync(this.#path, `${this.#path}.${i}`);
      this.server.kill('SIGHUP');
      await until(() => existsSync(this.#path) || this.server.stderr.includes('ended: '));
      await setTimeout(STUCK_MS / 5);
    }
  }

  release(): void {
    // Nothing is stuck here.
  }

  output(): string {
    const names = readdirSync(this.#folder.path).filter((name) => name !== 'messages');
    // 'messages' is the newest.
    const paths = [...names.sort(), 'messages']
      .map((name) => this.#folder.file(name))
      .filter((path) => existsSync(path));
    return paths.map((path) => readFileSync(path, 'utf8')).join('');
  }

  [Symbol.dispose](): void {
    this.server[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** A neighbour that reads, or reads nothing. */
abstract class Reader implements Neighbour {
  abstract readonly server: Child;
  #text = '';
  #isReading = true;
  readonly #timer = setInterval(() => {
    if (this.#isReading) this.#readAll();
  }, 2);

  protected abstract read(): string;
  protected abstract free(): void;

  async stick(): Promise<void> {
    this.#isReading = false;
    await setTimeout(STUCK_MS);
  }

  release(): void {
    this.#isReading = true;
  }

  output(): string {
    this.#readAll();
    return this.#text;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.server[Symbol.dispose]();
    this.free();
  }

  #readAll(): void {
    for (let part = this.read(); part !== ''; part = this.read()) this.#text += part;
  }
}

class Pipe extends Reader {
  readonly #fifo = new UnreadFifo();
  readonly server = this.#fifo.serve(1, ...OPTIONS);

  protected override read(): string {
    return this.#fifo.read();
  }

  protected override free(): void {
    this.#fifo[Symbol.dispose]();
  }
}

class UnreadTerminal extends Reader {
  readonly #terminal = new Terminal();
  readonly server = this.#terminal.serve(['>'], ...OPTIONS);

  protected override read(): string {
    return this.#terminal.read();
  }

  protected override free(): void {
    this.#terminal[Symbol.dispose]();
  }
}

class FullDisk implements Neighbour {
  readonly #disk = new SmallDisk();
  readonly #path = this.#disk.file('messages');
  readonly server = serve(...OPTIONS, '--file', this.#path, '--on-output-error', 'retry');

  async stick(): Promise<void> {
    await until(() => this.server.stderr.includes('ENOSPC'));
    await setTimeout(STUCK_MS);
  }

  release(): void {
    this.#disk.grow();
  }

  output(): string {
    return readFileSync(this.#path, 'utf8');
  }

  [Symbol.dispose](): void {
    this.server[Symbol.dispose]();
    this.#disk[Symbol.dispose]();
  }
}

class Manager implements Neighbour {
  readonly #folder = new Folder();
  readonly #socket = new NotifySocket(this.#folder.file('notify'));
  readonly #path = this.#folder.file('messages');
  readonly server: Child;

  constructor() {
    const environment = { NOTIFY_SOCKET: this.#folder.file('notify'), WATCHDOG_USEC: '50000' };
    const local = ['--host', '127.0.0.1', '--port', '0'];
    this.server = serveWith(environment, ...local, ...OPTIONS, '--file', this.#path);
  }

  async stick(): Promise<void> {
    this.#socket.fill();
    await setTimeout(STUCK_MS);
  }

  release(): void {
    this.#socket.read();
  }

  output(): string {
    return readFileSync(this.#path, 'utf8');
  }

  [Symbol.dispose](): void {
    this.server[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}

const neighbours: [what: string, skip: string | false, open: () => Neighbour][] = [
  ['its file is replaced, and SIGHUP comes', false, () => new ReplacedFile()],
  ['nobody reads its terminal', false, () => new UnreadTerminal()],
  ['nobody reads its pipe', false, () => new Pipe()],
  ['its disk is full', skipWithoutMount(), () => new FullDisk()],
  ['its service manager hangs', false, () => new Manager()],
];

describe('tripoll serve under load', () => {
  for (const [what, skip, open] of neighbours) {
    it(`writes each line once and in order when ${what} for a while`, { skip }, async (t) => {
      using neighbour = open();
      await losesNothing(neighbour, t);
    });

    it(`ends in time after SIGTERM while ${what}`, { skip }, async () => {
      using neighbour = open();
      await endsWhileStuck(neighbour);
    });
  }
});
