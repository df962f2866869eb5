import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { AF_UNIX, IPPROTO_TCP, SHUT_WR, SOCK_DGRAM, type Socket, socket, TCP_NODELAY } from '../../src/socket.ts';
import {
  BaseRequestHandler,
  DatagramRequestHandler,
  StreamRequestHandler,
  TCPServer,
  UDPServer,
  UnixDatagramServer,
} from '../../src/socketserver.ts';
import { countFds } from '../support/fds.ts';
import { inet, temporaryFolder } from '../support/socket-pairs.ts';
import { answer, ANY_PORT, client, EchoLine, received, tcpServer } from '../support/socketserver.ts';

const folder = temporaryFolder();

describe('socketserver: StreamRequestHandler', () => {
  it('has a file to read lines from and a file to write to', async () => {
    using server = new TCPServer(ANY_PORT, EchoLine);
    assert.equal(await answer(server, 'one\ntwo\n'), 'one\n');
  });

  it('SocketWriterTest.test_basics: wfile has the fd of the request, and is closed at the end', () => {
    const seen: unknown[] = [];
    let writer: StreamRequestHandler['wfile'] | undefined;
    class Handler extends StreamRequestHandler {
      override handle(): void {
        writer = this.wfile;
        seen.push(this.wfile.fileno() === this.request.fileno(), this.connection === this.request);
        seen.push(this.wfile.writable(), this.wfile.readable(), this.wfile.closed);
        this.wfile.flush();
      }
    }
    using server = new TCPServer(ANY_PORT, Handler);
    client(server).close();
    server.handleRequest();
    assert.deepEqual(seen, [true, true, true, false, false]);
    assert.equal(writer?.closed, true);
    assert.throws(() => {
      writer?.flush();
    }, /^RangeError: I\/O operation on closed file\.$/);
  });

  it('SocketWriterTest.test_write: sends everything immediately, even when signals arrive', async (t) => {
    const BIG_BYTES = 16 * 2 ** 20 + 1;
    const sent: unknown[] = [];
    let signals = 0;
    const count = (): void => {
      signals++;
    };
    process.on('SIGUSR2', count);
    t.after(() => process.off('SIGUSR2', count));
    class Handler extends StreamRequestHandler {
      static override timeout = 20;
      override handle(): void {
        sent.push(this.wfile.write(Buffer.from('write data\n')));
        sent.push(this.rfile.readline().toString());
        sent.push(this.wfile.write(Buffer.alloc(BIG_BYTES)));
      }
    }
    using server = new TCPServer(ANY_PORT, Handler);
    const reader = `
      const client = require('node:net').connect(${inet(server.serverAddress)[1]}, '127.0.0.1');
      let bytes = 0;
      client.once('data', (first) => {
        bytes -= first.length;
        client.write('client response\\n');
        client.once('data', () => {
          client.pause();
          for (let i = 1; i <= 5; i++) setTimeout(() => process.kill(${process.pid}, 'SIGUSR2'), 20 * i);
          setTimeout(() => client.resume(), 150);
        });
      });
      client.on('data', (data) => (bytes += data.length));
      client.on('end', () => console.log(bytes));`;
    const child = spawn(process.execPath, ['-e', reader], { stdio: ['ignore', 'pipe', 'inherit'] });
    const printed = child.stdout.setEncoding('utf8').toArray();
    server.handleRequest();
    assert.deepEqual(sent, [11, 'client response\n', BIG_BYTES]);
    assert.equal((await printed).join(''), `${BIG_BYTES}\n`);
    assert.ok(signals > 0);
  });

  it('copies the buffer sizes, the timeout and TCP_NODELAY from the class', async () => {
    const seen: unknown[] = [];
    class Handler extends StreamRequestHandler {
      static override rbufsize = 0;
      static override wbufsize = -1;
      static override timeout = 5;
      static override disableNagleAlgorithm = true;
      override handle(): void {
        seen.push(this.connection.gettimeout(), this.connection.getsockopt(IPPROTO_TCP, TCP_NODELAY));
        seen.push(this.rfile.readline().toString(), this.connection.recv(100).toString());
        this.wfile.write(Buffer.from('kept '));
        this.wfile.write(Buffer.from('until the end'));
      }
    }
    using server = new TCPServer(ANY_PORT, Handler);
    assert.equal(await answer(server, 'line\nrest'), 'kept until the end');
    assert.deepEqual(seen, [5, 1, 'line\n', 'rest']);
  });

  it('also uses fields for them, because it runs after its constructor', async () => {
    let timeoutSeconds: number | null = null;
    class Handler extends StreamRequestHandler {
      override timeout = 7;
      override handle(): void {
        timeoutSeconds = this.connection.gettimeout();
      }
    }
    using server = new TCPServer(ANY_PORT, Handler);
    assert.equal(await answer(server), '');
    assert.equal(timeoutSeconds, 7);
  });

  it('closes its files and the connection when a handler throws or the timeout is over', (t) => {
    const printed = t.mock.method(console, 'error', () => undefined);
    class Handler extends StreamRequestHandler {
      static override timeout = 0.05;
      override handle(): void {
        this.rfile.readline();
      }
    }
    using server = new TCPServer(ANY_PORT, Handler);
    using connection = client(server, 'no end of line');
    const before = countFds();
    server.handleRequest();
    assert.equal(countFds(), before);
    assert.match(String(printed.mock.calls[0]!.arguments[0]), /TimeoutError: timed out/);
    assert.equal(connection.recv(1).length, 0);
  });

  it('reports that it cannot send the rest at the end, and still closes its files', (t) => {
    const printed = t.mock.method(console, 'error', () => undefined);
    class Handler extends StreamRequestHandler {
      static override wbufsize = -1;
      override handle(): void {
        this.wfile.write(Buffer.from('too late'));
        this.request.shutdown(SHUT_WR);
      }
    }
    using server = new TCPServer(ANY_PORT, Handler);
    using connection = client(server);
    const before = countFds();
    server.handleRequest();
    assert.match(String(printed.mock.calls[0]!.arguments[0]), /BrokenPipeError/);
    assert.equal(connection.recv(1).length, 0);
    assert.equal(countFds(), before);
  });

  it('does not close a duplicate of the connection', async () => {
    let kept: Socket | undefined;
    using server = tcpServer(({ request }) => {
      kept = request.dup();
    });
    using connection = client(server);
    server.handleRequest();
    // SHUT_WR has ended our direction although the duplicate is open, as in Python.
    assert.equal(await received(connection), '');
    assert.notEqual(kept?.fileno(), -1);
    kept?.close();
  });

  it('gives its handlers the type of a subclass of the server', async () => {
    class Greeting extends TCPServer {
      readonly greeting = 'hello';
    }
    class Handler extends StreamRequestHandler<Greeting> {
      override handle(): void {
        this.wfile.write(Buffer.from(this.server.greeting));
      }
    }
    using server = new Greeting(ANY_PORT, Handler);
    assert.equal(await answer(server), 'hello');
  });
});

