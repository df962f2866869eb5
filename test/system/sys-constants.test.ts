import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants as fsConstants } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { describe, it } from 'node:test';

import { native } from '../../src/system/native.ts';
import * as sys from '../../src/sys.ts';
import { skipWithout } from '../support/programs.ts';

const known = new Map(Object.entries(sys).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));

// Sections 1.1 and 1.8 of the specification: Python's values on Linux.
const select = {
  POLLIN: 1,
  POLLPRI: 2,
  POLLOUT: 4,
  POLLERR: 8,
  POLLHUP: 16,
  POLLNVAL: 32,
  POLLRDNORM: 64,
  POLLRDBAND: 128,
  POLLWRNORM: 256,
  POLLWRBAND: 512,
  POLLMSG: 1024,
  POLLRDHUP: 8192,
  EPOLLEXCLUSIVE: 268435456,
  EPOLLONESHOT: 1073741824,
  EPOLLET: 2147483648,
  EPOLL_CLOEXEC: 524288,
  PIPE_BUF: 4096,
};
const socket = {
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_SEQPACKET: 5,
  SOCK_NONBLOCK: 2048,
  SOCK_CLOEXEC: 524288,
  SOL_SOCKET: 1,
  SO_REUSEADDR: 2,
  SO_ERROR: 4,
  SO_REUSEPORT: 15,
  SO_PEERCRED: 17,
  SO_ACCEPTCONN: 30,
  IPPROTO_IPV6: 41,
  IPV6_V6ONLY: 26,
  TCP_USER_TIMEOUT: 18,
  TCP_FASTOPEN: 23,
  MSG_OOB: 1,
  MSG_TRUNC: 32,
  MSG_DONTWAIT: 64,
  MSG_NOSIGNAL: 16384,
  MSG_MORE: 32768,
  SHUT_RDWR: 2,
  SCM_RIGHTS: 1,
  SOMAXCONN: 4096,
};

describe('constants', () => {
  it('have the values of the specification', () => {
    const expected = { ...select, ...socket };
    const actual = Object.fromEntries(Object.keys(expected).map((name) => [name, known.get(name)]));
    assert.deepEqual(actual, expected);
  });

  it('have EPOLLET as a positive number', () => {
    assert.equal(sys.EPOLLET, 2147483648);
    assert.ok([...known.values()].every((value) => Number.isInteger(value)));
  });

  it('have for each EPOLL event the value of its POLL event', () => {
    for (const event of ['IN', 'PRI', 'OUT', 'ERR', 'HUP', 'RDNORM', 'RDBAND', 'WRNORM', 'WRBAND', 'MSG', 'RDHUP']) {
      assert.equal(known.get(`EPOLL${event}`), known.get(`POLL${event}`), event);
    }
  });

  it('have Node’s values of the errnos', () => {
    const shared = Object.entries(osConstants.errno).filter(([name]) => name in native.errnos);
    assert.ok(shared.length > 70, String(shared.length));
    assert.deepEqual(
      Object.fromEntries(shared.map(([name]) => [name, native.errnos[name]])),
      Object.fromEntries(shared),
    );
  });

  it('have Node’s value of O_NONBLOCK', () => {
    assert.equal(sys.O_NONBLOCK, fsConstants.O_NONBLOCK);
  });

  it('describe layouts that have room for the structures of the kernel', () => {
    assert.equal(sys.SIZEOF_EPOLL_EVENT, process.arch === 'x64' ? 12 : 16);
    assert.equal(sys.OFFSETOF_EPOLL_DATA, process.arch === 'x64' ? 4 : 8);
    assert.deepEqual([sys.SIZEOF_SOCKADDR_IN, sys.SIZEOF_SOCKADDR_IN6, sys.SIZEOF_SOCKADDR_STORAGE], [16, 28, 128]);
    assert.deepEqual([sys.OFFSETOF_SUN_PATH, sys.SIZEOF_SUN_PATH], [2, 108]);
    assert.deepEqual([sys.SIZEOF_CMSGHDR, sys.CMSG_ALIGNMENT, sys.SIZEOF_LONG], [16, 8, 8]);
  });

  it('have Python’s values, wherever Python has the name', { skip: skipWithout('python3') }, () => {
    const program =
      'import errno, fcntl, json, os, select, socket, termios\n' +
      'print(json.dumps({n: int(v) for m in (termios, os, fcntl, socket, select) for n, v in vars(m).items()' +
      ' if n.isupper() and isinstance(v, int)}))';
    const python = JSON.parse(execFileSync('python3', ['-c', program], { encoding: 'utf8' })) as Record<string, number>;
    const shared = [...known].filter(([name]) => name in python);
    assert.ok(shared.length > 120, String(shared.length));
    assert.deepEqual(
      shared,
      shared.map(([name]) => [name, python[name]]),
    );
    const selectNames = Object.keys(python).filter((name) => /^E?POLL/.test(name));
    assert.deepEqual(
      selectNames.filter((name) => !known.has(name)),
      [],
    );
  });
});
