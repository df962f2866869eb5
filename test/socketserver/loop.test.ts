import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { errnoOf, osError } from '../../src/system/errors.ts';
import { selectAsync } from '../../src/select.ts';
import { BaseRequestHandler, TCPServer } from '../../src/socketserver.ts';
import {
  ANY_PORT,
  AT_ONCE_MS,
  client,
  Counting,
  EchoLine,
  elapsed,
  LONG_SECONDS,
  received,
  tcpServer,
} from '../support/socketserver.ts';
import { timed } from '../support/timed.ts';

describe('socketserver: serveForever', () => {
  it('handles one request at a time, in the order of arrival', async () => {
    const order: string[] = [];
    using server = tcpServer((handler) => {
      order.push(handler.request.recv(10).toString());
      handler.request.sendall(Buffer.from('done'));
      if (order.length === 3) void handler.server.shutdown();
    });
    const clients = ['a', 'b', 'c'].map((text) => client(server, text));
    server.serveForever(LONG_SECONDS);
    assert.deepEqual(order, ['a', 'b', 'c']);
    for (const connection of clients) {
      assert.equal(await received(connection), 'done');
      connection.close();
    }
  });

  it('calls serviceActions after each wait, whether a request came or not', () => {
    using server = new Counting(ANY_PORT, BaseRequestHandler);
    server.endWith = 3;
    client(server).close();
    const { ms } = timed(() => {
      server.serveForever(0.05);
    });
    assert.equal(server.actions, 3);
    assert.ok(ms >= 99 && ms < AT_ONCE_MS, `${ms} ms`);
  });

  it('waits for half a second by default', () => {
    using server = new Counting(ANY_PORT, BaseRequestHandler);
    server.endWith = 1;
    const { ms } = timed(() => {
      server.serveForever();
    });
    assert.ok(ms >= 499 && ms < 5000, `${ms} ms`);
  });

  it('waits without limit with null: each wait ends with a request', () => {
    using server = new Counting(ANY_PORT, BaseRequestHandler);
    server.endWith = 2;
    for (let i = 0; i < 2; i++) client(server).close();
    server.serveForever(null);
    assert.equal(server.actions, 2);
  });

  it('can be called again after shutdown', () => {
    using server = new Counting(ANY_PORT, BaseRequestHandler);
    for (const last of [1, 2]) {
      server.endWith = last;
      server.serveForever(0);
      assert.equal(server.actions, last);
    }
  });

  it('ends before its first request if shutdown was called before', async () => {
    using server = new Counting(ANY_PORT, BaseRequestHandler);
    using _connection = client(server);
    await server.shutdown();
    server.serveForever();
    assert.equal(server.actions, 0);
    server.endWith = 1;
    server.serveForever();
    assert.equal(server.actions, 1);
  });

  it('continues after a handler that throws', async (t) => {
    t.mock.method(console, 'error', () => undefined);
    const texts: string[] = [];
    using server = tcpServer((handler) => {
      texts.push(handler.request.recv(10).toString());
      if (texts.length === 1) throw new Error('the first');
      void handler.server.shutdown();
    });
    using first = client(server, 'a');
    using second = client(server, 'b');
    server.serveForever(LONG_SECONDS);
    assert.deepEqual(texts, ['a', 'b']);
    assert.equal(await received(first), '');
    assert.equal(await received(second), '');
  });

  it('throws the error of serviceActions', () => {
    class Broken extends TCPServer {
      override serviceActions(): void {
        throw new Error('broken');
      }
    }
    using server = new Broken(ANY_PORT, BaseRequestHandler);
    assert.throws(() => {
      server.serveForever(0);
    }, /^Error: broken$/);
  });

  it('ends when a handler closes the server', () => {
    using server = tcpServer((handler) => {
      handler.server.serverClose();
    });
    client(server).close();
    server.serveForever(LONG_SECONDS);
    assert.equal(server.fileno(), -1);
  });

  for (const form of ['serveForever', 'handleRequest', 'serveForeverAsync', 'handleRequestAsync'] as const) {
    it(`${form} on a closed server says that its fd is invalid`, async () => {
      const server = new TCPServer(ANY_PORT, BaseRequestHandler);
      server.serverClose();
      await assert.rejects(async () => server[form](), {
        name: 'RangeError',
        message: 'Invalid file descriptor: -1',
      });
    });
  }
});

