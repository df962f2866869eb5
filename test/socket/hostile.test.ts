import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';

import {
  AF_INET6,
  AF_UNIX,
  createConnection,
  createServer,
  fromfd,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  Socket,
  socket,
  socketpair,
} from '../../src/socket.ts';
import { inet, tcpPair, unusedAddress } from '../support/socket-pairs.ts';

function openFds(): number {
  return readdirSync('/proc/self/fd').length;
}

function fails(call: () => unknown): void {
  assert.throws(call, (error: unknown) => error instanceof Error);
}

describe('fds', () => {
  it('do not leak from 1,000 failures of each kind', () => {
    using taken = createServer(['127.0.0.1', 0]);
    const inUse = inet(taken.getsockname());
    const unused = unusedAddress();
    const before = openFds();
    for (let i = 0; i < 1000; i++) {
      fails(() => createServer(inUse));
      fails(() => createServer('x'));
      fails(() => createConnection(unused));
      fails(() => createConnection(inUse, -1));
      fails(() => createConnection(inUse, 1, inUse));
      fails(() => fromfd(0, AF_INET6, SOCK_STREAM, 'x' as never));
      fails(() => socket(99));
      fails(() => socketpair(99));
    }
    assert.equal(openFds(), before);
  });

  it('do not leak from connections made and closed', () => {
    using listener = createServer(['127.0.0.1', 0]);
    const address = inet(listener.getsockname());
    const before = openFds();
    for (let i = 0; i < 200; i++) {
      const client = createConnection(address);
      const [server] = listener.accept();
      server.makefile('rw').close();
      server.dup().close();
      server.close();
      client.close();
    }
    assert.equal(openFds(), before);
  });
});

describe('the limit of fds', () => {
  const program = `
    import { createServer, socket } from '${new URL('../../src/socket.js', import.meta.url).href}';
    import { select } from '${new URL('../../src/select.js', import.meta.url).href}';
    const listener = createServer(['127.0.0.1', 0]);
    const client = socket();
    client.connect(listener.getsockname());
    const held = [];
    const codeOf = (call) => { try { call(); return 'none'; } catch (error) { return error.code; } };
    let code;
    do code = codeOf(() => held.push(socket())); while (code === 'none');
    const result = [code, codeOf(() => listener.accept()), select([listener], [], [], 0)[0].length];
    held.pop().close();
    result.push(codeOf(() => listener.accept()));
    console.log(JSON.stringify(result));`;

  it('gives EMFILE to socket and accept, and the listener stays readable', () => {
    const command = 'ulimit -n 64; exec "$0" --input-type=module -e "$1"';
    const output = execFileSync('/bin/sh', ['-c', command, process.execPath, program], { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(output), ['EMFILE', 'EMFILE', 1, 'none']);
  });
});

describe('wrong types', () => {
  const values: unknown[] = [
    undefined,
    null,
    'x',
    1.5,
    NaN,
    Infinity,
    2 ** 53,
    -(2 ** 31),
    10n ** 30n,
    Symbol('x'),
    {},
    [],
    () => 1,
    new Proxy([], {}),
    { length: -1 },
    new Uint8Array(0),
    new DataView(new ArrayBuffer(1)),
    new Float64Array(1),
  ];
  // Methods without parameters, and methods that accept such values.
  const skipped = new Set([
    'constructor',
    'close',
    'detach',
    'accept',
    'dup',
    'addFile',
    'removeFile',
    'check',
    'again',
  ]);

  function methods(): string[] {
    const names: string[] = [];
    for (let prototype: unknown = Socket.prototype; prototype !== Object.prototype;) {
      names.push(...Object.getOwnPropertyNames(prototype));
      prototype = Object.getPrototypeOf(prototype);
    }
    return names.filter((name) => !skipped.has(name));
  }

  it('throw Errors, or are taken, and never end the process', () => {
    for (const make of [() => socket(), () => socket(AF_INET6), () => socket(AF_UNIX)]) {
      using s = make();
      s.setblocking(false);
      const loose = s as unknown as Record<string, unknown>;
      for (const name of methods()) {
        const method = loose[name];
        // On AF_UNIX a string is a valid address, and bind would leave a file behind.
        if (typeof method !== 'function' || (name === 'bind' && s.family === AF_UNIX)) continue;
        for (const first of values) {
          for (const rest of [[], [first], [first, first]]) {
            try {
              (method as (...args: unknown[]) => unknown).call(s, first, ...rest);
            } catch (error) {
              assert.ok(error instanceof Error, `${name}: ${String(error)}`);
            }
            s.setblocking(false);
          }
        }
      }
    }
  });
});

describe('hostile buffers', () => {
  it('detached ones are empty', () => {
    using pair = tcpPair();
    const bytes = new Uint8Array(100);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    assert.equal(pair.client.send(bytes), 0);
    pair.client.sendall(bytes);
    assert.equal(pair.client.recvInto(bytes), 0);
    assert.throws(() => pair.client.recvInto(bytes, 1), { message: 'buffer too small for requested bytes' });
    assert.equal(pair.client.sendmsg([bytes]), 0);
  });

  it('resizable ones count as long as they are', () => {
    using pair = tcpPair();
    const memory = Reflect.construct(ArrayBuffer, [100, { maxByteLength: 1000 }]) as ArrayBuffer;
    const bytes = new Uint8Array(memory);
    (memory as unknown as { resize(length: number): void }).resize(10);
    assert.equal(pair.client.send(bytes), 10);
    assert.equal(pair.server.recvInto(bytes), 10);
  });

  it('with a length that lies throw', () => {
    using pair = tcpPair();
    class Liar extends Uint8Array {
      override get length(): number {
        return 2 ** 40;
      }
    }
    fails(() => pair.client.send(new Liar(4)));
    pair.client.sendall(Buffer.from('x'));
    fails(() => pair.server.recvInto(new Liar(4)));
    fails(() => pair.client.sendmsg([{ length: 3 } as never]));
  });

  it('that cannot be had throw', () => {
    using s = socket(-1, SOCK_STREAM | SOCK_NONBLOCK);
    for (const size of [2 ** 53, 2 ** 62]) {
      fails(() => s.recv(size));
      fails(() => s.recvfrom(size));
      fails(() => s.recvmsg(size));
    }
  });
});
