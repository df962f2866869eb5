import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { toLimits } from '../../../src/server/limits.ts';
import { DatagramServer, Server } from '../../../src/server.ts';
import { bindDatagrams, listenOn } from '../../../src/server/listener/listen.ts';
import { AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, Socket } from '../../../src/socket.ts';
import * as sys from '../../../src/sys.ts';
import { Child } from '../../support/child.ts';
import { serverChild } from '../../support/clients.ts';
import { countFds } from '../../support/fds.ts';
import { skipWithout } from '../../support/programs.ts';
import { bound, temporaryFolder } from '../../support/socket-pairs.ts';

const ROUNDS = 150;

const folder = temporaryFolder();
let paths = 0;
const freshPath = (): string => join(folder, `p${paths++}`);

const servers = [
  ['a stream server', (address: string) => new Server({ address })],
  ['a datagram server', (address: string) => new DatagramServer({ address, onMessage: () => undefined })],
] as const;
const types = [
  ['stream', SOCK_STREAM],
  ['datagram', SOCK_DGRAM],
  ['seqpacket', SOCK_SEQPACKET],
] as const;

describe('a path that another socket has bound and does not listen on yet', () => {
  for (const [who, listen] of servers) {
    for (const [kind, type] of types) {
      it(`is refused to ${who}, and is not removed (${kind})`, () => {
        const path = freshPath();
        using other = new Socket(AF_UNIX, type);
        other.bind(path);
        const before = countFds();
        assert.throws(() => listen(path), { code: 'EADDRINUSE' });
        assert.equal(countFds(), before);
        assert.ok(statSync(path).isSocket());
      });
    }
  }

  it('is refused when the other is a Python program', { skip: skipWithout('python3') }, async () => {
    const path = freshPath();
    const program = `import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
print('bound', flush=True)
time.sleep(20)
s.listen()`;
    using child = new Child('python3', '-c', program, path);
    while (child.stdout === '') await new Promise((resolve) => setTimeout(resolve, 5));
    assert.throws(() => new Server({ address: path }), { code: 'EADDRINUSE' });
    assert.ok(existsSync(path));
  });
});

it(`of two processes that start at once on a path that remains, one wins and the other gets EADDRINUSE`, async () => {
  const start = Date.now() + 1500;
  const raced = temporaryFolder();
  for (let round = 0; round < ROUNDS; round++) bound(AF_UNIX, join(raced, String(round)));
  const environment = ['env', `FOLDER=${raced}`, `ROUNDS=${ROUNDS}`, `START=${start}`];
  using one = serverChild(race, environment);
  using other = serverChild(race, environment);
  const ends = await Promise.all([one.exit, other.exit]);
  assert.deepEqual(ends, Array(2).fill({ code: 0, signal: null }), one.stderr + other.stderr);
  const [ones, others] = [one, other].map(({ stdout }) => JSON.parse(stdout) as string[]);
  const outcomes = ones!.map((outcome, round) => [outcome, others![round]!].sort().join());
  assert.deepEqual([...new Set(outcomes)], ['EADDRINUSE,listening']);
});

// Each round begins at a time on the clock that both processes share. All servers stay open until the end, so that a process
// that comes late finds the path of the other.
async function race({ Server }: typeof import('../../../src/server.ts')): Promise<void> {
  const { FOLDER, ROUNDS, START } = process.env;
  const outcomes: string[] = [];
  const open: { close: () => void }[] = [];
  await new Promise((resolve) => setTimeout(resolve, Number(START) - Date.now() - 20));
  for (let round = 0; round < Number(ROUNDS); round++) {
    while (Date.now() < Number(START) + 4 * round);
    try {
      open.push(new Server({ address: `${FOLDER}/${round}` }));
      outcomes.push('listening');
    } catch (error) {
      outcomes.push((error as { code: string }).code);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 2000));
  for (const server of open) server.close();
  console.log(JSON.stringify(outcomes));
}

describe('a path that remains from a server that has ended', () => {
  it('is not replaced while somebody else locks its folder', () => {
    const path = freshPath();
    bound(AF_UNIX, path);
    const fd = openSync(folder, 'r');
    assert.equal(sys.flock(fd, sys.LOCK_EX), 0);
    assert.throws(() => new Server({ address: path }), {
      code: 'EADDRINUSE',
      message: /^EADDRINUSE: .* remains from a server that has ended, but its folder .* cannot be locked \(EAGAIN\)/,
    });
    closeSync(fd);
    new Server({ address: path }).close();
    assert.equal(existsSync(path), false);
  });

  it('is replaced, and removed at the end, when the address is relative and the working folder changes', () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      bound(AF_UNIX, 'relative');
      const server = new Server({ address: 'relative' });
      process.chdir('/');
      server.close();
      assert.equal(existsSync(join(folder, 'relative')), false);
    } finally {
      process.chdir(before);
    }
  });
});

for (const [kind, open] of [
  ['stream', (path: string) => listenOn(path, {}, toLimits({ backlog: 1 }))],
  ['datagram', (path: string) => bindDatagrams(path, {})],
] as const) {
  it(`a server removes its path before it closes its socket: the next server may have the path after that (${kind})`, (t) => {
    const path = freshPath();
    const opened = open(path);
    const { socket } = opened;
    const closed = t.mock.method(socket, 'close', () => {
      assert.equal(existsSync(path), false);
      closed.mock.restore();
      socket.close();
    });
    opened.close();
    assert.equal(socket.fileno(), -1);
  });
}
