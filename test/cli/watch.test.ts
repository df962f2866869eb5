import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';

import { dist, sendOnce, tripoll, until } from '../support/child.ts';
import { runCli } from '../support/cli.ts';
import { Folder } from '../support/serve.ts';

const urlIn = (text: string): URL | undefined => {
  const url = /http:\/\/127\.0\.0\.1:\d+\/[\da-f]{32}\//.exec(text)?.[0];
  return url === undefined ? undefined : new URL(url);
};
const path = (url: URL, name: string): URL => new URL(`.${name}`, url);
const run = (...args: string[]) =>
  spawnSync(process.execPath, [`${dist}src/cli/main.js`, ...args], { encoding: 'utf8' });
const act = (url: URL, action: string) =>
  fetch(path(url, '/act'), { method: 'POST', body: JSON.stringify({ action }) });

// A port on which a server of this process listens.
async function takenPort(): Promise<{ port: string } & Disposable> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { port: String(port), [Symbol.dispose]: () => server.close() };
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => parentOf(child) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined; // the process has ended
  }
}

describe('tripoll trace and tripoll watch FILE', () => {
  it('show what was recorded', async () => {
    using folder = new Folder();
    const file = folder.file('day.jsonl');
    const local = ['--host', '127.0.0.1', '--port', '0'];
    using recording = tripoll('trace', 'record', file, '--echo', '--backend', 'poll', ...local);
    const port = await recording.servePort();
    await sendOnce(port, 'hello');
    await until(() => recording.stdout.includes('hello'));
    recording.kill('SIGINT');
    assert.deepEqual(await recording.exit, { code: 0, signal: null });

    const { status, stdout } = run('trace', 'show', file);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^--- fd \\d+ is the listener 127.0.0.1:${port} ---$`, 'm'));
    assert.match(
      stdout,
      /^ +\d+\.\d{3} poll\(\[\{fd=(\d+), events=POLLIN\}.*\], \d+, 1000\) = 1 \(\[\{fd=\d+, revents=POLLIN\}\]\)/m,
    );
    assert.match(stdout, /^ {2}recv\(\d+\) = 5\n {2}message of 5 bytes from \d+\n {2}send\(\d+\) = 5$/m);
    assert.match(stdout, /^ +\d+\.\d{3} --- SIGINT ---$/m);
    assert.match(stdout, /^ +\d+\.\d{3} --- end: \d+ turns, 0 of them not in the trace ---\n$/m);

    using watching = tripoll('watch', file);
    const url = await until(() => urlIn(watching.stderr));
    const events = await (await fetch(path(url, '/trace'))).text();
    const lines = [...events.matchAll(/^data: (.*)$/gm)].map(([, line]) => line);
    assert.deepEqual(lines, readFileSync(file, 'utf8').trimEnd().split('\n'));
    assert.equal(await (await fetch(path(url, '/trace.jsonl'))).text(), readFileSync(file, 'utf8'));
    assert.deepEqual(await (await fetch(path(url, '/actions'))).json(), []);
    assert.equal((await act(url, 'connect')).status, 400);
    const again = await fetch(path(url, '/trace'), { headers: { 'last-event-id': String(lines.length - 1) } });
    assert.equal(again.status, 204);
    watching.kill('SIGINT');
    assert.deepEqual(await watching.exit, { code: 0, signal: null });
  });

  it('do not touch the file of a recording when a second recording finds its port taken', async () => {
    using folder = new Folder();
    const file = folder.file('day.jsonl');
    const serve = (port: number) => ['trace', 'record', file, '--host', '127.0.0.1', '--port', String(port)];
    using recording = tripoll(...serve(0));
    const port = await recording.servePort();
    await sendOnce(port, 'hello');
    await until(() => existsSync(file) && readFileSync(file, 'utf8').includes('"message"'));
    const before = readFileSync(file, 'utf8');
    const { status, stderr } = run(...serve(port));
    assert.equal(status, 1);
    assert.match(stderr, /EADDRINUSE/);
    assert.ok(readFileSync(file, 'utf8').startsWith(before));
    recording.kill('SIGINT');
    assert.deepEqual(await recording.exit, { code: 0, signal: null });
    assert.match(readFileSync(file, 'utf8'), /"type":"end".*\n$/);
  });

  it('say in one sentence what is wrong', async () => {
    using folder = new Folder();
    const other = folder.file('other.jsonl');
    const none = folder.file('none');
    writeFileSync(other, '{"tripollTrace":2}\n');
    using taken = await takenPort();
    const wrongVersion = /^tripoll: .*other.jsonl: the trace is of version 2, and this tripoll reads version 1\.\n$/;
    const cases: [string[], code: number, RegExp][] = [
      [['trace', 'show', none], 1, /^tripoll: ENOENT: no such file or directory, open '.*none'\n$/],
      [['watch', none], 1, /^tripoll: ENOENT: no such file or directory, open '.*none'\n$/],
      [['trace', 'show', folder.path], 1, /^tripoll: EISDIR.*\n$/],
      [['trace', 'show', other], 1, wrongVersion],
      [['watch', other], 1, wrongVersion],
      [
        ['watch', '--port', taken.port],
        1,
        /^tripoll: --port \d+: listen EADDRINUSE.*: another program listens there\. Choose another port\.\n$/,
      ],
      [
        ['watch', '--echo-port', taken.port],
        1,
        /^tripoll: --echo-port \d+: EADDRINUSE.*: another program listens there\. Choose another port\.\n$/,
      ],
      ...['--backend epoll', '--timeout 2', '--echo-port 0', '--turns-per-second 5'].map(
        (option): [string[], number, RegExp] => [
          ['watch', other, ...option.split(' ')],
          2,
          new RegExp(
            `^tripoll: ${option.split(' ')[0]!} is for the echo server, which does not run when a trace is shown`,
          ),
        ],
      ),
      [['watch', '--turns-per-second', '-1'], 2, /'-1' is invalid\. It must be a whole number from 0 to 1000000\.\n$/],
      [
        ['trace', 'record', other, '--turns-per-second', '0.5'],
        2,
        /'0\.5' is invalid\. It must be a whole number from 0 to 1000000\.\n$/,
      ],
      [['watch', '--port', 'x'], 2, /^tripoll: option '--port <number>' argument 'x' is invalid\..*\n$/],
    ];
    for (const [args, code, sentence] of cases) {
      const { stdout, stderr, ...result } = await runCli(args);
      assert.deepEqual([result.code, stdout], [code, ''], args.join(' '));
      assert.match(stderr, sentence);
    }
  });

  it('say in one sentence what could not be opened after the server listens', async () => {
    using folder = new Folder();
    using taken = await takenPort();
    const local = ['--host', '127.0.0.1', '--port', '0'];
    for (const [args, sentence] of [
      [['trace', 'record', folder.path, ...local], /^tripoll: EISDIR.*\n$/m],
      [
        ['serve', ...local, '--watch', taken.port],
        /^tripoll: --watch \d+: listen EADDRINUSE.*Choose another port\.\n$/m,
      ],
    ] as const) {
      const { status, stdout, stderr } = run(...args);
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, sentence);
    }
  });

  it('go on serving when the trace file cannot be written any more, and end with exit code 1', async () => {
    using recording = tripoll('trace', 'record', '/dev/full', '--host', '127.0.0.1', '--port', '0');
    await until(() => /^tripoll: ENOSPC[^\n]*; the trace ends here$/m.exec(recording.stderr));
    await sendOnce(await recording.servePort(), 'hello');
    await until(() => recording.stdout.includes('hello'));
    recording.kill('SIGINT');
    assert.deepEqual(await recording.exit, { code: 1, signal: null });
    assert.equal(recording.stderr.match(/the trace ends here/g)?.length, 1);
  });
});

describe('--turns-per-second', () => {
  it('limits how many turns are recorded', async () => {
    using folder = new Folder();
    const kept = async (perSecond: string): Promise<number[]> => {
      const file = folder.file(`${perSecond}.jsonl`);
      const options = ['--echo', '--host', '127.0.0.1', '--port', '0', '--turns-per-second', perSecond];
      using recording = tripoll('trace', 'record', file, ...options);
      const port = await recording.servePort();
      for (let sent = 0; sent < 70; sent++) await sendOnce(port, 'x');
      recording.kill('SIGINT');
      assert.deepEqual(await recording.exit, { code: 0, signal: null });
      const { turns, skipped } = JSON.parse(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)!) as Record<
        string,
        number
      >;
      return [turns! - skipped!, skipped!];
    };
    const [few, many] = await kept('2');
    assert.ok(few! >= 2 && few! < 30 && many! > 40, `${few} recorded, ${many} not`);
    const [all, none] = await kept('0');
    assert.ok(all! > 70 && none === 0, `${all} recorded, ${none} not`);
  });
});

describe('a paused loop', () => {
  for (const args of [['watch'], ['serve', '--host', '127.0.0.1', '--port', '0', '--watch']]) {
    it(`ends with SIGTERM as a running loop does: tripoll ${args[0]}`, async () => {
      using child = tripoll(...args);
      const url = await until(() => urlIn(child.stderr));
      const stream = await fetch(path(url, '/trace'));
      const closed = stream.text();
      const answer = await fetch(path(url, '/control'), { method: 'POST', body: '{"held":true}' });
      assert.deepEqual(await answer.json(), { ok: true });
      await new Promise((resolve) => setTimeout(resolve, 200));
      child.kill('SIGTERM');
      assert.deepEqual(await child.exit, { code: 0, signal: null });
      assert.match(await closed, /"type":"hold","ms":[\d.]+,"held":true.*"type":"end"/s);
    });
  }
});

describe('tripoll watch and tripoll serve --watch', () => {
  for (const args of [['watch'], ['serve', '--host', '127.0.0.1', '--port', '0', '--watch']]) {
    it(`end everything that they started at Ctrl-C: tripoll ${args[0]}`, async () => {
      using child = tripoll(...args);
      const url = await until(() => urlIn(child.stderr));
      const stream = await fetch(path(url, '/trace'));
      const closed = stream.text();
      assert.equal((await act(url, 'idle')).status, 200);
      assert.equal((await act(url, 'stop-reading')).status, 200);
      const [clients] = childrenOf(child.pid);
      assert.ok(clients !== undefined);
      // A terminal sends Ctrl-C to the clients, too.
      process.kill(clients, 'SIGINT');
      child.kill('SIGINT');
      if (args[0] === 'serve') {
        await new Promise((resolve) => setTimeout(resolve, 500));
        child.kill('SIGINT');
      }
      const { code } = await child.exit;
      assert.ok(code === 0 || code === 130);
      assert.match(await closed, /"type":"end"/);
      await until(() => parentOf(clients) === undefined);
    });
  }
});
