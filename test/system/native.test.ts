import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { native } from '../../src/system/native.ts';
import { viewClasses } from '../support/hostile-values.ts';
import { Fds } from '../support/fds.ts';

const module = JSON.stringify(new URL('../../src/sys.js', import.meta.url).href);

function inWorker(body: string): Worker {
  return new Worker(
    `const { parentPort } = require('node:worker_threads');
    import(${module}).then((sys) => { ${body} });`,
    { eval: true },
  );
}

describe('the addon', () => {
  it('names its functions as they are exported', () => {
    for (const [name, value] of Object.entries(native)) {
      if (typeof value === 'function') assert.equal((value as { name: string }).name, name);
    }
  });

  it('works in several worker threads at once, and again after they have ended', async () => {
    for (let round = 0; round < 2; round++) {
      const workers = Array.from({ length: 3 }, () =>
        inWorker(`const fds = new Int32Array(2);
          const made = sys.pipe2(fds, sys.O_CLOEXEC);
          const wrote = sys.write(fds[1], new Uint8Array(5), 0, 5);
          const ready = sys.poll(Int32Array.of(fds[0], sys.POLLIN), 1, -1);
          for (const fd of fds) sys.close(fd);
          parentPort.postMessage([made, wrote, ready]);`),
      );
      const ended = Promise.all(workers.map((worker) => once(worker, 'exit')));
      const replies = await Promise.all(workers.map(async (worker) => (await once(worker, 'message')) as unknown[]));
      assert.deepEqual(
        replies,
        Array.from({ length: 3 }, () => [[0, 5, 1]]),
      );
      await ended;
    }
  });

  it('lets a worker thread be terminated while it makes calls', async () => {
    const worker = inWorker(`parentPort.postMessage('started');
      const buffers = [new Uint8Array(1)];
      Object.defineProperty(buffers, 1, { get: () => new Uint8Array(8), enumerable: true });
      for (;;) {
        sys.close(sys.eventfd(0, 0));
        sys.sendmsg(-1, buffers, null, 0, null, 0);
        try { sys.recv(0, null, 0, 0, 0); } catch {}
      }`);
    await once(worker, 'message');
    await sleep(50);
    assert.equal(await worker.terminate(), 1);
  });

  it('accepts every class of typed array, or refuses it', () => {
    using fds = new Fds();
    const [readEnd, writeEnd] = fds.pipe();
    native.write(writeEnd, new Uint8Array(256), 0, 256);
    for (const [name, type] of viewClasses) {
      const view = new type(new ArrayBuffer(8)) as Uint8Array;
      const rangeError = { code: 'ERR_OUT_OF_RANGE' };
      const typeError = { code: 'ERR_INVALID_ARG_TYPE' };
      // Node has had this class for longer than Node-API supports it.
      if (name === 'Float16Array') {
        assert.throws(() => native.read(readEnd, view, 0, 8), typeError);
      } else {
        assert.equal(native.read(readEnd, view, 0, 8), 8, name);
        assert.throws(() => native.read(readEnd, view, 0, 9), rangeError, name);
      }
    }
  });

  it('survives a setter on Array.prototype that calls it again, or throws', () => {
    const call = (): unknown => native.getaddrinfo('127.0.0.1', '80', 0, 0, 0, 4, new Int32Array(1));
    let depth = 0;
    const setters: Record<string, () => void> = {
      again: () => {
        if (depth++ < 5) call();
      },
      failing: () => {
        throw new Error('thrown by a setter');
      },
    };
    for (const set of Object.values(setters)) {
      // No code may use an array while the setter is there, so the outcome is checked afterwards.
      let failure: unknown;
      Object.defineProperty(Array.prototype, '0', { configurable: true, set });
      try {
        call();
      } catch (error) {
        failure = error;
      }
      Reflect.deleteProperty(Array.prototype, '0');
      assert.ok(failure === undefined || (failure as Error).message === 'thrown by a setter', String(failure));
    }
    assert.ok(Array.isArray(call()));
  });
});

describe("the addon's hook in Node's loop", () => {
  // Each runs in a process of its own, because a thread can open its hook only once.
  const run = (body: string): SpawnSyncReturns<string> => {
    const addon = JSON.stringify(new URL('../../src/system/native.js', import.meta.url).href);
    const code = `import { native } from ${addon};\n${body}`;
    return spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', timeout: 10_000 });
  };

  it('is called in each turn from its start to its stop, with the timeout of the loop', () => {
    const { status, stdout, stderr } = run(`
      const timeouts = [];
      const fd = native.nodeLoopOpen((timeoutMs) => {
        if (timeouts.push(timeoutMs) === 5) native.nodeLoopStop();
      });
      native.nodeLoopStart();
      native.nodeLoopStart();
      setTimeout(() => console.log(fd >= 0, timeouts.length, timeouts.every((ms) => ms >= 0 && ms <= 100)), 100);`);
    assert.deepEqual([status, stdout, stderr], [0, 'true 5 true\n', '']);
  });

  it('keeps the thread alive while it is started', () => {
    const { status, stdout } = run(`
      let turns = 0;
      native.nodeLoopOpen(() => { if (++turns === 1000) native.nodeLoopStop(); });
      native.nodeLoopStart();
      process.on('exit', () => console.log(turns));`);
    assert.deepEqual([status, stdout], [0, '1000\n']);
  });

  it('does nothing when it is started or stopped before it is opened', () => {
    const { status, stdout } = run('console.log(native.nodeLoopStart(), native.nodeLoopStop());');
    assert.deepEqual([status, stdout], [0, 'undefined undefined\n']);
  });

  it('is opened once a thread, and with a function only', () => {
    const { status, stdout, stderr } = run(`
      const codeOf = (...args) => {
        try { return typeof native.nodeLoopOpen(...args); } catch (error) { return error.code; }
      };
      console.log(codeOf(), codeOf(null), codeOf({}), codeOf(() => {}), codeOf(() => {}));`);
    const refused = 'ERR_INVALID_ARG_TYPE';
    assert.deepEqual([status, stdout], [0, `${refused} ${refused} ${refused} number ${refused}\n`], stderr);
  });

  it('throws the error of its function as an uncaught exception, and goes on when that is handled', () => {
    const body = `
      let turns = 0;
      native.nodeLoopOpen(() => {
        if (++turns === 3) native.nodeLoopStop();
        throw new Error('turn ' + turns);
      });
      native.nodeLoopStart();`;
    const handled = run(`process.on('uncaughtException', (error) => console.log(error.message));${body}`);
    assert.deepEqual([handled.status, handled.stdout], [0, 'turn 1\nturn 2\nturn 3\n'], handled.stderr);
    const { status, stderr } = run(body);
    assert.notEqual(status, 0);
    assert.match(stderr, /turn 1/);
  });
});
