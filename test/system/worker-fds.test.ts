import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';

import * as sys from '../../src/sys.ts';
import { check, close, eventFd, Fds, own, socketPair, writeByte } from '../support/fds.ts';
import { leavesNothingBehind, startWorker, type WorkerModules, workerText } from '../support/workers.ts';

type FdsByName = Record<string, number>;

// Opens an fd in each way that there is.
function openAll({ select, server, socket, sys, tell }: WorkerModules<[FdsByName, number]>, handedFd: number): void {
  const opened: FdsByName = {};
  const two = new Int32Array(2);
  const raw = sys.socket(sys.AF_INET, sys.SOCK_STREAM, 0);
  opened['sys.socket'] = raw;
  sys.socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0, two);
  [opened['sys.socketpair, one end'], opened['sys.socketpair, other end']] = two as unknown as [number, number];
  sys.pipe2(two, sys.O_CLOEXEC);
  [opened['sys.pipe2, read end'], opened['sys.pipe2, write end']] = two as unknown as [number, number];
  opened['sys.eventfd'] = sys.eventfd(0, 0);
  opened['sys.epollCreate1'] = sys.epollCreate1(0);
  opened['sys.fcntl F_DUPFD'] = sys.fcntl(raw, sys.F_DUPFD, 0);
  opened['sys.dup3'] = sys.dup3(raw, sys.fcntl(raw, sys.F_DUPFD_CLOEXEC, 300), 0);

  const listener = socket.createServer(['127.0.0.1', 0]);
  const client = socket.createConnection(listener.getsockname() as [string, number]);
  const [accepted] = listener.accept();
  const [one, other] = socket.socketpair();
  socket.sendFds(one, [new Uint8Array(1)], [client.fileno()]);
  const sockets = { listener, client, accepted, one, other, copy: client.dup() };
  for (const [name, each] of Object.entries(sockets)) opened[`Socket ${name}`] = each.fileno();
  opened['Socket of a handed number'] = new socket.Socket(-1, -1, -1, handedFd).fileno();
  opened['socket.fromfd'] = socket.fromfd(client.fileno(), sys.AF_INET, sys.SOCK_STREAM).fileno();
  opened['socket.dup'] = socket.dup(client.fileno());
  opened['socket.recvFds'] = socket.recvFds(other, 1, 1)[1][0]!;
  const epoll = select.epoll();
  opened.Epoll = epoll.fileno();
  opened['Epoll.fromfd'] = select.epoll.fromfd(select.epoll().fileno()).fileno();

  const served = new server.Server({
    address: ['127.0.0.1', 0],
    backend: 'epoll',
    framing: 'chunk',
    onConnection(connection) {
      opened['connection of a Server'] = connection.fileno();
      Object.assign(globalThis, { kept: [epoll, sockets, client2, connection] });
      tell([opened, Number(served.address()[1])]);
    },
  });
  const client2 = socket.createConnection(served.address() as [string, number]);
  opened['client of a Server'] = client2.fileno();
  void served.serveForever();
}

function openNow(fds: FdsByName): string[] {
  return Object.entries(fds)
    .filter(([, fd]) => sys.fcntl(fd, sys.F_GETFD, 0) >= 0)
    .map(([name]) => name);
}

describe('the fds that a worker has opened', () => {
  it('are closed when the worker is terminated, and its port is free', async (t) => {
    const [, handed] = socketPair(t);
    const number = sys.fcntl(handed, sys.F_DUPFD_CLOEXEC, 0);
    const { worker, message } = await startWorker<[FdsByName, number], number>(openAll, number);
    const [fds, port] = message;
    assert.equal(openNow(fds).length, Object.keys(fds).length);
    assert.ok(Object.keys(fds).length >= 22);
    await worker.terminate();
    assert.deepEqual(openNow(fds), []);
    const again = createServer().listen(port, '127.0.0.1');
    await once(again, 'listening');
    again.close();
  });

  it('are closed when the worker ends by itself, by process.exit() or by an error', { timeout: 20_000 }, async () => {
    const programs = [
      ({ sys, tell }: WorkerModules<number>) => {
        tell(sys.eventfd(0, 0));
        process.nextTick(() => process.exit());
      },
      ({ sys, tell }: WorkerModules<number>) => {
        tell(sys.eventfd(0, 0));
        throw new Error('expected');
      },
      async ({ socket, tell }: WorkerModules<number>) => {
        tell(new socket.Socket().fileno());
        const { parentPort } = await import('node:worker_threads');
        parentPort!.close();
      },
    ];
    for (const program of programs) {
      const worker = new Worker(workerText(program), { eval: true });
      const exited = new Promise((resolve) => worker.once('exit', resolve));
      worker.on('error', () => undefined);
      let fd = -1;
      worker.on('message', (message: number) => (fd = message));
      await exited;
      assert.ok(fd >= 0);
      assert.equal(sys.fcntl(fd, sys.F_GETFD, 0), sys.errnoOf('EBADF'), program.toString());
    }
  });

  it('stay open when they were handed away: detach and keepOpen', async (t) => {
    const { worker, message } = await startWorker<number[]>(({ socket, sys, tell }) => {
      const [one, other] = socket.socketpair();
      const pipe = new Int32Array(2);
      sys.pipe2(pipe, sys.O_CLOEXEC);
      for (const fd of pipe) sys.keepOpen(fd);
      tell([one.detach(), other.detach(), ...pipe]);
    });
    await worker.terminate();
    for (const fd of message) own(t, fd);
    const [one, other, readEnd, writeEnd] = message as [number, number, number, number];
    writeByte(one);
    writeByte(writeEnd);
    for (const fd of [other, readEnd]) assert.equal(sys.read(fd, Buffer.alloc(2), 0, 2), 1);
  });

  it('are not closed a second time when other code has closed them and the number is another file now', async () => {
    using fds = new Fds();
    const { worker, message } = await startWorker<number[]>(({ sys, socket, tell }) => {
      const sock = new socket.Socket();
      Object.assign(globalThis, { sock });
      tell([sock.fileno(), sys.eventfd(0, sys.EFD_CLOEXEC), sys.epollCreate1(0)]);
    });
    const [sock, event, epoll] = message as [number, number, number];
    // The number of a socket becomes another socket, that of an eventfd another eventfd, that of an epoll an eventfd.
    check(sys.dup3(fds.own(sys.socket(sys.AF_INET, sys.SOCK_STREAM, 0)), sock, sys.O_CLOEXEC));
    check(sys.dup3(fds.own(sys.eventfd(7, 0)), event, sys.O_CLOEXEC));
    check(sys.dup3(fds.own(sys.eventfd(7, 0)), epoll, sys.O_CLOEXEC));
    await worker.terminate();
    assert.equal(sys.getsockopt(sock, sys.SOL_SOCKET, sys.SO_TYPE, new Int32Array(1), new Int32Array(1)), 0);
    for (const fd of [event, epoll]) writeSync(fd, new BigUint64Array([1n]));
    for (const fd of message) sys.close(fd);
  });

  it('are closed only in the worker that opened them', async (t) => {
    const fd = eventFd(t, 0);
    const { worker } = await startWorker(({ sys, tell }, fd: number) => {
      tell(sys.write(fd, new Uint8Array(new BigUint64Array([1n]).buffer), 0, 8));
    }, fd);
    await worker.terminate();
    assert.ok(sys.fcntl(fd, sys.F_GETFD, 0) >= 0);
    close(fd);
  });

  it('leave nothing behind when 12 workers are terminated in the middle of a wait', { timeout: 60_000 }, async () => {
    await leavesNothingBehind(12);
  });
});
