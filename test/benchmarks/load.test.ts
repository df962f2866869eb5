import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type ServerOpts, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { Server } from '../../src/server.ts';
import { skipWithout, withFdLimit } from '../support/programs.ts';

interface Tally {
  messages: number;
  bytes: number;
  checksum: number;
}

interface Latency {
  p50: number;
  p90: number;
  p99: number;
  'p99.99': number;
  max: number;
  mean: number;
  count: number;
}

interface Report extends Tally {
  mode: string;
  connections: number;
  seconds: number;
  total: Tally;
  serverCpuSeconds: number | null;
  serverUserSeconds?: number;
  serverSystemSeconds?: number;
  loadCpuSeconds: number;
  latencyUs: Latency | null;
  histogram: [number, number][];
  serviceUs?: Latency;
  unanswered?: number;
  crowd?: {
    openedUs: number;
    closedUs: number;
    requests: number;
    answers: number;
    closed: number;
    restBytes: number;
    peakBytes: number;
  };
  errors: string[];
  errorCount: number;
}

const sources = fileURLToPath(new URL('../../../benchmarks/load/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tripoll-load-'));
const program = join(folder, 'load');
const brief = '--warmup 0.02 --seconds 0.15';
// Enough for 0.3 s of CPU time when a process gets only a tenth of a CPU.
const MAX_WINDOWS = 20;
const silent = `${brief} --patience 0.4`;

function compile(): void {
  const files = readdirSync(sources).filter((name) => name.endsWith('.c'));
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-std=gnu11', '-o', program];
  const cc = spawnSync('cc', [...flags, ...files.map((name) => join(sources, name))], { encoding: 'utf8' });
  assert.equal(cc.status, 0, cc.stderr);
}

// Runs the load generator. The arguments are one string, as on a command line.
function start(command: string) {
  const child = spawn(program, command.split(' '));
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => (output.stdout += String(text)));
  child.stderr.on('data', (text) => (output.stderr += String(text)));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, ...output });
    });
  });
  return { child, output, ended };
}

async function load(port: number, command: string): Promise<Report & { code: number | null }> {
  const { code, stdout, stderr } = await start(`--port ${port} ${command}`).ended;
  assert.equal(stderr, '');
  return { code, ...(JSON.parse(stdout) as Report) };
}

// A server that passes each connection to `serve`, with its number in the order of arrival.
async function listen(serve: (socket: Socket, index: number) => void, options: ServerOpts = {}) {
  const sockets: Socket[] = [];
  const server = createServer({ noDelay: true, ...options }, (socket) => {
    socket.on('error', () => undefined);
    serve(socket, sockets.push(socket) - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, sockets, close, [Symbol.dispose]: close };
}

const echo = (socket: Socket) => socket.pipe(socket);

// Answers each line when it is complete.
function echoLines(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (data: Buffer) => {
    const all = Buffer.concat([rest, data]);
    const end = all.lastIndexOf(10) + 1;
    rest = all.subarray(end);
    socket.write(all.subarray(0, end));
  });
}

// Serves the connection with one number in one way, and the other connections in another way.
function only(number: number, serve: (socket: Socket) => unknown, serveOthers: (socket: Socket) => unknown = echo) {
  return (socket: Socket, index: number) => {
    (index === number ? serve : serveOthers)(socket);
  };
}

// The inodes of the sockets of a process, without its standard streams.
function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder)
    .filter((fd) => Number(fd) > 2)
    .map((fd) => readlinkSync(join(folder, fd)))
    .filter((link) => link.startsWith('socket:'));
}

// Counts lines as the handler of a driver does.
function countLines(tally: Tally, data: Buffer, last: { byte: number }): void {
  tally.bytes += data.length;
  for (const byte of data) {
    if (byte === 10) {
      tally.messages++;
      tally.checksum = (tally.checksum + last.byte) >>> 0;
    }
    last.byte = byte;
  }
}

