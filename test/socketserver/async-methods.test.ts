import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';

import type { Socket } from '../../src/socket.ts';
import { BaseRequestHandler, TCPServer } from '../../src/socketserver.ts';
import { countFds } from '../support/fds.ts';
import { promiseWithBadThen } from '../support/hostile-promises.ts';
import { ANY_PORT, client, LONG_SECONDS, received, serving } from '../support/socketserver.ts';
import '../support/no-report.ts';

const wait = (): Promise<void> => setTimeout(5);

/** Records the beginning and the end of each of its methods, all of which are async. */
class AsyncServer extends TCPServer {
  readonly calls: string[] = [];
  accepts = true;

  async record(name: string): Promise<void> {
    this.calls.push(`${name} begins`);
    await wait();
    this.calls.push(`${name} ends`);
  }
  override async verifyRequest(): Promise<boolean> {
    await this.record('verifyRequest');
    return this.accepts;
  }
  override async handleError(_request: Socket, _address: unknown, error: unknown): Promise<void> {
    await this.record(`handleError (${(error as Error).message})`);
  }
  override async shutdownRequest(request: Socket): Promise<void> {
    await this.record('shutdownRequest');
    await super.shutdownRequest(request);
  }
  override async closeRequest(request: Socket): Promise<void> {
    await this.record('closeRequest');
    await super.closeRequest(request);
  }
}

class AsyncHandler extends BaseRequestHandler<Socket, AsyncServer> {
  override setup(): Promise<void> {
    return this.server.record('setup');
  }
  override handle(): Promise<void> {
    return this.server.record('handle');
  }
  override finish(): Promise<void> {
    return this.server.record('finish');
  }
}

const inOrder = (...names: string[]): string[] => names.flatMap((name) => [`${name} begins`, `${name} ends`]);

describe('socketserver: the awaitable forms wait for each async method', () => {
  it('in the order of the blocking forms', async () => {
    const before = countFds();
    const server = new AsyncServer(ANY_PORT, AsyncHandler);
    await serving(server, async () => {
      using connection = client(server);
      assert.equal(await received(connection), '');
    });
    const names = ['verifyRequest', 'setup', 'handle', 'finish', 'shutdownRequest', 'closeRequest'];
    assert.deepEqual(server.calls, inOrder(...names));
    assert.equal(countFds(), before);
  });

  it('and a verifyRequest that resolves to false refuses the request', async () => {
    const server = new AsyncServer(ANY_PORT, AsyncHandler);
    server.accepts = false;
    await serving(server, async () => {
      using connection = client(server);
      assert.equal(await received(connection), '');
    });
    assert.deepEqual(server.calls, inOrder('verifyRequest', 'shutdownRequest', 'closeRequest'));
  });

  for (const method of ['setup', 'handle', 'finish'] as const) {
    it(`and pass a rejection of ${method} to an async handleError, which is awaited`, async () => {
      class Failing extends AsyncHandler {
        static {
          this.prototype[method] = async function () {
            await wait();
            throw new Error(`from ${method}`);
          };
        }
      }
      const server = new AsyncServer(ANY_PORT, Failing);
      await serving(server, async () => {
        using connection = client(server);
        assert.equal(await received(connection), '');
      });
      const error = `handleError (from ${method})`;
      assert.deepEqual(server.calls.slice(-6), inOrder(error, 'shutdownRequest', 'closeRequest'));
    });
  }

  it('and pass the error of a promise whose then throws to handleError', async () => {
    class Failing extends AsyncHandler {
      override handle(): Promise<void> {
        return promiseWithBadThen(new Error('from then'));
      }
    }
    const server = new AsyncServer(ANY_PORT, Failing);
    await serving(server, async () => {
      using connection = client(server);
      assert.equal(await received(connection), '');
    });
    assert.deepEqual(server.calls.slice(-6), inOrder('handleError (from then)', 'shutdownRequest', 'closeRequest'));
  });

  for (const method of ['serviceActions', 'verifyRequest', 'handleError', 'shutdownRequest', 'getRequest'] as const) {
    it(`and reject with the rejection of ${method}, as the blocking forms throw its error`, async (t) => {
      // The server reports the error of the handler there.
      t.mock.method(console, 'error', () => undefined);
      class Failing extends TCPServer {
        static {
          const fail = async (): Promise<never> => {
            await wait();
            throw new Error(`from ${method}`);
          };
          Object.defineProperty(this.prototype, method, { value: fail });
        }
      }
      class FailingHandler extends BaseRequestHandler {
        override handle(): void {
          throw new Error('from handle');
        }
      }
      using server = new Failing(ANY_PORT, FailingHandler);
      using _connection = client(server);
      await assert.rejects(server.serveForeverAsync(LONG_SECONDS), new RegExp(`^Error: from ${method}$`));
    });
  }

  it('and handleRequestAsync rejects with the rejection of handleTimeout', async () => {
    class Failing extends TCPServer {
      static override timeout = 0.01;
      override async handleTimeout(): Promise<void> {
        await wait();
        throw new Error('too late');
      }
    }
    using server = new Failing(ANY_PORT, BaseRequestHandler);
    await assert.rejects(server.handleRequestAsync(), /^Error: too late$/);
  });
});