describe('socketserver: DatagramRequestHandler', () => {
  it('reads the datagram as a file, and sends the written bytes as one datagram', () => {
    const lines: string[] = [];
    class Handler extends DatagramRequestHandler<UDPServer> {
      override handle(): void {
        for (const line of this.rfile) lines.push(line.toString());
        this.wfile.write(Buffer.from('a'));
        this.wfile.write(Buffer.from('bc'));
        assert.equal(this.wfile.getvalue().toString(), 'abc');
        assert.equal(this.packet.toString(), 'one\ntwo');
        assert.equal(this.socket, this.server.socket);
      }
    }
    using server = new UDPServer(ANY_PORT, Handler);
    using sender = createDatagramSocket();
    sender.sendto(Buffer.from('one\ntwo'), inet(server.serverAddress));
    server.handleRequest();
    assert.deepEqual(lines, ['one\n', 'two']);
    assert.equal(sender.recv(10).toString(), 'abc');
  });

  it('answers with an empty datagram when nothing was written', () => {
    using server = new UDPServer(ANY_PORT, DatagramRequestHandler);
    using sender = createDatagramSocket();
    sender.sendto(Buffer.alloc(0), inet(server.serverAddress));
    server.handleRequest();
    assert.equal(sender.recv(10).length, 0);
  });

  it('receives at most maxPacketSize bytes', () => {
    const lengths: number[] = [];
    class Small extends UDPServer {
      static override maxPacketSize = 4;
    }
    class Handler extends BaseRequestHandler<[Buffer, Socket]> {
      override handle(): void {
        lengths.push(this.request[0].length);
      }
    }
    using sender = createDatagramSocket();
    for (const [type, length] of [
      [Small, 4],
      [UDPServer, 8192],
    ] as const) {
      using server = new type(ANY_PORT, Handler);
      sender.sendto(Buffer.alloc(10_000), inet(server.serverAddress));
      server.handleRequest();
      assert.equal(lengths.pop(), length);
    }
  });

  it('survives an AF_UNIX client without an address', (t) => {
    const printed = t.mock.method(console, 'error', () => undefined);
    using server = new UnixDatagramServer(join(folder, 'nameless'), DatagramRequestHandler);
    using sender = socket(AF_UNIX, SOCK_DGRAM);
    sender.sendto(Buffer.from('x'), server.serverAddress as string);
    server.handleRequest();
    assert.match(String(printed.mock.calls[0]!.arguments[0]), /EINVAL/);
  });
});

function createDatagramSocket(): Socket {
  const sender = socket(undefined, SOCK_DGRAM);
  sender.bind(['127.0.0.1', 0]);
  sender.settimeout(10);
  return sender;
}