describe('socketserver: getRequest that fails', () => {
  class Failing extends Counting {
    failures: string[] = [];
    override getRequest(): ReturnType<TCPServer['getRequest']> {
      const code = this.failures.shift();
      if (code !== undefined) throw osError(errnoOf(code), 'accept4');
      return super.getRequest();
    }
  }

  for (const [name, interval, failures, minMs] of [
    ['pauses for the interval after each failure for lack of fds, instead of spinning', 0.1, ['EMFILE', 'ENFILE'], 199],
    ['pauses for half a second when the interval has no limit', null, ['EMFILE'], 499],
    ['pauses for half a second when the interval is longer', LONG_SECONDS, ['ENFILE'], 499],
  ] as const) {
    it(name, () => {
      using server = new Failing(ANY_PORT, BaseRequestHandler);
      server.failures = [...failures];
      // Each failure is one wait and one pause.
      server.endWith = 2 * failures.length + 1;
      client(server).close();
      const { ms } = timed(() => {
        server.serveForever(interval);
      });
      assert.ok(ms >= minMs && ms < 5000, `${ms} ms`);
    });
  }

  it('tries again immediately after any other OSError', () => {
    using server = new Failing(ANY_PORT, BaseRequestHandler);
    server.failures = ['ECONNABORTED', 'EPERM', 'EAGAIN'];
    server.endWith = 4;
    client(server).close();
    const { ms } = timed(() => {
      server.serveForever(LONG_SECONDS);
    });
    assert.ok(ms < AT_ONCE_MS, `${ms} ms`);
  });

  it('lets handleRequest return without an error', () => {
    using server = new Failing(ANY_PORT, BaseRequestHandler);
    server.failures = ['EMFILE'];
    client(server).close();
    server.handleRequest();
    assert.equal(server.timeouts, 0);
  });

  it('throws errors that are not an OSError', () => {
    class Broken extends TCPServer {
      override getRequest(): never {
        throw new TypeError('broken');
      }
    }
    using server = new Broken(ANY_PORT, BaseRequestHandler);
    client(server).close();
    assert.throws(() => {
      server.serveForever();
    }, /^TypeError: broken$/);
  });
});

describe('socketserver: handleRequest', () => {
  for (const [socketSeconds, seconds, expectedMs] of [
    [null, 0.05, 50],
    [0.05, null, 50],
    [0.05, LONG_SECONDS, 50],
    [LONG_SECONDS, 0.05, 50],
    [0, LONG_SECONDS, 0],
    [null, 0, 0],
    [null, -1, 0],
  ] as const) {
    it(`calls handleTimeout after ${expectedMs} ms: socket's ${socketSeconds} s, server's ${seconds} s`, async () => {
      using server = new Counting(ANY_PORT, BaseRequestHandler);
      server.socket.settimeout(socketSeconds);
      server.timeout = seconds;
      const { ms } = timed(() => {
        server.handleRequest();
      });
      assert.ok(ms >= expectedMs - 1 && ms < AT_ONCE_MS, `${ms} ms`);
      const asyncMs = await elapsed(server.handleRequestAsync());
      assert.ok(asyncMs >= expectedMs - 1 && asyncMs < AT_ONCE_MS, `${asyncMs} ms`);
      assert.deepEqual([server.timeouts, server.actions], [2, 0]);
    });
  }

  it('handles one request and leaves the others in the queue', async () => {
    using server = new TCPServer(ANY_PORT, EchoLine);
    using first = client(server, '1\n');
    using second = client(server, '2\n');
    server.handleRequest();
    assert.equal(await received(first), '1\n');
    assert.deepEqual(await selectAsync([second], [], [], 0), [[], [], []]);
    await server.handleRequestAsync();
    assert.equal(await received(second), '2\n');
  });

  it('may be called in a handler', async () => {
    using server = tcpServer((handler) => {
      const text = handler.request.recv(1).toString();
      if (text === '1') handler.server.handleRequest();
      handler.request.sendall(Buffer.from(`${text} done`));
    });
    using first = client(server, '1');
    using second = client(server, '2');
    server.handleRequest();
    assert.equal(await received(second), '2 done');
    assert.equal(await received(first), '1 done');
  });
});
