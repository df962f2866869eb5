import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import type { Counters } from '../../benchmarks/drivers/lib/program.ts';
import type { Driver, Role } from '../../benchmarks/harness/results.ts';
import { MSG_OOB } from '../../src/socket.ts';
import { DriverServer, driverPrograms } from '../support/bench-driver.ts';
import { Client } from '../support/clients.ts';

// The number of simultaneous clients. The loops of all roles accept in the same way, so two roles with many clients are enough.
const MANY_CLIENTS: Partial<Record<Role, number>> = { echo: 200, collect: 200 };
const CLIENTS = 20;
const LARGE = linesOf(4 * 1024 * 1024);
const LATE_MS = 100;
const PIECE_MS = 5;
const END_MS = 10_000;
// Node's clock for timers has a resolution of a millisecond.
const MAX_EARLY_US = 2000;
const CONCURRENCY = 4;

// The counters that a server should have.
class Tally {
  connections = 0;
  bytes = 0;
  messages = 0;
  checksum = 0;

  add(data: Buffer): void {
    this.connections++;
    this.bytes += data.length;
    const lines = data.toString('latin1').split('\n').slice(0, -1);
    this.messages += lines.length;
    for (const line of lines) this.checksum += line === '' ? 0 : line.charCodeAt(line.length - 1);
  }
}

function open(port: number): Socket {
  return connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setNoDelay();
}

