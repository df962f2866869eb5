import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { OSError } from '../../src/system/errors.ts';
import { selectAsync } from '../../src/select.ts';
import {
  type Address,
  type AddressInput,
  AF_INET6,
  AF_UNIX,
  SO_ACCEPTCONN,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOL_SOCKET,
  socket,
} from '../../src/socket.ts';
import * as socketserver from '../../src/socketserver.ts';
import { countFds } from '../support/fds.ts';
import { inet, temporaryFolder } from '../support/socket-pairs.ts';
import { ANY_PORT, client, EchoLine, received, serving } from '../support/socketserver.ts';

const { DatagramRequestHandler, StreamRequestHandler, TCPServer, UDPServer } = socketserver;
const folder = temporaryFolder();

class EchoDatagram extends DatagramRequestHandler {
  override handle(): void {
    this.wfile.write(this.rfile.readline());
  }
}

async function examineStream(server: socketserver.TCPServer): Promise<void> {
  using connection = client(server, 'hello world\n');
  assert.equal(await received(connection), 'hello world\n');
}

async function examineDatagram(server: socketserver.UDPServer): Promise<void> {
  using sender = socket(server.addressFamily, SOCK_DGRAM);
  if (server.addressFamily === AF_UNIX) sender.bind(join(folder, `client${sender.fileno()}-${performance.now()}`));
  sender.sendto(Buffer.from('hello world\nand more'), server.serverAddress as AddressInput);
  assert.equal((await selectAsync([sender], [], [], 10))[0].length, 1);
  assert.equal(sender.recv(100).toString(), 'hello world\n');
}

describe('socketserver: SocketServerTest', () => {
  for (const type of [TCPServer, socketserver.UnixStreamServer]) {
    it(`test_${type.name}: answers three clients`, async () => {
      const server = new type(type === TCPServer ? ANY_PORT : join(folder, 'stream'), EchoLine);
      assert.deepEqual(server.serverAddress, server.socket.getsockname());
      await serving(server, async () => {
        for (let i = 0; i < 3; i++) await examineStream(server);
      });
      assert.equal(server.fileno(), -1);
      assert.equal(server.socket.fileno(), -1);
    });
  }

  for (const type of [UDPServer, socketserver.UnixDatagramServer]) {
    it(`test_${type.name}: answers three datagrams`, async () => {
      const server = new type(type === UDPServer ? ANY_PORT : join(folder, 'datagram'), EchoDatagram);
      assert.deepEqual(server.serverAddress, server.socket.getsockname());
      await serving(server, async () => {
        for (let i = 0; i < 3; i++) await examineDatagram(server);
      });
      assert.equal(server.socket.fileno(), -1);
    });
  }

  it('test_close_immediately', () => {
    const server = new TCPServer(ANY_PORT, EchoLine);
    server.serverClose();
    assert.equal(server.fileno(), -1);
    server.serverClose();
  });

  it('test_tcpserver_bind_leak: a failed bind or listen leaves no fd', () => {
    class NoListen extends TCPServer {
      override serverActivate(): void {
        throw new OSError('no');
      }
    }
    const before = countFds();
    for (let i = 0; i < 1024; i++) {
      assert.throws(() => new TCPServer(['127.0.0.1', -1], StreamRequestHandler), {
        name: 'RangeError',
        message: 'bind(): port must be 0-65535.',
      });
      assert.throws(() => new NoListen(ANY_PORT, StreamRequestHandler), { message: 'no' });
    }
    assert.equal(countFds(), before);
  });

  it('test_context_manager: using closes the server', () => {
    let closed: socketserver.TCPServer;
    {
      using server = new TCPServer(ANY_PORT, StreamRequestHandler);
      assert.notEqual(server.socket.fileno(), -1);
      closed = server;
    }
    assert.equal(closed.socket.fileno(), -1);
  });

  it('test_all: has the names of Python without the ones of threads and forks', () => {
    assert.deepEqual(Object.keys(socketserver).sort(), [
      'BaseRequestHandler',
      'BaseServer',
      'DatagramRequestHandler',
      'StreamRequestHandler',
      'TCPServer',
      'UDPServer',
      'UnixDatagramServer',
      'UnixStreamServer',
    ]);
  });
});

