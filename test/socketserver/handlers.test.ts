import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { errnoOf, osError } from '../../src/system/errors.ts';
import type { Socket } from '../../src/socket.ts';
import { BaseRequestHandler, type BaseServer, StreamRequestHandler, TCPServer } from '../../src/socketserver.ts';
import { countFds } from '../support/fds.ts';
import { inet } from '../support/socket-pairs.ts';
import { answer, ANY_PORT, client, received, tcpServer } from '../support/socketserver.ts';

describe('socketserver: a handler', () => {
  it('runs setup, handle and finish after its own fields are set', () => {
    const calls: unknown[] = [];
    class Noting extends BaseRequestHandler {
      readonly own = 'own';
      override setup(): void {
        calls.push('setup', this.own, this.request.getpeername(), this.clientAddress, this.server);
      }
      override handle(): void {
        calls.push('handle');
      }
      override finish(): void {
        calls.push('finish');
      }
    }
    using server = new TCPServer(ANY_PORT, Noting);
    using connection = client(server);
    server.handleRequest();
    const address = connection.getsockname();
    assert.deepEqual(calls, ['setup', 'own', address, address, server, 'handle', 'finish']);
  });

  it('does nothing by default', async () => {
    using server = new TCPServer(ANY_PORT, BaseRequestHandler);
    assert.equal(await answer(server), '');
  });

  it('has its request shut down once, even if it has closed it itself', (t) => {
    const printed = t.mock.method(console, 'error', () => undefined);
    const requests: Socket[] = [];
    class Server extends TCPServer {
      override shutdownRequest(request: Socket): void | Promise<void> {
        requests.push(request);
        return super.shutdownRequest(request);
      }
    }
    class Closing extends StreamRequestHandler {
      override handle(): void {
        if (requests.length === 0) return;
        this.wfile.close();
        this.request.close();
      }
    }
    using server = new Server(ANY_PORT, Closing);
    for (const count of [1, 2]) {
      using connection = client(server);
      server.handleRequest();
      assert.equal(connection.recv(1).length, 0);
      assert.equal(requests.length, count);
      assert.equal(requests.at(-1)?.fileno(), -1);
    }
    assert.equal(printed.mock.callCount(), 0);
  });

  for (const [failing, expected] of [
    ['setup', ['setup', 'error']],
    ['handle', ['setup', 'handle', 'finish', 'error']],
    ['finish', ['setup', 'handle', 'finish', 'error']],
  ] as const) {
    it(`that fails in ${failing} gets ${expected.join(', ')}, and its request is closed`, async () => {
      const calls: string[] = [];
      const note = (name: string): void => {
        calls.push(name);
        if (name === failing) throw new Error(failing);
      };
      class Failing extends BaseRequestHandler {
        override setup(): void {
          note('setup');
        }
        override handle(): void {
          note('handle');
        }
        override finish(): void {
          note('finish');
        }
      }
      class Server extends TCPServer {
        override handleError(_request: Socket, _clientAddress: unknown, error: unknown): void {
          calls.push('error');
          assert.equal((error as Error).message, failing);
        }
      }
      using server = new Server(ANY_PORT, Failing);
      const before = countFds();
      assert.equal(await answer(server), '');
      assert.deepEqual(calls, expected);
      assert.equal(countFds(), before);
    });
  }
});

describe('socketserver: ErrorHandlerTest', () => {
  it('test_sync_handled: prints the error of a handler between lines of 40 dashes', (t) => {
    const printed = t.mock.method(console, 'error', () => undefined);
    using server = tcpServer(() => {
      throw osError(errnoOf('EPIPE'), 'send');
    });
    using connection = client(server);
    server.handleRequest();
    const lines = String(printed.mock.calls[0]!.arguments[0]).split('\n');
    const [host, port] = inet(connection.getsockname());
    assert.equal(printed.mock.callCount(), 1);
    assert.equal(lines[0], '-'.repeat(40));
    assert.equal(lines[1], `Exception occurred during processing of request from ('${host}', ${port})`);
    assert.equal(lines[2], 'BrokenPipeError: EPIPE: broken pipe, send');
    assert.ok(lines.some((line) => /^ {4}at .*handlers\.test/.test(line)));
    assert.equal(lines.at(-1), '-'.repeat(40));
  });

  it('test_sync_not_handled: the error of handleError is thrown, and the request is closed', () => {
    class Server extends TCPServer {
      override handleError(_request: Socket, _clientAddress: unknown, error: unknown): void {
        throw error;
      }
    }
    class Bad extends BaseRequestHandler {
      override handle(): void {
        throw new Error('Test error');
      }
    }
    using server = new Server(ANY_PORT, Bad);
    using connection = client(server);
    const before = countFds();
    assert.throws(() => {
      server.serveForever();
    }, /^Error: Test error$/);
    assert.equal(countFds(), before);
    assert.equal(connection.recv(1).length, 0);
  });
});

describe('socketserver: a blocking form whose handle is async', () => {
  for (const form of ['serveForever', 'handleRequest'] as const) {
    it(`${form} throws a TypeError that names the other form, and closes the request`, async () => {
      let ended: BaseServer | undefined;
      using server = tcpServer(async ({ server: itsServer }) => {
        await Promise.resolve();
        ended = itsServer;
        throw new Error('nobody waits for this');
      });
      using connection = client(server);
      assert.throws(() => {
        server[form]();
      }, /^TypeError: handle\(\) returned a promise, .* use serveForeverAsync\(\) or handleRequestAsync\(\)$/);
      assert.equal(await received(connection), '');
      assert.equal(ended, server);
      // By now an unhandled rejection would have been reported, and would fail the test.
      await setImmediate();
    });
  }
});
