import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { OSError } from '../../src/system/errors.ts';
import {
  Epoll,
  epoll,
  EPOLL_CLOEXEC,
  EPOLLET,
  type EpollEvent,
  EPOLLIN,
  EPOLLOUT,
  type FileObject,
} from '../../src/select.ts';
import { createServer, type Socket, socket } from '../../src/socket.ts';
import * as sys from '../../src/sys.ts';
import { closedFd, eventFd } from '../support/fds.ts';
import { inet } from '../support/socket-pairs.ts';
import { timed } from '../support/timed.ts';
import { conform } from './conform.ts';

const BOTH = EPOLLIN | EPOLLOUT;

function connectedPair(t: TestContext): [client: Socket, server: Socket] {
  using listener = createServer(['127.0.0.1', 0]);
  const client = socket();
  t.after(() => {
    client.close();
  });
  client.setblocking(false);
  assert.throws(
    () => {
      client.connect(inet(listener.getsockname()));
    },
    { code: 'EINPROGRESS' },
  );
  const [server] = listener.accept();
  t.after(() => {
    server.close();
  });
  return [client, server];
}

function opened(t: TestContext, ep: Epoll): Epoll {
  t.after(() => {
    ep.close();
  });
  return ep;
}

// Ready events are returned long before the timeout.
function pollAtOnce(ep: Epoll): EpollEvent[] {
  const { result, ms } = timed(() => ep.poll(10, 4));
  assert.ok(ms < 5000, `${ms} ms`);
  return sorted(result);
}

function sorted(events: EpollEvent[]): EpollEvent[] {
  return events.sort(([one], [other]) => one - other);
}

function each(files: Socket[], events: number): EpollEvent[] {
  return sorted(files.map((file) => [file.fileno(), events]));
}

function assertClosed(ep: Epoll): void {
  assert.equal(ep.closed, true);
  assert.throws(() => ep.fileno(), RangeError);
}

conform('test_epoll.TestEPoll', {
  test_create() {
    const ep = epoll(16);
    assert.ok(ep.fileno() > 0);
    assert.equal(ep.closed, false);
    ep.close();
    assertClosed(ep);
    for (const flags of [EPOLL_CLOEXEC, 0]) epoll(-1, flags).close();
  },

  test_badcreate() {
    const make = epoll as (...args: unknown[]) => Epoll;
    for (const args of [[1, 2, 3], ['foo'], [null], [[]], [['foo']], [{}]]) {
      assert.throws(() => make(...args), TypeError);
    }
    for (const sizehint of [0, -2]) assert.throws(() => epoll(sizehint), new RangeError('negative sizehint'));
    assert.throws(() => epoll(-1, 12356), OSError);
  },

  test_context_manager() {
    let outside: Epoll;
    {
      using ep = epoll(16);
      outside = ep;
      assert.ok(ep.fileno() > 0);
      assert.equal(ep.closed, false);
    }
    assertClosed(outside);
  },

  test_add(t) {
    const pair = connectedPair(t);
    for (const files of [pair.map((file) => file.fileno()), pair]) {
      using ep = epoll(2);
      for (const file of files) ep.register(file, BOTH);
      assert.deepEqual(pollAtOnce(ep), each(pair, EPOLLOUT));
    }
    using ep = epoll(2);
    const refused: [fileobj: unknown, error: object][] = [
      [{}, TypeError],
      [null, TypeError],
      [-1, RangeError],
      [closedFd(t), { code: 'EBADF' }],
      [pair[0], { name: 'FileExistsError', code: 'EEXIST' }],
    ];
    ep.register(pair[0], BOTH);
    for (const [fileobj, error] of refused) {
      assert.throws(() => {
        ep.register(fileobj as FileObject, BOTH);
      }, error);
    }
  },

  test_fromfd(t) {
    const pair = connectedPair(t);
    const ep = opened(t, epoll(2));
    const other = opened(t, epoll.fromfd(ep.fileno()));
    for (const file of pair) other.register(file.fileno(), BOTH);
    assert.deepEqual(pollAtOnce(ep), each(pair, EPOLLOUT));
    assert.deepEqual(pollAtOnce(other), each(pair, EPOLLOUT));
    ep.close();
    assert.throws(() => other.poll(1, 4), { code: 'EBADF' });
  },

  test_control_and_wait(t) {
    const [client, server] = connectedPair(t);
    const ep = opened(t, epoll(16));
    for (const file of [server, client]) ep.register(file.fileno(), BOTH | EPOLLET);
    assert.deepEqual(pollAtOnce(ep), each([client, server], EPOLLOUT));

    const { result, ms } = timed(() => ep.poll(0.1, 4));
    assert.deepEqual(result, []);
    assert.ok(ms >= 100, `${ms} ms`);

    client.sendall(Buffer.from('Hello!'));
    server.sendall(Buffer.from('world!!!'));
    assert.deepEqual(pollAtOnce(ep), each([client, server], BOTH));

    ep.unregister(client.fileno());
    ep.modify(server.fileno(), EPOLLOUT);
    assert.deepEqual(pollAtOnce(ep), each([server], EPOLLOUT));
  },

  test_errors(t) {
    assert.throws(() => epoll(-2), RangeError);
    const ep = opened(t, epoll());
    assert.throws(() => {
      ep.register(-1, EPOLLIN);
    }, RangeError);
  },

  test_unregister_closed(t) {
    const [, server] = connectedPair(t);
    const fd = server.fileno();
    const ep = opened(t, epoll(16));
    ep.register(server);
    assert.deepEqual(pollAtOnce(ep), [[fd, EPOLLOUT]]);
    server.close();
    assert.throws(
      () => {
        ep.unregister(fd);
      },
      { name: 'OSError', code: 'EBADF' },
    );
  },

  test_close(t) {
    const fd = eventFd(t, 1);
    const ep = epoll();
    assert.equal(typeof ep.fileno(), 'number');
    assert.equal(ep.closed, false);
    ep.close();
    assertClosed(ep);
    ep.close();
    const calls = [
      () => {
        ep.modify(fd, EPOLLIN);
      },
      () => ep.poll(1),
      () => {
        ep.register(fd, EPOLLIN);
      },
      () => {
        ep.unregister(fd);
      },
    ];
    for (const call of calls) assert.throws(call, new RangeError('I/O operation on closed epoll object'));
  },

  test_fd_non_inheritable(t) {
    const ep = opened(t, epoll());
    assert.equal(sys.fcntl(ep.fileno(), sys.F_GETFD, 0), sys.FD_CLOEXEC);
  },
});
