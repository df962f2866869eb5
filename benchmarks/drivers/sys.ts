// A loop on tripoll's raw calls that blocks the thread. It shows how near JavaScript comes to C with the same system calls. As
// in C, it does not read from a connection that has unsent output.
import * as sys from 'tripoll/sys';

import type { Driver, Role } from '../harness/results.ts';
import { countLine, type Counters, LISTENER, ready, run, type ServedRole } from './lib/program.ts';
import { type Backend, check, createBackend, READ, URGENT, WRITE } from './lib/sys-backends.ts';
import { ignoreSigterm, inputEnded, setNoDelay } from './lib/sys-process.ts';

const TIMEOUT_MS = 1000;
const ACCEPTS_A_TURN = 64;
const RECV_BYTES = 65536;
const NEWLINE = 10;
const EAGAIN = sys.errnoOf('EAGAIN');
const ECONNABORTED = sys.errnoOf('ECONNABORTED');

const roles: readonly Role[] = ['echo', 'reply', 'lines', 'collect', 'urgent'];
const mechanisms: readonly Driver['mechanism'][] = ['select', 'poll', 'epoll'];

const drivers = mechanisms.map((mechanism): Driver => {
  const label = `tripoll/sys, ${mechanism}`;
  return {
    name: `sys-${mechanism}`,
    label,
    family: 'tripoll sys',
    mechanism,
    roles,
    collects: false,
    justInTime: true,
  };
});

interface Connection {
  interest: number;
  // The first part of a line whose end has not come yet.
  rest: Buffer | undefined;
  // The output that the kernel did not accept.
  unsent: Buffer | undefined;
}

class Loop {
  events = 0;
  turns = 0;
  readonly #backend: Backend;
  readonly #counters: Counters;
  readonly #readable: (fd: number, connection: Connection) => void;
  readonly #reading: number;
  readonly #connections: (Connection | undefined)[] = [];
  readonly #input = Buffer.allocUnsafeSlow(RECV_BYTES);
  #output = Buffer.allocUnsafeSlow(2 * RECV_BYTES);