describe('socketserver: the class of a server', () => {
  it('has the defaults of Python', () => {
    using tcp = new TCPServer(ANY_PORT, EchoLine, false);
    using udp = new UDPServer(ANY_PORT, EchoDatagram, false);
    assert.deepEqual(
      [tcp.requestQueueSize, tcp.allowReuseAddress, tcp.allowReusePort, tcp.timeout, udp.maxPacketSize],
      [5, false, false, null, 8192],
    );
    assert.ok(udp instanceof TCPServer);
  });

  it('sets by its static fields what the constructor binds', () => {
    class Reusing extends TCPServer {
      static override allowReuseAddress = true;
      static override allowReusePort = true;
      static override addressFamily = AF_INET6;
      static override timeout = 3;
    }
    using server = new Reusing(['::1', 0], EchoLine);
    assert.equal(server.serverAddress[0], '::1');
    assert.equal(server.socket.getsockopt(SOL_SOCKET, SO_REUSEADDR), 1);
    assert.equal(server.socket.getsockopt(SOL_SOCKET, SO_REUSEPORT), 1);
    assert.equal(server.timeout, 3);
  });

  it('does not share its static fields with its base class or other servers', () => {
    class Changing extends TCPServer {}
    Changing.allowReuseAddress = true;
    using changed = new Changing(ANY_PORT, EchoLine);
    using base = new TCPServer(ANY_PORT, EchoLine);
    assert.deepEqual([changed.allowReuseAddress, base.allowReuseAddress], [true, false]);
    assert.equal(base.socket.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0);
  });

  it('throws for fields that would be set after bind and listen', () => {
    class Late extends TCPServer {
      override allowReuseAddress = true;
    }
    const before = countFds();
    let socketOfLate: { close(): void } | undefined;
    class Caught extends Late {
      override serverBind(): void {
        socketOfLate = this.socket;
        super.serverBind();
      }
    }
    assert.throws(() => new Caught(ANY_PORT, EchoLine), { name: 'TypeError', message: /redefine.*allowReuseAddress/ });
    socketOfLate?.close();
    assert.equal(countFds(), before);
  });

  it('does not bind without bindAndActivate, and then uses properties that were set in the meantime', () => {
    using server = new TCPServer(ANY_PORT, EchoLine, false);
    assert.deepEqual(server.serverAddress, ['127.0.0.1', 0]);
    assert.equal(server.socket.getsockopt(SOL_SOCKET, SO_ACCEPTCONN), 0);
    server.allowReuseAddress = true;
    server.serverBind();
    server.serverActivate();
    assert.notEqual(inet(server.serverAddress)[1], 0);
    assert.equal(server.socket.getsockopt(SOL_SOCKET, SO_REUSEADDR), 1);
    assert.equal(server.socket.getsockopt(SOL_SOCKET, SO_ACCEPTCONN), 1);
  });

  it('throws the error of bind for an address in use', () => {
    using server = new TCPServer(ANY_PORT, EchoLine);
    assert.throws(() => new TCPServer(server.serverAddress as AddressInput, EchoLine), { code: 'EADDRINUSE' });
  });
});

describe('socketserver: verifyRequest', () => {
  it('test_shutdown_request_called_if_verify_request_false', () => {
    const seen: Address[] = [];
    class Refusing extends TCPServer {
      static ended = 0;
      override verifyRequest(_request: unknown, clientAddress: Address): boolean {
        seen.push(clientAddress);
        return false;
      }
      override shutdownRequest(request: ReturnType<typeof socket>): void | Promise<void> {
        Refusing.ended++;
        return super.shutdownRequest(request);
      }
    }
    using server = new Refusing(ANY_PORT, EchoLine);
    using connection = client(server);
    server.handleRequest();
    assert.equal(Refusing.ended, 1);
    assert.deepEqual(seen, [connection.getsockname()]);
    assert.equal(connection.recv(1).length, 0);
  });

  it('closes the request when it throws', () => {
    class Broken extends TCPServer {
      override verifyRequest(): boolean {
        throw new Error('broken');
      }
    }
    using server = new Broken(ANY_PORT, EchoLine);
    using connection = client(server);
    const before = countFds();
    assert.throws(() => {
      server.handleRequest();
    }, /^Error: broken$/);
    assert.equal(countFds(), before);
    assert.equal(connection.recv(1).length, 0);
  });
});