function counter(answers: boolean) {
  const tally = { messages: 0, bytes: 0, checksum: 0 };
  const serve = (socket: Socket) => {
    const last = { byte: 0 };
    socket.on('data', (data: Buffer) => {
      countLines(tally, data, last);
      if (answers) socket.write(data);
    });
  };
  return { tally, serve };
}

describe('the load generator', { skip: skipWithout('cc'), concurrency: 2 }, () => {
  before(compile);
  after(() => {
    rmSync(folder, { recursive: true });
  });

  describe('echo', () => {
    it('counts what the server counts', async () => {
      const { tally, serve } = counter(true);
      using server = await listen(serve);
      const report = await load(server.port, `--server-pid ${process.pid} echo --connections 8 ${brief}`);
      assert.deepEqual(report.total, tally);
      assert.equal(report.errorCount, 0);
      assert.equal(report.code, 0);
      assert.equal(report.mode, 'echo');
      assert.equal(report.connections, 8);
      assert.equal(report.bytes, report.messages * 64);
      assert.ok(report.messages > 0 && report.messages < report.total.messages);
      assert.ok(report.seconds >= 0.15 && report.seconds < 3, `${report.seconds} s`);
      assert.ok(report.serverCpuSeconds! > 0 && report.serverCpuSeconds! <= report.seconds * 8);
      assert.ok(report.loadCpuSeconds > 0 && report.loadCpuSeconds <= report.seconds);
    });

    it("divides the server's CPU time into user and system time", async () => {
      using server = await listen(echo);
      // The kernel counts both parts in hundredths of a second. On a busy machine a process gets only a few of them in one window,
      // and then one hundredth of the other kind is already a large share. So windows are added until there is enough CPU time.
      const systemShareOf = async (code: string, enoughSeconds = 0.3) => {
        const watched = spawn('sh', ['-c', `echo; ${code}`], { stdio: ['ignore', 'pipe', 'ignore'] });
        try {
          await once(watched.stdout, 'data');
          let [cpu, system] = [0, 0];
          for (let windows = 0; windows === 0 || (cpu < enoughSeconds && windows < MAX_WINDOWS); windows++) {
            const times = '--warmup 0.1 --seconds 0.3';
            const report = await load(server.port, `--server-pid ${watched.pid} echo --connections 1 ${times}`);
            const { serverCpuSeconds, serverUserSeconds, serverSystemSeconds } = report;
            if (serverUserSeconds === undefined || serverSystemSeconds === undefined) continue;
            assert.ok(Math.abs(serverUserSeconds + serverSystemSeconds - serverCpuSeconds!) < 2e-6);
            cpu += serverCpuSeconds!;
            system += serverSystemSeconds;
          }
          return system / cpu;
        } finally {
          watched.kill('SIGKILL');
        }
      };
      const computing = await systemShareOf('while :; do :; done');
      assert.ok(computing < 0.2, `${computing} of a program that computes`);
      const copying = await systemShareOf('exec dd if=/dev/zero of=/dev/null bs=64k');
      assert.ok(copying > 0.8, `${copying} of a program in the kernel`);
      const sleeping = await systemShareOf('exec sleep 25', 0);
      assert.ok(Number.isNaN(sleeping), 'a program that sleeps has no CPU time to divide');
    });

    it('reports percentiles that agree with the histogram', async () => {
      using server = await listen(echo);
      const { latencyUs, histogram } = await load(server.port, `echo --connections 4 ${brief}`);
      assert.ok(latencyUs);
      const count = histogram.reduce((sum, [, number]) => sum + number, 0);
      assert.equal(count, latencyUs.count);
      let rank = Math.ceil(count / 2);
      const median = histogram.find(([, number]) => (rank -= number) <= 0)![0];
      assert.equal(latencyUs.p50, median);
      const mean = histogram.reduce((sum, [bound, number]) => sum + bound * number, 0) / count;
      assert.ok(mean >= latencyUs.mean - 0.001 && mean <= latencyUs.mean * 1.01, `${mean} against ${latencyUs.mean}`);
      assert.ok(latencyUs.p50 <= latencyUs.p99 && latencyUs.p99 <= latencyUs['p99.99']);
      assert.ok(latencyUs['p99.99'] <= latencyUs.max);
    });

    it('sends a round with one call: numbered lines of the connection', async () => {
      const chunks: string[] = [];
      using server = await listen((socket, index) => {
        if (index === 1) socket.on('data', (data) => chunks.push(String(data)));
        echo(socket);
      });
      const report = await load(server.port, `echo --connections 2 --depth 3 --size 20 ${brief}`);
      assert.equal(report.errorCount, 0);
      const line = (sequence: number) => `abc00000001${sequence.toString(16).padStart(8, '0')}\n`;
      assert.ok(chunks.length > 0);
      for (const [round, chunk] of chunks.entries()) {
        assert.equal(chunk, line(3 * round) + line(3 * round + 1) + line(3 * round + 2));
      }
    });

    it('sends rounds that are larger than the buffers of a socket', async () => {
      const { tally, serve } = counter(true);
      using server = await listen(serve);
      const report = await load(server.port, `echo --connections 1 --depth 2 --size 1500000 ${brief}`);
      assert.deepEqual(report.errors, []);
      assert.deepEqual(report.total, tally);
    });

    it('opens idle connections that never send', async () => {
      const received: number[] = [];
      using server = await listen((socket, index) => {
        socket.on('data', () => (received[index] = 1));
        echo(socket);
      });
      const report = await load(server.port, `echo --connections 2 --idle 30 ${brief}`);
      assert.deepEqual(report.errors, []);
      assert.equal(server.sockets.length, 32);
      assert.deepEqual(received, [1, 1]);
    });
  });

  describe('reports that the server', { concurrency: 3 }, () => {
    const round = '--connections 2 --size 40';

    // Serves the first connection with `first`, and echoes to the others.
    async function misbehave(mode: string, first: (socket: Socket) => unknown, times = brief): Promise<Report> {
      using server = await listen(only(0, first));
      const report = await load(server.port, `${mode} ${times}`);
      assert.equal(report.code, 1);
      assert.ok(report.errorCount > 0);
      return report;
    }

    it('sent a wrong byte, while the other connections go on', async () => {
      const report = await misbehave(`echo ${round} --depth 2`, (socket) => {
        socket.on('data', (data) => {
          data[50] = 0x2a;
          socket.write(data);
        });
      });
      assert.deepEqual(report.errors, ['connection 0: byte 50 came back as 0x2a, sent was 0x6b']);
      assert.ok(report.messages > 0);
    });

    it('sent more than it received', async () => {
      const report = await misbehave(`echo ${round}`, (socket) => {
        socket.on('data', (data) => socket.write(Buffer.concat([data, data])));
      });
      assert.deepEqual(report.errors, ['connection 0: 80 bytes came back, of which 40 had been sent']);
    });

    it('closed in the middle of an answer', async () => {
      const report = await misbehave(`echo ${round}`, (socket) => {
        socket.once('data', (data) => socket.end(data.subarray(0, 10)));
      });
      assert.deepEqual(report.errors, ['connection 0: closed by the server after 10 of 40 bytes']);
    });

    it('closed after an answer', async () => {
      const report = await misbehave(`echo ${round}`, (socket) => {
        socket.once('data', (data) => socket.end(data));
      });
      assert.match(
        report.errors[0]!,
        /^connection 0: (closed by the server after 40 of 80 bytes|\w+: .*(reset|pipe))/i,
      );
    });

    it('reset a connection', async () => {
      const report = await misbehave(`echo ${round}`, (socket) => {
        socket.once('data', () => socket.resetAndDestroy());
      });
      assert.deepEqual(report.errors, ['connection 0: recv: Connection reset by peer']);
    });

    it('never answered', async () => {
      const report = await misbehave(`echo ${round}`, (socket) => socket.resume(), silent);
      assert.deepEqual(report.errors, ['connection 0: no answer: 0 of 40 bytes came back']);
    });

    it('closed an idle connection', async () => {
      using server = await listen(only(1, (socket) => socket.end()));
      const report = await load(server.port, `echo --connections 1 --idle 1 ${brief}`);
      assert.deepEqual(report.errors, ['connection 1: idle, and closed by the server']);
    });

    it('made 25 errors, with the texts of ten', async () => {
      using server = await listen((socket) => socket.once('data', () => socket.resetAndDestroy()));
      const report = await load(server.port, `echo --connections 25 ${brief}`);
      assert.equal(report.errors.length, 10);
      assert.equal(report.errorCount, 25);
    });

    it('sent wrong bytes in the modes rate and connect, too', async () => {
      const spoil = (socket: Socket) => {
        socket.on('data', (data) => socket.write(Buffer.alloc(data.length, '?')));
      };
      for (const mode of ['rate --connections 1 --rate 500', 'connect --concurrency 1']) {
        const report = await misbehave(`${mode} --size 8`, spoil);
        assert.equal(report.errors[0], 'connection 0: byte 0 came back as 0x3f, sent was 0x30');
      }
    });
  });

  describe('stream', () => {
    it('sends all its lines, and a tenth more as the warm-up, and ends when the server has closed', async () => {
      const { tally, serve } = counter(false);
      using server = await listen(serve);
      const report = await load(server.port, 'stream --connections 3 --batch 16 --messages 1000 --warmup 0');
      assert.equal(report.code, 0);
      assert.deepEqual(report.errors, []);
      assert.deepEqual([report.messages, report.bytes], [1000, 64_000]);
      assert.deepEqual([tally.messages, tally.bytes], [1100, 70_400]);
      assert.deepEqual(report.total, tally);
      assert.equal(report.latencyUs, null);
      assert.equal(server.sockets.length, 6);
    });

    it('repeats the warm-up until the time is over', async () => {
      const { tally, serve } = counter(false);
      using server = await listen(serve);
      // Beside other work, a single round may take a few tenths of a second.
      const report = await load(server.port, 'stream --connections 2 --messages 1000 --warmup 0.8');
      assert.deepEqual(report.errors, []);
      assert.equal(report.messages, 1000);
      assert.deepEqual(report.total, tally);
      const rounds = (tally.messages - 1000) / 100;
      assert.ok(Number.isInteger(rounds) && rounds >= 2, `${rounds} rounds`);
      assert.equal(server.sockets.length, 2 * (rounds + 1));
    });

    it('waits for a server that reads slowly', async () => {
      const { tally, serve } = counter(false);
      using server = await listen((socket) => {
        serve(socket);
        socket.pause();
        setTimeout(() => socket.resume(), 100);
      });
      const report = await load(
        server.port,
        'stream --connections 2 --size 1000 --batch 10 --messages 20000 --warmup 0',
      );
      assert.deepEqual(report.errors, []);
      assert.deepEqual(report.total, tally);
      assert.ok(report.seconds >= 0.08, `${report.seconds} s`);
    });

    it('reports a server that answers, closes early, or does neither', async () => {
      const stubborn = { allowHalfOpen: true };
      const cases: [RegExp, (socket: Socket) => void, ServerOpts?][] = [
        [/sent bytes that nobody asked for|came back/, echo],
        [/closed by the server when \d+ of \d+ bytes|reset|pipe/i, (socket) => socket.once('data', () => socket.end())],
        [/neither reads nor closes/, (socket) => socket.resume(), stubborn],
      ];
      for (const [expected, serve, options] of cases) {
        using server = await listen(serve, options);
        const report = await load(server.port, 'stream --connections 1 --messages 100000 --warmup 0 --patience 0.1');
        assert.equal(report.code, 1);
        assert.match(report.errors[0]!, expected);
      }
    });
  });

  describe('connect', () => {
    it('makes connections from many addresses, each with one message', async () => {
      const { tally, serve } = counter(false);
      const peers = new Set<string | undefined>();
      using server = await listen((socket) => {
        peers.add(socket.remoteAddress);
        serve(socket);
      });
      const report = await load(server.port, `connect --concurrency 4 ${brief}`);
      assert.deepEqual(report.errors, []);
      assert.deepEqual(report.total, tally);
      assert.equal(server.sockets.length, tally.messages);
      assert.equal(peers.size, Math.min(253, tally.messages));
      assert.equal(report.latencyUs?.count, report.messages);
    });

    it('uses its sockets again, because that is cheaper than new ones', async () => {
      using server = await listen((socket) => socket.resume());
      const { child, ended } = start(`--port ${server.port} connect --concurrency 3 --warmup 0.02 --seconds 0.4`);
      const sockets = new Set<string>();
      while (server.sockets.length < 3) await sleep(5);
      for (let look = 0; look < 10; look++) {
        for (const inode of socketsOf(child.pid!)) sockets.add(inode);
        await sleep(10);
      }
      const { code } = await ended;
      assert.equal(code, 0);
      assert.ok(server.sockets.length > 10, `${server.sockets.length} connections`);
      assert.equal(sockets.size, 3);
    });

    it('accepts the message back from a server that echoes', async () => {
      using server = await listen(echo);
      const report = await load(server.port, `connect --concurrency 4 ${brief}`);
      assert.deepEqual(report.errors, []);
      assert.ok(report.messages > 0);
    });

    it('reports resets and a server that has ended', async () => {
      const server = await listen((socket) => socket.resetAndDestroy());
      const report = await load(server.port, `connect --concurrency 1 ${brief}`);
      assert.match(report.errors[0]!, /connection 0: (recv|send): (Connection reset by peer|Broken pipe)/);
      server.close();
      const refused = await load(server.port, `connect --concurrency 2 ${brief}`);
      assert.match(refused.errors[0]!, /Connection refused/);
      assert.equal(refused.code, 1);
    });
  });

  describe('urgent', () => {
    it('sends urgent bytes, and expects normal ones as answers', async () => {
      let urgent = 0;
      const server = new Server({
        address: ['127.0.0.1', 0],
        backend: 'poll',
        onMessage: () => assert.fail('a normal byte came'),
        onExceptional(byte, connection) {
          urgent++;
          connection.write(Buffer.of(byte));
        },
      });
      const serving = server.serveForever();
      const port = (server.address() as [string, number])[1];
      const report = await load(port, `urgent --connections 3 ${brief}`);
      server.shutdown();
      await serving;
      assert.deepEqual(report.errors, []);
      assert.equal(report.total.messages, urgent);
      assert.equal(report.total.bytes, urgent);
      assert.ok(report.messages > 0);
    });

    it('reports a server that does not answer', async () => {
      using server = await listen((socket) => socket.resume());
      const report = await load(server.port, `urgent --connections 1 ${silent}`);
      assert.deepEqual(report.errors, ['connection 0: no answer: 0 of 1 bytes came back']);
    });
  });

  describe('rate', { concurrency: 1 }, () => {
    it('sends at its rate, after a third of the warm-up at full speed', async () => {
      const { tally, serve } = counter(true);
      using server = await listen(serve);
      const report = await load(server.port, 'rate --connections 3 --rate 2000 --warmup 0.3 --seconds 0.3');
      assert.deepEqual(report.errors, []);
      assert.equal(server.sockets.length, 6);
      // 400 and 600 are at the rate. A closed loop of three clients makes thousands in 0.1 s, or a few beside other work.
      assert.ok(report.total.messages >= 1003, `${report.total.messages} messages`);
      assert.notEqual(report.total.messages, 1200, 'the whole warm-up was at the rate');
      assert.equal(report.latencyUs?.count, 600);
      assert.deepEqual(report.total, tally);
      assert.equal(report.unanswered, 0);
      assert.equal(report.code, 0);
    });

    it('starts the latency when a message is due, and the service time when an idle connection sends it', async () => {
      let stalled = false;
      using server = await listen((socket) => {
        socket.on('data', (data) => {
          if (data.includes('00000064\n') && !stalled) {
            stalled = true;
            socket.pause();
            setTimeout(() => socket.resume().write(data), 200);
          } else {
            socket.write(data);
          }
        });
      });
      const report = await load(server.port, 'rate --connections 1 --rate 500 --warmup 0 --seconds 0.7');
      assert.deepEqual(report.errors, []);
      const { latencyUs, serviceUs } = report;
      assert.ok(latencyUs && serviceUs);
      assert.equal(latencyUs.count, 350);
      // The stall delays every third message, but only one of them was sent when it began. A busy machine delays a few more.
      assert.ok(latencyUs.p90 > 60_000, `latency ${latencyUs.p90} µs`);
      assert.ok(serviceUs.count < 300, `${serviceUs.count} messages were sent by an idle connection`);
      assert.ok(serviceUs.max >= 199_000 && latencyUs.max >= 199_000);
    });

    it('keeps the bytes that a full socket does not accept, and sends them later', async () => {
      const { tally, serve } = counter(true);
      using server = await listen((socket) => {
        serve(socket);
        socket.pause();
        setTimeout(() => socket.resume(), 250);
      });
      const command = 'rate --connections 1 --rate 200 --size 100000 --warmup 0 --seconds 0.4';
      const report = await load(server.port, command);
      assert.deepEqual(report.errors, []);
      assert.deepEqual(report.total, tally);
      assert.equal(report.unanswered, 0);
      assert.ok(report.latencyUs!.max >= 150_000);
    });

    it('counts messages without an answer', async () => {
      using server = await listen(only(0, (socket) => socket.resume()));
      const report = await load(
        server.port,
        'rate --connections 2 --rate 1000 --warmup 0 --seconds 0.15 --patience 0.4',
      );
      assert.deepEqual(report.errors, []);
      assert.equal(report.unanswered, 75);
      assert.equal(report.total.messages, 75);
    });

    it('reports a reset', async () => {
      using server = await listen((socket) => socket.once('data', () => socket.resetAndDestroy()));
      const report = await load(server.port, `rate --connections 1 --rate 100 ${brief}`);
      assert.match(report.errors[0]!, /^connection 0: (recv|send): /);
      assert.equal(report.code, 1);
    });
  });

  describe('hold', () => {
    it('keeps its connections until its standard input ends', async () => {
      using server = await listen((socket) => socket.resume());
      const { child, output, ended } = start(`--port ${server.port} hold --connections 20`);
      while (output.stdout === '') await sleep(5);
      assert.equal(output.stdout, '{"held":20}\n');
      await sleep(50);
      assert.deepEqual(
        [server.sockets.length, server.sockets.filter((socket) => socket.readableEnded).length],
        [20, 0],
      );
      child.stdin.end();
      assert.deepEqual(await ended, { code: 0, stdout: '{"held":20}\n', stderr: '' });
    });

    it('reports a connection that the server has closed', async () => {
      using server = await listen((socket, index) => index === 2 && setTimeout(() => socket.end(), 20));
      const { child, ended } = start(`--port ${server.port} hold --connections 4`);
      setTimeout(() => child.stdin.end(), 100);
      const { code, stderr } = await ended;
      assert.deepEqual([code, stderr], [1, 'load: connection 2: held, and closed by the server\n']);
    });
  });

  describe('crowd', { concurrency: 1 }, () => {
    const window = '--warmup 0 --seconds 0.3 --interval 0.01';

    it('floods from many addresses with requests of its size, and reads nothing', async () => {
      const peers = new Set<string | undefined>();
      const counts: number[] = [];
      using server = await listen((socket, index) => {
        peers.add(socket.remoteAddress);
        counts[index] = 0;
        socket.on('data', (data: Buffer) => {
          counts[index]! += data.length;
          socket.write(data);
        });
      });
      const report = await load(server.port, `--server-pid ${process.pid} crowd --connections 6 --size 2 ${window}`);
      assert.deepEqual(report.errors, []);
      assert.equal(report.code, 0);
      const { crowd, latencyUs } = report;
      assert.ok(crowd && latencyUs);
      assert.equal(peers.size, 7);
      const received = counts.slice(0, 6).reduce((sum, bytes) => sum + bytes, 0);
      assert.ok(crowd.requests > 6 * 1000 && crowd.requests * 2 >= received - 6, `${crowd.requests} requests`);
      assert.ok(report.messages > 0 && report.messages <= crowd.requests + latencyUs.count, `${report.messages} taken`);
      assert.deepEqual([crowd.answers, crowd.closed, report.unanswered], [0, 0, 0]);
      // The honest client asks about every 10 ms, and sends only after an answer.
      assert.ok(latencyUs.count >= 2 && latencyUs.count <= 31, `${latencyUs.count} questions`);
      assert.equal(counts[6], latencyUs.count * 2);
      assert.ok(crowd.peakBytes >= crowd.restBytes && crowd.restBytes > 1e6);
      const windowUs = crowd.closedUs - crowd.openedUs;
      assert.ok(windowUs >= 300_000 && Math.abs(windowUs / 1e6 - report.seconds) < 1e-3, `${windowUs} µs`);
    });

    it('counts and checks the answers when it reads', async () => {
      using server = await listen(echoLines);
      const command = `crowd --connections 3 --reads 1 ${window}`;
      const report = await load(server.port, command);
      assert.deepEqual(report.errors, []);
      const { crowd, latencyUs } = report;
      assert.ok(crowd && latencyUs);
      assert.ok(crowd.answers > 100, `${crowd.answers} answers`);
      assert.equal(crowd.answers, crowd.requests);
      assert.equal(report.total.messages, crowd.answers + latencyUs.count);
    });

    it('reports an answer of the crowd that is wrong, too much or missing', async () => {
      const cases: [RegExp, (socket: Socket) => unknown][] = [
        [
          /^connection 1: a wrong answer came after 0 right ones$/,
          (socket) => socket.once('data', () => socket.write('y')),
        ],
        [
          /^connection 1: \d+ bytes of answers came, due were \d+$/,
          (socket) => {
            socket.once('data', () => socket.write(`${'x'.repeat(63)}\n`));
            echoLines(socket);
          },
        ],
        [/^the server is silent, and answers of the crowd are missing$/, (socket) => socket.resume()],
        [/^connection 1: .* after 0 of \d+ bytes of answers$/, (socket) => socket.once('data', () => socket.destroy())],
      ];
      for (const [expected, serve] of cases) {
        using server = await listen(only(1, serve, echoLines));
        const command = 'crowd --connections 3 --reads 1 --warmup 0 --seconds 0.05 --patience 1';
        const { code, errors } = await load(server.port, command);
        assert.equal(code, 1);
        assert.ok(
          errors.some((error) => expected.test(error)),
          `${expected.source}: ${errors.join('; ')}`,
        );
      }
    });

    it('reports a wrong answer to the honest client, and its end', async () => {
      const cases: [RegExp, (socket: Socket) => unknown][] = [
        [/^connection 2: the answer to question 1 is wrong$/, (socket) => socket.on('data', () => socket.write('a\n'))],
        [/^connection 2: (closed by the server after|recv: )/, (socket) => socket.once('data', () => socket.end())],
      ];
      for (const [expected, serve] of cases) {
        using server = await listen(only(2, serve, (socket) => socket.resume()));
        const { code, errors } = await load(server.port, `crowd --connections 2 ${window}`);
        assert.equal(code, 1);
        assert.match(errors[0]!, expected);
      }
    });

    it('counts a question without an answer with the time that it has waited, and ends', async () => {
      using server = await listen((socket) => socket.resume());
      const report = await load(server.port, 'crowd --connections 2 --warmup 0 --seconds 0.1 --patience 0.3');
      assert.deepEqual([report.code, report.errors], [0, []]);
      assert.equal(report.unanswered, 1);
      assert.equal(report.latencyUs?.count, 1);
      assert.ok(report.latencyUs.max >= 390_000, `${report.latencyUs.max} µs`);
    });

    it('counts the clients that the server refuses because they do not read', async () => {
      using server = await listen((socket, index) => {
        if (index === 0) socket.once('data', () => socket.resetAndDestroy());
        else echo(socket);
      });
      const report = await load(server.port, `crowd --connections 2 ${window}`);
      assert.deepEqual(report.errors, []);
      assert.equal(report.crowd?.closed, 1);
    });

    it('sends inline commands of Redis', async () => {
      const answers = [
        [2, 'PING\n', '+PONG\r\n'],
        [10, 'PING xxxx\n', '$4\r\nxxxx\r\n'],
      ] as const;
      for (const [size, request, answer] of answers) {
        const received: string[] = [];
        using server = await listen((socket, index) => {
          let [all, answered] = ['', 0];
          socket.on('data', (data: Buffer) => {
            if (index === 0) received.push(data.toString());
            all += data.toString();
            const whole = Math.floor(all.length / request.length);
            socket.write(answer.repeat(whole - answered));
            answered = whole;
          });
        });
        const command = `crowd --connections 1 --reads 1 --inline-ping 1 --size ${size} --seconds 0.05 --patience 20`;
        const report = await load(server.port, command);
        assert.deepEqual(report.errors, []);
        assert.ok(received.join('').startsWith(request.repeat(3)));
        assert.ok(report.crowd!.answers > 0);
      }
    });
  });

  describe('the command line', () => {
    it('shows help with examples', async () => {
      const { code, stdout } = await start('--help').ended;
      assert.equal(code, 0);
      assert.match(stdout, /Examples\n {2}load --port 9001 echo --connections 64\n/);
    });

    const mistakes: [string, string][] = [
      ['--port 1', 'a mode is missing: echo, stream, connect, urgent, rate, hold or crowd'],
      ['--port 1 ping', "there is no mode 'ping': echo, stream, connect, urgent, rate, hold or crowd"],
      ['--port 1 echo rate', "one mode only: 'rate' comes after echo"],
      ['echo --connections 1', 'echo needs --port'],
      ['--port 1 echo', 'echo needs --connections'],
      ['--port 1 stream --connections 1', 'stream needs --messages'],
      ['--port 1 echo --connections', '--connections needs a value'],
      ['--port 1 echo --conns 1', 'there is no option --conns; load --help lists them'],
      ['--port 1 rate --connections 1 --rate 5 --depth 2', '--depth is no option of rate'],
      ['--port 70000 echo --connections 1', "--port must be an integer from 1 to 65535, not '70000'"],
      ['--port 1 echo --connections 1.5', "--connections must be an integer from 1 to 1048576, not '1.5'"],
      ['--port 1 echo --connections many', "--connections must be an integer from 1 to 1048576, not 'many'"],
      ['--port 1 echo --connections 1 --size 1', "--size must be an integer from 2 to 16777216, not '1'"],
      [
        '--port 1 urgent --connections 1 --seconds 0',
        "--seconds must be a number of seconds from 0.001 to 3600, not '0'",
      ],
      ['--port 1 crowd', 'crowd needs --connections'],
      ['--port 1 crowd --connections 1 --reads 2', "--reads must be an integer from 0 to 1, not '2'"],
      ['--port 1 --server-pid 4194304 echo --connections 1', '--server-pid 4194304: No such process'],
      ['--port 1 --waits-fd 999 echo --connections 1', '--waits-fd 999: Bad file descriptor'],
    ];
    for (const [command, sentence] of mistakes) {
      it(`answers '${command}' with one sentence`, async () => {
        assert.deepEqual(await start(command).ended, { code: 2, stdout: '', stderr: `load: ${sentence}\n` });
      });
    }

    it('says that it cannot connect', async () => {
      const server = await listen(() => undefined);
      server.close();
      const { code, stderr } = await start(`--port ${server.port} echo --connections 1`).ended;
      assert.deepEqual([code, stderr], [1, 'load: cannot connect: Connection refused\n']);
    });

    it('says that the limit of open files is too low', () => {
      const [shell, ...prefix] = withFdLimit(50);
      const command = [...prefix, program, '--port', '1', 'echo', '--connections', '40'];
      const { status, stderr } = spawnSync(shell!, command, { encoding: 'utf8' });
      assert.equal(status, 2);
      assert.equal(stderr, 'load: 40 connections need 56 open files, and the hard limit is 50 (ulimit -Hn)\n');
    });
  });
});