  constructor({ mechanism }: Driver, role: ServedRole, counters: Counters) {
    this.#backend = createBackend(mechanism);
    this.#counters = counters;
    this.#reading = role === 'urgent' ? READ | URGENT : READ;
    this.#readable = {
      echo: this.#echo,
      reply: this.#reply,
      crowd: this.#reply,
      lines: this.#lines,
      collect: this.#collect,
      urgent: this.#receive,
      batch: this.#lines,
    }[role];
  }

  run(): void {
    this.#backend.watch(LISTENER, 0, READ);
    const dispatch = this.#ready.bind(this);
    for (let found = 1; found > 0 || !inputEnded(); this.turns++) {
      found = this.#backend.wait(TIMEOUT_MS, dispatch);
      this.events += found;
    }
  }

  #ready(fd: number, events: number): void {
    if (fd === LISTENER) {
      this.#accept();
      return;
    }
    const connection = this.#connections[fd]!;
    // Only one of them in a turn: the next urgent byte may come after the answer, and a recv that finds no normal byte before
    // it would skip it.
    if ((events & connection.interest & URGENT) !== 0) this.#receiveUrgent(fd, connection);
    else if ((events & connection.interest & READ) !== 0) this.#readable(fd, connection);
    else if ((events & connection.interest & WRITE) !== 0) this.#flush(fd, connection);
  }

  #accept(): void {
    for (let i = 0; i < ACCEPTS_A_TURN; i++) {
      const fd = sys.accept4(LISTENER, null, null, sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC);
      if (fd === EAGAIN) return;
      if (fd === ECONNABORTED) continue;
      check(fd, 'accept4');
      this.#counters.connections++;
      const connection = { interest: 0, rest: undefined, unsent: undefined };
      this.#connections[fd] = connection;
      this.#watch(fd, connection, this.#reading);
    }
  }

  #watch(fd: number, connection: Connection, events: number): void {
    if (events === connection.interest) return;
    this.#backend.watch(fd, connection.interest, events);
    connection.interest = events;
  }

  // How many bytes were sent or received. Returns 0 when the call would block, and when the connection has ended and is closed.
  #transferred(fd: number, connection: Connection, count: number): number {
    if (count > 0) return count;
    if (count !== EAGAIN) {
      this.#watch(fd, connection, 0);
      this.#connections[fd] = undefined;
      sys.close(fd);
    }
    return 0;
  }

  #receive(fd: number, connection: Connection): number {
    const count = this.#transferred(fd, connection, sys.recv(fd, this.#input, 0, RECV_BYTES, 0));
    this.#counters.bytes += count;
    return count;
  }

  #send(fd: number, connection: Connection, data: Buffer, length: number): void {
    const sent = this.#transferred(fd, connection, sys.send(fd, data, 0, length, 0));
    if (sent === length || connection.interest === 0) return;
    connection.unsent = Buffer.from(data.subarray(sent, length));
    this.#watch(fd, connection, WRITE);
  }

  #flush(fd: number, connection: Connection): void {
    const unsent = connection.unsent!;
    const sent = this.#transferred(fd, connection, sys.send(fd, unsent, 0, unsent.length, 0));
    connection.unsent = sent === unsent.length ? undefined : unsent.subarray(sent);
    if (connection.unsent === undefined) this.#watch(fd, connection, this.#reading);
  }

  #echo(fd: number, connection: Connection): void {
    const count = this.#receive(fd, connection);
    if (count === 0) return;
    this.#counters.messages++;
    this.#send(fd, connection, this.#input, count);
  }

  #collect(fd: number, connection: Connection): void {
    if (this.#receive(fd, connection) > 0) this.#counters.messages++;
  }

  // Each line is a Buffer that may be kept, as the server's lines are.
  #lines(fd: number, connection: Connection): void {
    const count = this.#receive(fd, connection);
    if (count === 0) return;
    const received = this.#input.subarray(0, count);
    const chunk = connection.rest === undefined ? Buffer.from(received) : Buffer.concat([connection.rest, received]);
    const end = eachLine(chunk, (from, newline) => {
      countLine(this.#counters, chunk.subarray(from, newline));
    });
    connection.rest = end === chunk.length ? undefined : chunk.subarray(end);
  }

  #reply(fd: number, connection: Connection): void {
    const count = this.#receive(fd, connection);
    if (count === 0) return;
    const received = this.#input.subarray(0, count);
    const chunk = connection.rest === undefined ? received : Buffer.concat([connection.rest, received]);
    if (chunk.length > this.#output.length) this.#output = Buffer.allocUnsafeSlow(chunk.length * 2);
    let length = 0;
    const end = eachLine(chunk, (from, newline) => {
      this.#counters.messages++;
      length += chunk.copy(this.#output, length, from, newline + 1);
    });
    connection.rest = end === chunk.length ? undefined : Buffer.from(chunk.subarray(end));
    if (length > 0) this.#send(fd, connection, this.#output, length);
  }

  #receiveUrgent(fd: number, connection: Connection): void {
    if (this.#transferred(fd, connection, sys.recv(fd, this.#input, 0, 1, sys.MSG_OOB)) === 0) return;
    this.#counters.messages++;
    this.#counters.bytes++;
    this.#send(fd, connection, this.#input, 1);
  }
}

// Returns the end of the last line.
function eachLine(chunk: Buffer, handle: (from: number, newline: number) => void): number {
  let from = 0;
  for (let newline; (newline = chunk.indexOf(NEWLINE, from)) !== -1; from = newline + 1) handle(from, newline);
  return from;
}

function serve(driver: Driver, role: ServedRole, counters: Counters): void {
  setNoDelay();
  const loop = new Loop(driver, role, counters);
  ignoreSigterm();
  ready();
  loop.run();
  counters.turns = loop.turns;
  counters.events = loop.events;
}

await run({ drivers, serve });
