import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs, { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { describe, it } from 'node:test';

import { columns } from '../../src/explain/columns.ts';
import { processStatus, withProcess } from '../../src/explain/proc.ts';
import { explainFd, explainProcess, type ProcessReport } from '../../src/explain/process.ts';
import { fdText, processText } from '../../src/explain/process-text.ts';
import { unixSockets } from '../../src/explain/socket-tables.ts';
import { ready } from '../../src/explain/step.ts';
import { numbers } from '../../src/explain/system-calls.ts';
import { Child, until } from '../support/child.ts';
import { PythonProgram } from '../support/explained.ts';
import { closedFd, dupAt, eventFd, pipePair, readableFd, tcpPair } from '../support/fds.ts';
import { skipWithout } from '../support/programs.ts';

const skip = skipWithout('python3');

function waitsIn(kind: string): (report: ProcessReport) => boolean {
  return ({ doing }) => 'kind' in doing && doing.kind === kind;
}

function fdsOf({ fds }: ProcessReport, ...numbers: number[]): [fd: number, waitedFor: string][] {
  return fds.filter(({ fd }) => numbers.includes(fd)).map(({ fd, waitedFor }) => [fd, waitedFor]);
}

function lines(report: ProcessReport): string[] {
  return processText(report, Infinity).split('\n');
}

describe('explainProcess', () => {
  it("reads select's sets and timeout from the process", { skip }, async () => {
    using program = new PythonProgram('select.select([a, r], [], [b], 25.5)');
    const { a, b, r, w } = await program.fds();
    const report = await program.report(waitsIn('select'));
    const { doing } = report;
    assert.ok('kind' in doing);
    const nfds = Math.max(a, b, r) + 1;
    assert.match(doing.call, /^p?select6?\(/);
    assert.ok(doing.call.endsWith(`(${nfds}, [${a} ${r}], NULL, [${b}], 25.5 s)`), doing.call);
    assert.equal(doing.timeoutSeconds, 25.5);
    assert.deepEqual(fdsOf(report, a, b, r, w), [
      [a, 'r'],
      [b, 'x'],
      [r, 'r'],
      [w, ''],
    ]);
    assert.equal(
      lines(report)[1],
      `main thread: waits in select for at most 25.5 s, until fd ${a} or ${r} is readable, or fd ${b} is exceptional`,
    );
  });

  it('reports an fd in two sets, and an fd beyond the first word of the bitmap', { skip }, async () => {
    using program = new PythonProgram(`
a.setblocking(False)
try:
    while True: a.send(bytes(65536))
except BlockingIOError: os.dup2(r, 700)
select.select([a, 700], [a], [], 25)`);
    const { a } = await program.fds();
    const report = await program.report(waitsIn('select'));
    assert.deepEqual(fdsOf(report, a, 700), [
      [a, 'rw'],
      [700, 'r'],
    ]);
    assert.ok('call' in report.doing && report.doing.call.endsWith(`(701, [${a} 700], [${a}], NULL, 25 s)`));
  });

  it('ignores bits beyond the fd table, as the kernel does', { skip }, async () => {
    using program = new PythonProgram(`
import ctypes, re
size = int(re.search('FDSize:\\s*(\\d+)', open('/proc/self/status').read())[1])
bits = bytearray(size // 8) + bytes([255]) * ((2**20 - size) // 8)
bits[r // 8] |= 1 << r % 8
ctypes.CDLL(None).select(2**20, bytes(bits), bytes(bits), None, None)`);
    const { r } = await program.fds();
    const report = await program.report(waitsIn('select'));
    const { doing } = report;
    assert.ok('kind' in doing);
    assert.ok(doing.call.endsWith(`(${2 ** 20}, [${r}], [${r}], NULL, NULL)`), doing.call.slice(0, 200));
    assert.deepEqual(doing.fds, [{ fd: r, events: 'rw' }]);
  });

  it('reports a wait without fds', { skip }, async () => {
    using program = new PythonProgram('select.select([], [], [], 25)');
    const report = await program.report(waitsIn('select'));
    assert.equal(lines(report)[1], 'main thread: waits in select for at most 25 s, for no fd: it only sleeps');
  });

  it("reads poll's array in its order", { skip }, async () => {
    using program = new PythonProgram(
      'p = select.poll(); p.register(r, select.POLLIN); p.register(a, select.POLLIN | select.POLLPRI); p.register(b, 0); p.poll()',
    );
    const { a, b, r } = await program.fds();
    const report = await program.report(waitsIn('poll'));
    const { doing } = report;
    assert.ok('kind' in doing);
    assert.equal(
      doing.call,
      `${doing.call.split('(')[0] ?? ''}([${r} IN, ${a} IN PRI, ${b} 0], 3, ${timeout(doing.call)})`,
    );
    assert.equal(doing.timeoutSeconds, null);
    assert.deepEqual(fdsOf(report, a, b, r), [
      [a, 'IN PRI'],
      [b, '0'],
      [r, 'IN'],
    ]);
    assert.equal(
      lines(report)[1],
      `main thread: waits in poll without a timeout, until one of fd ${r}, ${a} or ${b} is ready`,
    );
  });

  it("reads epoll's interest list, including fds that are closed and still in it", { skip }, async () => {
    using program = new PythonProgram(
      'e = select.epoll(); e.register(r, select.EPOLLIN | select.EPOLLET); e.register(a, select.EPOLLIN); ' +
        'os.dup(r); os.close(r); e.poll(25)',
    );
    const { a, r } = await program.fds();
    const report = await program.report(waitsIn('epoll'));
    const { doing } = report;
    assert.ok('kind' in doing);
    assert.match(doing.call, new RegExp(`^epoll_p?wait\\(${doing.epfd ?? ''}, …, \\d+, 25000 ms\\)$`));
    const epoll = report.fds.find(({ fd }) => fd === doing.epfd);
    assert.deepEqual(epoll?.interest, [
      { fd: a, events: 'IN', open: true },
      { fd: r, events: 'IN ET', open: false },
    ]);
    assert.equal(epoll.text, `waits for ${a} IN, ${r} IN ET (closed in this process)`);
    assert.deepEqual(fdsOf(report, a), [[a, 'IN']]);
  });

  it('reports a call that waits for one fd', { skip }, async () => {
    using program = new PythonProgram('a.recv(9)');
    const { a } = await program.fds();
    const report = await program.report(({ doing }) => 'name' in doing && doing.name === 'recvfrom');
    assert.deepEqual(report.doing, { name: 'recvfrom', call: `recvfrom(${a}, …)`, fd: a });
    assert.deepEqual(fdsOf(report, a), [[a, 'recvfrom']]);
    assert.equal(lines(report)[1], `main thread: is in recvfrom, on fd ${a}`);
  });

  it('reports a thread that computes, and a process that is stopped', { skip }, async () => {
    using program = new PythonProgram('while True: pass');
    const running = await program.report(({ doing }) => 'running' in doing);
    assert.equal(lines(running)[1], 'main thread: runs; it does not wait in a system call');
    program.kill('SIGSTOP');
    const stopped = await program.report(({ state }) => state === 'T');
    assert.equal(lines(stopped)[1], 'main thread: stopped by a signal');
  });

  it('describes sockets by address, state and queues', { skip }, async () => {
    using program = new PythonProgram('client.close(); select.select([r], [], [], 25)');
    const { peer, port, server, client, a, w } = await program.fds();
    const report = await program.report(waitsIn('select'));
    const text = (fd: number): string | undefined => report.fds.find((each) => each.fd === fd)?.text;
    assert.equal(text(server), `127.0.0.1:${port}, LISTEN, 1 waiting for accept`);
    assert.match(
      text(peer) ?? '',
      new RegExp(
        `^127.0.0.1:${port} to 127.0.0.1:\\d+, CLOSE_WAIT \\(the peer has finished sending.*\\), [56] bytes to read$`,
      ),
    );
    assert.equal(text(client), undefined);
    assert.equal(text(a), 'unnamed, CONNECTED');
    assert.match(text(w) ?? '', /^the write end of pipe \d+$/);
  });

  it('describes IPv6, UDP, Unix paths, unbound sockets, files, directories and devices', { skip }, async () => {
    using program = new PythonProgram(`
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.bind(('::1', 0)); u.sendto(b'abc', u.getsockname())
n = socket.socket(socket.AF_UNIX); n.bind('\\0tripoll explain %d' % os.getpid()); n.listen()
t = socket.socket(); f = open('/proc/self/cmdline'); f.read(1); d = os.open('/', 0); z = os.open('/dev/null', 1)
u.setblocking(False); select.select([r], [], [], 25)`);
    const report = await program.report(waitsIn('select'));
    const texts = report.fds.map(({ kind, text, nonBlocking }) => `${kind}: ${text}${nonBlocking ? ' NB' : ''}`);
    for (const expected of [
      /^UDP: \[::1\]:\d+, UNCONNECTED, \d+ bytes to read \(with the kernel's overhead\) NB$/,
      new RegExp(`^Unix stream: @tripoll explain ${program.pid}, LISTEN$`),
      /^socket: not bound, no longer connected, or of another family$/,
      /^file: \/proc\/\d+\/cmdline, for reading, at byte \d+ of 0$/,
      /^directory: \/$/,
      /^device: \/dev\/null$/,
    ]) {
      assert.ok(
        texts.some((text) => expected.test(text)),
        `${expected} in\n${texts.join('\n')}`,
      );
    }
  });

  it('does not confuse a TCP socket with a Unix socket whose name looks like its line', { skip }, async () => {
    using program = new PythonProgram(`
n = socket.socket(socket.AF_UNIX); n.bind('\\0%d\\n0: 0 0 0 1 3 %d forged' % (os.getpid(), os.fstat(server.fileno()).st_ino))
select.select([r], [], [], 25)`);
    const { server, port } = await program.fds();
    const { fds } = await program.report(waitsIn('select'));
    assert.equal(fds.find(({ fd }) => fd === server)?.text, `127.0.0.1:${port}, LISTEN, 1 waiting for accept`);
  });

  it('explains a file whose file system does not answer', (t) => {
    const file = fs.openSync(import.meta.filename, 'r');
    const { mock } = t.mock.method(fs, 'statSync', () => {
      throw Object.assign(new Error('ENOTCONN: socket is not connected, stat'), { code: 'ENOTCONN' });
    });
    syncBuiltinESMExports();
    try {
      const { fds } = explainProcess(process.pid, file);
      const expected = { kind: 'file', text: `${import.meta.filename}, for reading, at byte 0` };
      assert.deepEqual(fds, [{ fd: file, ...expected, nonBlocking: false, waitedFor: '' }]);
      assert.ok(mock.callCount() > 0);
    } finally {
      mock.restore();
      syncBuiltinESMExports();
      fs.closeSync(file);
    }
  });

  it('does not ask a file system that may never answer', (t) => {
    const file = fs.openSync(import.meta.filename, 'r');
    const { readFileSync: read } = fs;
    const asked: unknown[] = [];
    const mocks = [
      t.mock.method(fs, 'statSync', (path: unknown) => asked.push(path)),
      t.mock.method(fs, 'readFileSync', (path: string, encoding: 'utf8') => {
        const text = read(path, encoding);
        return path.endsWith('/mountinfo') ? text.replace(/ - \S+ /g, ' - nfs4 ') : text;
      }),
    ];
    syncBuiltinESMExports();
    try {
      const { fds } = explainProcess(process.pid, file);
      assert.deepEqual(asked, []);
      assert.equal(fds[0]?.text, `${import.meta.filename}, for reading, at byte 0`);
    } finally {
      for (const { mock } of mocks) mock.restore();
      syncBuiltinESMExports();
      fs.closeSync(file);
    }
  });

  it("finds Node's own loop, and the server that it waits for", async () => {
    const code = "const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))";
    using node = new Child(process.execPath, '-e', code);
    const port = await until(() => /^\d+/.exec(node.stdout)?.[0]);
    const report = await until(() => {
      const now = explainProcess(node.pid);
      return waitsIn('epoll')(now) && now;
    });
    const server = report.fds.find(({ text }) => text.startsWith(`127.0.0.1:${port}, LISTEN`));
    assert.equal(server?.waitedFor, 'IN');
    assert.equal(server.nonBlocking, true);
  });

  it('reports one fd, or names the open fds', { skip }, async () => {
    using program = new PythonProgram('select.select([r], [], [], 25)');
    const { r } = await program.fds();
    assert.deepEqual(
      explainProcess(program.pid, r).fds.map(({ fd }) => fd),
      [r],
    );
    assert.throws(() => explainProcess(program.pid, 987_654), {
      message: new RegExp(`^process ${program.pid} has no fd 987654; it has the fds 0 1 2 .*\\b${r}\\b`),
    });
  });

  it('omits fds that are closed while it looks', { skip }, async () => {
    const code = 'import os\nwhile True: [os.close(fd) for fd in [os.open("/dev/null", 0) for _ in range(50)]]';
    using program = new Child('python3', '-c', code);
    const counts = new Set<number>();
    await until(() => {
      const { fds } = explainProcess(program.pid);
      assert.deepEqual(
        fds.slice(0, 3).map(({ fd }) => fd),
        [0, 1, 2],
      );
      return counts.add(fds.length).size > 5;
    });
  });
});

describe('a process that cannot be explained', () => {
  it('does not exist', () => {
    // 2**22 is the kernel's largest limit for process numbers.
    assert.throws(() => explainProcess(2 ** 22 + 1), { message: 'there is no process 4194305' });
  });

  it('has ended, and its parent has not read its exit code', { skip }, async () => {
    using parent = new Child(
      'python3',
      '-c',
      'import os, time; print(os.fork() or os._exit(0), flush=True); time.sleep(25)',
    );
    const pid = Number(await until(() => /^\d+/.exec(parent.stdout)?.[0]));
    await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(' Z '));
    assert.throws(() => explainProcess(pid), { message: /^process \d+ has ended, and its parent/ });
  });

  it('ends while it is looked at', { skip }, () => {
    for (const look of ['nothing', 'a file that is gone']) {
      using child = new Child('sleep', '25');
      const { pid } = child;
      const action = (): void => {
        child.kill('SIGKILL');
        // This process, its parent, reads the exit code later; until then it is a zombie, and its number is not reused.
        while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(' Z '));
        if (look !== 'nothing') readFileSync(`/proc/${pid}/fd/0`);
      };
      assert.throws(
        () => {
          withProcess(pid, action);
        },
        { message: `process ${pid} ended while tripoll looked at it` },
      );
    }
  });

  it('is process 1, unless we may see its fds', () => {
    let mayLook = true;
    try {
      readlinkSync(`/proc/1/fd/${readdirSync('/proc/1/fd')[0] ?? ''}`);
    } catch {
      mayLook = false;
    }
    if (mayLook) assert.equal(explainProcess(1).pid, 1);
    else assert.throws(() => explainProcess(1), { message: /^no permission to see the fds of process 1:/ });
  });

  it('has a name with spaces and parentheses', { skip }, async () => {
    const code = "open('/proc/self/comm', 'w').write('a) Z (b'); print(1, flush=True); import time; time.sleep(25)";
    using child = new Child('python3', '-c', code);
    await until(() => child.stdout === '1\n');
    await until(() => processStatus(child.pid).state === 'S');
  });
});

describe('explainFd', () => {
  it('reports the events that are ready', (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    const [client] = tcpPair(t);
    assert.deepEqual(explainFd(readEnd).ready, ready('---', ''));
    assert.deepEqual(explainFd(writeEnd).ready, ready('-w-', 'OUT'));
    assert.deepEqual(explainFd(readableFd(t)).ready, ready('r--', 'IN'));
    assert.equal(explainFd(client).socket?.state, 'ESTABLISHED');
    assert.deepEqual(
      { ...explainFd(eventFd(t, 3)), fd: 0 },
      {
        fd: 0,
        kind: 'eventfd',
        text: 'count 3',
        nonBlocking: true,
        ready: ready('rw-', 'IN OUT'),
      },
    );
  });

  it('accepts an fd beyond FD_SETSIZE', (t) => {
    const fd = dupAt(t, readableFd(t), 1100);
    assert.ok(fd !== undefined, 'RLIMIT_NOFILE is below 1100');
    assert.deepEqual(explainFd(fd).ready, ready('r--', 'IN'));
  });

  it('throws for an fd that is not open', (t) => {
    const fd = closedFd(t);
    assert.throws(() => explainFd(fd), { message: new RegExp(`^fd ${fd} is not open: .* --fd ${fd} ${fd}<file$`) });
  });

  it('is described in words', (t) => {
    const fd = readableFd(t);
    const text = fdText(explainFd(fd), Infinity).replace(/pipe \d+/, 'pipe N');
    assert.deepEqual(text.split('\n').slice(0, 4), [
      `${`fd ${fd}`.padEnd(6)}  pipe, the read end of pipe N, non-blocking`,
      'select  r--: r readable, w writable, x exceptional',
      'poll    IN when asked for IN, PRI, OUT and RDHUP; 0 when asked for nothing',
      'epoll   the same as poll',
    ]);
  });
});

describe('unixSockets', () => {
  const HEAD = 'Num       RefCount Protocol Flags    Type St Inode Path\n';
  const line = (inode: number, path = '', flags = '00000000'): string =>
    `000000009a087f8a: 00000003 00000000 ${flags} 0001 03 ${inode}${path === '' ? '' : ` ${path}`}\n`;
  const forged = `@x\n${line(7, '/forged', '00010000').trimEnd()}`;
  const locals = (text: string): [number, string][] =>
    Array.from(unixSockets(HEAD + text), ([inode, { local, state }]) => [inode, `${local} ${state}`]);

  it("reads paths, including paths with spaces, other systems' line breaks and characters outside ASCII", () => {
    const path = Buffer.from('/tmp/a b\rc é').toString('latin1');
    assert.deepEqual(locals(line(5, path) + line(6, '@name', '00010000') + line(7)), [
      [5, '/tmp/a b\rc é CONNECTED'],
      [6, '@name LISTEN'],
      [7, ' CONNECTED'],
    ]);
  });

  it('ignores text within a path that looks like a line', () => {
    const genuine: [number, string] = [7, '/genuine CONNECTED'];
    const others = line(1) + line(2) + line(3);
    for (const text of [
      line(7, '/genuine') + others + line(8, forged),
      line(8, forged) + others + line(7, '/genuine'),
    ]) {
      assert.deepEqual(
        locals(text).filter(([inode]) => inode === 7),
        [genuine],
      );
    }
  });

  it('uses the first of two lines that may both be within a path', () => {
    const text = line(6, '/before') + line(7, '/genuine') + line(8, forged);
    assert.deepEqual(locals(text)[1], [7, '/genuine CONNECTED']);
  });

  it('ignores lines of another shape', () => {
    const text = line(8, `@\n0: 0 0 0 1 3 7 /forged\n0: 00000003 00000000 0 0001 03 7`) + line(7, '/genuine');
    assert.deepEqual(locals(text), [
      [8, '@ CONNECTED'],
      [7, '/genuine CONNECTED'],
    ]);
  });
});

describe('the numbers of system calls', () => {
  for (const [index, header] of ['asm/unistd_64.h', 'asm-generic/unistd.h'].entries()) {
    // arm64 uses the generic numbers, and has no header with those of x64.
    const skip = (index === 0 && process.arch !== 'x64' && 'needs x64') || skipWithout('cc');
    it(`are those of ${header}`, { skip }, () => {
      const { stdout } = spawnSync('cc', ['-E', '-dM', '-include', header, '-'], { encoding: 'utf8', input: '' });
      const found = new Map(
        Array.from(stdout.matchAll(/^#define __NR_(\w+) (\d+)$/gm), ([, name, n]) => [name, Number(n)]),
      );
      assert.ok(found.size > 200, `${found.size} numbers`);
      assert.deepEqual(
        Object.entries(numbers).map(([name]) => [name, found.get(name) ?? -1]),
        Object.entries(numbers).map(([name, each]) => [name, each[index]]),
      );
    });
  }
});

describe('columns', () => {
  it('lays out more rows than a call may have arguments', () => {
    const rows = Array.from({ length: 300_000 }, () => ['1', 'text']);
    assert.equal(columns([['fd', 'what'], ...rows], 1, Infinity).at(-1), '1   text');
  });
});

// time.sleep and similar calls: glibc calls poll, musl on arm64 calls ppoll.
function timeout(call: string): string {
  return call.startsWith('ppoll') ? 'NULL' : '-1';
}
