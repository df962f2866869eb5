import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { errnoOf, osError } from '../../src/system/errors.ts';
import type { Socket } from '../../src/socket.ts';
import { BaseRequestHandler, StreamRequestHandler, TCPServer } from '../../src/socketserver.ts';
import { countFds } from '../support/fds.ts';
import {
  ANY_PORT,
  AT_ONCE_MS,
  client,
  Counting,
  EchoLine,
  elapsed,
  LONG_SECONDS,
  received,
  serving,
  tcpServer,
} from '../support/socketserver.ts';

describe('socketserver: serveForeverAsync', () => {
  it('lets Node run while it waits and while an async handler waits', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    class Slow extends StreamRequestHandler {
      override async handle(): Promise<void> {
        await setTimeout(100);
        this.wfile.write(Buffer.from('slow'));
      }
    }
    await serving(new TCPServer(ANY_PORT, Slow), async (server) => {
      await setTimeout(100);
      assert.ok(ticks >= 3, `${ticks} ticks`);
      using connection = client(server);
      ticks = 0;
      assert.equal(await received(connection), 'slow');
      assert.ok(ticks >= 3, `${ticks} ticks`);
    });
    clearInterval(timer);
  });

  it('awaits a handler before it accepts the next request', async () => {
    const order: string[] = [];
    class Slow extends BaseRequestHandler {
      override async handle(): Promise<void> {
        const text = this.request.recv(10).toString();
        order.push(`begin ${text}`);
        await setTimeout(30);
        order.push(`end ${text}`);
      }
      override finish(): void {
        order.push('finish');
      }
    }
    await serving(new TCPServer(ANY_PORT, Slow), async (server) => {
      const clients = [client(server, 'a'), client(server, 'b')];
      for (const connection of clients) {
        assert.equal(await received(connection), '');
        connection.close();
      }
    });
    assert.deepEqual(order, ['begin a', 'end a', 'finish', 'begin b', 'end b', 'finish']);
  });

  it('passes a rejection of handle to handleError, after finish, and continues', async () => {
    const calls: unknown[] = [];
    class Failing extends BaseRequestHandler {
      override async handle(): Promise<void> {
        await setTimeout(1);
        throw new Error('later');
      }
      override finish(): void {
        calls.push('finish');
      }
    }
    class Server extends TCPServer {
      override handleError(request: Socket, _clientAddress: unknown, error: unknown): void {
        calls.push((error as Error).message, request.fileno() >= 0);
      }
    }
    const before = countFds();
    await serving(new Server(ANY_PORT, Failing), async (server) => {
      for (let i = 0; i < 2; i++) {
        using connection = client(server);
        assert.equal(await received(connection), '');
      }
    });
    assert.deepEqual(calls, ['finish', 'later', true, 'finish', 'later', true]);
    assert.equal(countFds(), before);
  });

  it('rejects with the error of handleError', async () => {
    class Server extends TCPServer {
      override handleError(_request: Socket, _clientAddress: unknown, error: unknown): void {
        throw error;
      }
    }
    class Failing extends BaseRequestHandler {
      override async handle(): Promise<void> {
        await setTimeout(1);
        throw new Error('fatal');
      }
    }
    using server = new Server(ANY_PORT, Failing);
    using connection = client(server);
    await assert.rejects(server.serveForeverAsync(LONG_SECONDS), /^Error: fatal$/);
    assert.equal(await received(connection), '');
  });

  it('test_shutdown: ends immediately, 20 times right after the start', async () => {
    const servers = Array.from({ length: 20 }, () => new TCPServer(ANY_PORT, StreamRequestHandler));
    const ms = await elapsed(
      Promise.all(
        servers.map(async (server) => {
          const ended = server.serveForeverAsync(LONG_SECONDS);
          await Promise.all([server.shutdown(), server.shutdown(), ended]);
          await server.shutdown();
          server.serverClose();
        }),
      ),
    );
    assert.ok(ms < AT_ONCE_MS, `${ms} ms`);
  });

  it('ends immediately when shutdown is called during a wait', async () => {
    using server = new Counting(ANY_PORT, BaseRequestHandler);
    const ended = server.serveForeverAsync(null);
    await setTimeout(30);
    const ms = await elapsed(server.shutdown());
    assert.ok(ms < AT_ONCE_MS, `${ms} ms`);
    await ended;
    assert.equal(server.actions, 0);
  });

  it("ends on a signal, because Node runs the signal's handler during the wait", async () => {
    using server = new Counting(ANY_PORT, BaseRequestHandler);
    process.once('SIGUSR2', () => void server.shutdown());
    const ended = server.serveForeverAsync(null);
    process.kill(process.pid, 'SIGUSR2');
    const ms = await elapsed(ended);
    assert.ok(ms < AT_ONCE_MS, `${ms} ms`);
  });

  it('finishes the current request before shutdown resolves', async () => {
    let isFinished = false;
    let begun = (): void => undefined;
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    using server = tcpServer(async () => {
      begun();
      await setTimeout(50);
      isFinished = true;
    });
    using _first = client(server);
    using _second = client(server);
    const ended = server.serveForeverAsync(LONG_SECONDS);
    await beginning;
    assert.equal(isFinished, false);
    await server.shutdown();
    assert.equal(isFinished, true);
    await ended;
  });

  it('ends when the server is closed, as handleRequestAsync does', async () => {
    const server = new TCPServer(ANY_PORT, BaseRequestHandler);
    const ended = server.serveForeverAsync(null);
    const one = new Counting(ANY_PORT, BaseRequestHandler);
    const handled = one.handleRequestAsync();
    await setTimeout(10);
    server.serverClose();
    one.serverClose();
    const ms = await elapsed(Promise.all([ended, handled]));
    assert.ok(ms < AT_ONCE_MS, `${ms} ms`);
    assert.equal(one.timeouts, 0);
  });

  for (const form of ['serveForeverAsync', 'handleRequestAsync'] as const) {
    const start = (server: TCPServer, signal: AbortSignal): Promise<void> =>
      form === 'serveForeverAsync' ? server[form](null, { signal }) : server[form]({ signal });

    it(`${form} rejects with the reason of its signal, during a wait and before it`, async () => {
      using server = new TCPServer(ANY_PORT, EchoLine);
      const controller = new AbortController();
      const waiting = start(server, controller.signal);
      await setTimeout(10);
      controller.abort(new Error('enough'));
      await assert.rejects(waiting, /^Error: enough$/);
      await assert.rejects(start(server, controller.signal), /^Error: enough$/);
      using connection = client(server, 'again\n');
      await server.handleRequestAsync();
      assert.equal(await received(connection), 'again\n');
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    });

    it(`${form} rejects while another awaitable form runs`, async () => {
      using server = new TCPServer(ANY_PORT, EchoLine);
      const controller = new AbortController();
      const waiting = start(server, controller.signal);
      await assert.rejects(server.handleRequestAsync(), /under way/);
      await assert.rejects(server.serveForeverAsync(), /under way/);
      controller.abort();
      await assert.rejects(waiting, { name: 'AbortError' });
    });
  }

  it('ends after the current request when its signal is aborted', async () => {
    const controller = new AbortController();
    using server = tcpServer(async ({ request }) => {
      controller.abort(new Error('enough'));
      await setTimeout(20);
      request.sendall(Buffer.from('finished'));
    });
    using connection = client(server);
    await assert.rejects(server.serveForeverAsync(null, { signal: controller.signal }), /^Error: enough$/);
    assert.equal(await received(connection), 'finished');
  });

  it('also ends during the pause after a failure for lack of fds', async () => {
    class Exhausted extends Counting {
      override getRequest(): never {
        throw osError(errnoOf('EMFILE'), 'accept4');
      }
    }
    using server = new Exhausted(ANY_PORT, BaseRequestHandler);
    using _connection = client(server);
    const ended = server.serveForeverAsync(LONG_SECONDS);
    await setTimeout(50);
    assert.equal(server.actions, 1);
    const ms = await elapsed(server.shutdown());
    assert.ok(ms < 400, `${ms} ms`);
    await ended;
  });
});
