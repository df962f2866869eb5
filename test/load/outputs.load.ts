/** `tripoll serve` under load, while everything that it writes to gets stuck, one after the other: `npm run soak`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { Child, dist, until } from '../support/child.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { Folder, NetClient } from '../support/serve.ts';
import { skipWithoutMount, SmallDisk } from '../support/small-disk.ts';
import { Terminal } from '../support/terminal.ts';
import { type SlowReader, UnreadFifo } from '../support/unread-fifo.ts';

const CLIENTS = 20;
const ROTATIONS = 20;
const DISK_KIB = 16_384;
const DRAIN_SECONDS = 2;

/** Clients that send numbered lines until `end`. */
class Senders {
  readonly #clients: NetClient[];
  readonly #sending: Promise<number>[];
  #ends = false;

  constructor(port: number) {
    this.#clients = Array.from({ length: CLIENTS }, () => new NetClient(port));
    this.#sending = this.#clients.map((client, index) => this.#send(client, index));
  }

  /** Returns how many lines each client has sent. */
  async end(): Promise<number[]> {
    this.#ends = true;
    return Promise.all(this.#sending);
  }

  async #send(client: NetClient, index: number): Promise<number> {
    let number = 0;
    while (!this.#ends) {
      const lines = Array.from({ length: 10 }, () => `${index} ${number++} ${'x'.repeat(number % 90)}\n`);
      await client.send(lines.join(''));
      await setTimeout(1);
    }
    client.socket.end();
    return number;
  }
}

/** Reads until nothing has come for 200 ms. */
async function readRest(reader: SlowReader): Promise<string> {
  let all = '';
  for (let silentMs = 0; silentMs < 200; silentMs += 10) {
    const text = reader.read();
    all += text;
    if (text !== '') silentMs = 0;
    await setTimeout(10);
  }
  return all;
}

/** Checks that the lines of each client are there once, whole and in order. */
function check(text: string, sent: readonly number[]): void {
  assert.ok(text.endsWith('\n'));
  const next = sent.map(() => 0);
  for (const line of text.split('\n').slice(0, -1)) {
    const client = Number(line.slice(0, line.indexOf(' ')));
    const number = next[client]!++;
    assert.equal(line, `${client} ${number} ${'x'.repeat((number + 1) % 90)}`);
  }
  assert.deepEqual(next, sent);
}

describe('tripoll serve whose outputs get stuck under load', { skip: skipWithoutMount() }, () => {
  for (const backend of ['select', 'poll', 'epoll']) {
    it(`writes every line once and in order, and ends in time (${backend})`, { timeout: 120_000 }, async () => {
      using folder = new Folder();
      using disk = new SmallDisk(DISK_KIB);
      using terminal = new Terminal();
      terminal.fill();
      using manager = new NotifySocket(folder.file('notify'));
      const file = disk.file('out');
      const options = ['--backend', backend, '--framing', 'line', '--trace', '--on-output-error', 'retry'];
      const command = [process.execPath, `${dist}src/cli/main.js`, 'serve', '--host', '127.0.0.1', '--port', '0'];
      // Nobody reads the terminal, which has the log, and nobody reads the socket of the service manager.
      using server = new Child(
        ...(['sh', '-c', 'exec "$@" 2> "$0"', terminal.path, 'env', `NOTIFY_SOCKET=${folder.file('notify')}`] as const),
        ...['WATCHDOG_USEC=200000', ...command, ...options, '--drain-seconds', String(DRAIN_SECONDS), '--file', file],
      );
      const port = await server.listeningPort();
      await manager.receives('READY=1');
      manager.fill();
      const senders = new Senders(port);
      const texts: string[] = [];

      await until(() => statSync(file).size > 0);
      for (let rotation = 0; rotation < ROTATIONS; rotation++) {
        renameSync(file, disk.file('rotated'));
        server.kill('SIGHUP');
        // The last write to the previous file has ended when the new one has bytes.
        await until(() => existsSync(file) && statSync(file).size > 0);
        texts.push(readFileSync(disk.file('rotated'), 'utf8'));
        rmSync(disk.file('rotated'));
        await setTimeout(50);
      }

      // A FIFO that nobody reads takes the place of the file, becomes full, and is replaced by a file.
      renameSync(file, disk.file('rotated'));
      spawnSync('mkfifo', [file]);
      using reader = UnreadFifo.reader(file);
      server.kill('SIGHUP');
      await until(() => reader.unreadBytes > 0);
      texts.push(readFileSync(disk.file('rotated'), 'utf8'));
      rmSync(disk.file('rotated'));
      await setTimeout(500);
      renameSync(file, disk.file('fifo'));
      server.kill('SIGHUP');
      await until(() => existsSync(file) && statSync(file).size > 0);
      texts.push(await readRest(reader));

      // The disk becomes full, and has room again.
      disk.fill((DISK_KIB - 512) * 1024 - statSync(file).size);
      await until(() => statfsSync(file).bavail === 0);
      await setTimeout(200);
      const { size } = statSync(file);
      await setTimeout(1000);
      assert.equal(statSync(file).size, size);
      // A quick machine would fill a small disk again.
      disk.grow();
      await until(() => statSync(file).size > size);
      await setTimeout(300);

      const sent = await senders.end();
      await setTimeout(200);
      const asked = performance.now();
      server.kill('SIGTERM');
      assert.deepEqual(await server.exit, { code: 0, signal: null });
      const ms = performance.now() - asked;
      assert.ok(ms < (DRAIN_SECONDS + 2) * 1e3, `${ms} ms`);
      texts.push(readFileSync(file, 'utf8'));
      check(texts.join(''), sent);
    });
  }
});