// Sends the pieces one by one and ends the output. Returns all bytes that the server sends until it closes. The client starts to
// read after `lateMs`.
async function exchange({ port }: DriverServer, tally: Tally, pieces: Buffer[], lateMs = 0): Promise<Buffer> {
  tally.add(Buffer.concat(pieces));
  const socket = open(port);
  for (const piece of pieces) {
    socket.write(piece);
    if (pieces.length > 1) await setTimeout(PIECE_MS);
  }
  socket.end();
  await setTimeout(lateMs);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

// Different lines with many lengths.
function linesOf(bytes: number): Buffer {
  const lines: string[] = [];
  for (let length = 0; length < bytes; length += lines.at(-1)!.length) {
    lines.push(`${lines.length} ${'abcdefghijk'.repeat(lines.length % 13)}\n`);
  }
  return Buffer.from(lines.join(''));
}

// The cuts are within lines, between lines, and around a line that is longer than one recv.
function cutLines(): Buffer[] {
  return ['one\ntw', 'o\nthree\n', '\n', 'x'.repeat(100_000), 'y\nfo', 'u', 'r\n'].map((text) => Buffer.from(text));
}

async function checkAnswer(
  server: DriverServer,
  tally: Tally,
  role: Role,
  pieces: Buffer[],
  lateMs = 0,
): Promise<void> {
  const received = await exchange(server, tally, pieces, lateMs);
  const expected = role === 'echo' || role === 'reply' || role === 'crowd' ? Buffer.concat(pieces) : Buffer.alloc(0);
  // deepEqual would print a diff of megabytes.
  assert.ok(received.equals(expected), `${received.length} bytes came, ${expected.length} are right`);
}

async function checkAnswers(server: DriverServer, tally: Tally, role: Role): Promise<void> {
  const clients = Array.from({ length: MANY_CLIENTS[role] ?? CLIENTS }, (_, i) => [Buffer.from(`client ${i}\n`)]);
  await Promise.all(clients.map((pieces) => checkAnswer(server, tally, role, pieces)));
  await Promise.all([checkAnswer(server, tally, role, cutLines()), checkAnswer(server, tally, role, [LARGE], LATE_MS)]);
}

async function checkUrgent({ port }: DriverServer, tally: Tally, count: number): Promise<void> {
  const clients = Array.from({ length: count }, () => new Client(['127.0.0.1', port]));
  for (const byte of Buffer.from('abc')) {
    for (const client of clients) client.socket.send(Buffer.of(byte), MSG_OOB);
    for (const client of clients) assert.deepEqual(await client.receive(1), Buffer.of(byte));
    tally.messages += count;
    tally.bytes += count;
  }
  for (const client of clients) {
    client.finish();
    assert.equal(await client.end(), 'eof');
    client.close();
    tally.connections++;
  }
}

// A client that sends `data`, does not read the answers, and resets the connection.
async function reset({ port }: DriverServer, tally: Tally, data: Uint8Array = Buffer.alloc(0)): Promise<void> {
  const socket = open(port);
  socket.write(data);
  await setTimeout(LATE_MS);
  socket.resetAndDestroy();
  tally.connections++;
}

function checkCounters(counters: Counters, tally: Tally, role: Role): void {
  const { connections, messages, bytes, checksum, turns, events } = counters;
  assert.equal(connections, tally.connections);
  // The server reads only a part of the data of a client that reads no answers. In `echo` and `collect` messages are chunks.
  if (role === 'echo') assert.ok(bytes > tally.bytes && bytes < tally.bytes + LARGE.length, `${bytes} bytes`);
  else assert.equal(bytes, tally.bytes);
  if (role === 'echo' || role === 'collect')
    assert.ok(messages > CLIENTS && messages < bytes / 8, `${messages} chunks`);
  else assert.equal(messages, tally.messages);
  assert.equal(checksum, role === 'lines' || role === 'batch' ? tally.checksum : 0);
  for (const count of [turns, events]) assert.ok(count === null || count > 0, `${count} turns or events`);
}

const SENDERS = 5;
const LINES = 400;

// A line as the load generator sends it: filler, the number of the client, the number of the line.
function numberedLines(client: number): Buffer {
  const hex = (number: number): string => number.toString(16).padStart(8, '0');
  return Buffer.from(Array.from({ length: LINES }, (_, i) => `filler${hex(client)}${hex(i)}\n`).join(''));
}

// The driver itself compares each line that was written with what a client sends.
async function checkWrittenLines(server: DriverServer, role: Role): Promise<void> {
  const tally = new Tally();
  const clients = Array.from({ length: SENDERS }, (_, client) => numberedLines(client));
  await Promise.all(clients.map((lines) => exchange(server, tally, [lines.subarray(0, 1000), lines.subarray(1000)])));
  const { code, counters } = await server.end();
  assert.equal(code, 0, server.stderr);
  const written = role.endsWith('-null') ? { messages: 0, bytes: 0 } : { messages: tally.messages, bytes: tally.bytes };
  assert.deepEqual({ messages: counters.messages, bytes: counters.bytes }, written);
}

async function checkRole(command: string[], driver: Driver, role: Role): Promise<void> {
  using server = new DriverServer(command, driver, role);
  const tally = new Tally();
  await server.ready();
  if (/^(text|json)-/.test(role)) {
    await checkWrittenLines(server, role);
    return;
  }
  if (driver.protocol === 'redis') {
    const answer = await exchange(server, tally, [Buffer.from('PING\n'), Buffer.from('PING x\n')]);
    assert.equal(answer.toString(), '+PONG\r\n$1\r\nx\r\n');
    assert.equal((await server.end()).code, 0);
    return;
  }
  if (role === 'urgent') await checkUrgent(server, tally, CLIENTS);
  else await checkAnswers(server, tally, role);
  await reset(server, tally);
  if (role === 'echo') await reset(server, tally, LARGE);
  if (driver.collects) server.kill('SIGUSR2');
  if (role === 'urgent') await checkUrgent(server, tally, 1);
  else await checkAnswer(server, tally, role, [Buffer.from('after\n')]);
  const { code, ms, counters } = await server.end();
  assert.equal(server.stderr, '');
  // Only a program in Node that serves a crowd prints times of a timer.
  const isNode = command[0] === process.execPath;
  assert.equal(server.timerLatenessUs.length > 0, isNode && role === 'crowd');
  for (const latenessUs of server.timerLatenessUs) assert.ok(latenessUs > -MAX_EARLY_US, `${latenessUs} µs`);
  assert.equal(code, 0);
  assert.ok(ms < END_MS, `the end took ${ms} ms`);
  checkCounters(counters, tally, role);
}

function checkCall([program, ...args]: string[], { name }: Driver): void {
  const output = execFileSync(program!, [...args, name, 'call', 'r', '10', '0.02'], { encoding: 'utf8' });
  const { microseconds } = JSON.parse(output) as { microseconds: number };
  assert.ok(microseconds > 0.01 && microseconds < 1000, `${microseconds} µs`);
}

const programs = driverPrograms();
const drivers = programs.flatMap((program) => program.drivers);

describe('the drivers of the benchmarks', () => {
  it('have different names', () => {
    const names = drivers.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
  });

  for (const { file, skip } of programs) {
    it(`of ${file} describe themselves`, { skip }, () => {
      assert.ok(drivers.length > 0);
    });
  }
});

describe('a driver of the benchmarks', { concurrency: CONCURRENCY }, () => {
  for (const { command, drivers } of programs) {
    for (const driver of drivers) {
      for (const role of driver.roles) {
        it(`${driver.name} has the role ${role}`, { skip: driver.missing ?? false }, async () => {
          if (role === 'call') checkCall(command, driver);
          else await checkRole(command, driver, role);
        });
      }
    }
  }
});