describe('socketserver: the blocking forms throw a TypeError that names the async method', () => {
  const methods = ['serviceActions', 'verifyRequest', 'shutdownRequest', 'getRequest', 'finishRequest'];
  for (const method of methods) {
    it(`${method}, whose rejection ends nothing`, async () => {
      const before = countFds();
      class Async extends TCPServer {
        static {
          const fail = () => Promise.reject(new Error('nobody waits for this'));
          Object.defineProperty(this.prototype, method, { value: fail });
        }
      }
      using server = new Async(ANY_PORT, BaseRequestHandler);
      using _connection = client(server);
      assert.throws(
        () => {
          server.serveForever();
        },
        new RegExp(`^TypeError: ${method}\\(\\) returned a promise, .* use serveForeverAsync`),
      );
      assert.equal(method.includes('Request') && countFds() < before, false);
      // By now an unhandled rejection would have been reported, and would fail the test.
      await setImmediate();
    });
  }

  it('handleTimeout', () => {
    class Async extends TCPServer {
      static override timeout = 0.01;
      override async handleTimeout(): Promise<void> {
        await wait();
      }
    }
    using server = new Async(ANY_PORT, BaseRequestHandler);
    assert.throws(() => {
      server.handleRequest();
    }, /^TypeError: handleTimeout\(\) returned a promise/);
  });

  it('setup and finish of a handler, and finish of it runs', async () => {
    let finished = 0;
    class Async extends BaseRequestHandler {
      override async handle(): Promise<void> {
        await wait();
      }
      override async finish(): Promise<void> {
        finished++;
        await wait();
        throw new Error('nobody waits for this');
      }
    }
    using server = new TCPServer(ANY_PORT, Async);
    using connection = client(server);
    assert.throws(() => {
      server.serveForever();
    }, /^TypeError: handle\(\) returned a promise/);
    assert.equal(await received(connection), '');
    await setTimeout(20);
    assert.equal(finished, 1);
  });
});

describe('socketserver: the constructor refuses the promise of', () => {
  for (const method of ['serverBind', 'serverActivate']) {
    it(method, async () => {
      const before = countFds();
      class Async extends TCPServer {
        static {
          const fail = () => Promise.reject(new Error('nobody waits for this'));
          Object.defineProperty(this.prototype, method, { value: fail });
        }
      }
      assert.throws(
        () => new Async(ANY_PORT, BaseRequestHandler),
        new RegExp(`^TypeError: ${method}\\(\\) returned a promise, for which a constructor cannot wait$`),
      );
      assert.equal(countFds(), before);
      await setImmediate();
    });
  }
});
