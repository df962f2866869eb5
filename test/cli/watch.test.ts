import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';

import { dist, sendOnce, tripoll, until } from '../support/child.ts';
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

// The children of a process.
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
    return undefined; // gone meanwhile
  }
}

describe('tripoll trace and tripoll watch FILE', () => {
  it('show what was recorded', async () => {
    using folder = new Folder();
    const file = folder.file('day.jsonl');
    using recording = tripoll(
      'trace',
      'record',
      file,
      '--echo',
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--backend',
      'poll',
    );
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

  it('leave a recording alone that is running, where a second one finds its port taken', async () => {
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

  it('say in a sentence what is wrong', async () => {
    using folder = new Folder();
    const other = folder.file('other.jsonl');
    writeFileSync(other, '{"tripollTrace":2}\n');
    const taken = createServer().listen(0, '127.0.0.1');
    await until(() => taken.listening);
    const { port } = taken.address() as { port: number };
    const cases: [string[], RegExp][] = [
      [['trace', 'show', folder.file('none')], /^tripoll: ENOENT: no such file or directory, open '.*none'\n$/],
      [['watch', folder.file('none')], /^tripoll: ENOENT: no such file or directory, open '.*none'\n$/],
      [['trace', 'show', folder.path], /^tripoll: EISDIR.*\n$/],
      [
        ['trace', 'show', other],
        /^tripoll: .*other.jsonl: the trace is of version 2, and this tripoll reads version 1\.\n$/,
      ],
      [['watch', other], /^tripoll: .*other.jsonl: the trace is of version 2, and this tripoll reads version 1\.\n$/],
      [['trace', 'record', folder.path, '--host', '127.0.0.1', '--port', '0'], /^tripoll: EISDIR.*\n$/m],
      [
        ['watch', '--port', String(port)],
        /^tripoll: --port \d+: another program listens there\. Choose another, or leave it out\.\n$/,
      ],
      [
        ['serve', '--host', '127.0.0.1', '--port', '0', '--watch', String(port)],
        /^tripoll: --watch \d+: listen EADDRINUSE.*\n$/m,
      ],
      [
        ['watch', other, '--backend', 'epoll'],
        /^tripoll: --backend is for the server that is there without a file\.\n$/,
      ],
      [
        ['watch', other, '--echo-port', '0'],
        /^tripoll: --echo-port is for the server that is there without a file\.\n$/,
      ],
      [
        ['watch', other, '--turns-per-second', '5'],
        /^tripoll: --turns-per-second is for the server that is there without a file\.\n$/,
      ],
      [['watch', '--turns-per-second', '-1'], /'-1' is invalid\. It must be a whole number from 0 to 1000000\.\n$/],
      [
        ['trace', 'record', other, '--turns-per-second', '0.5'],
        /'0\.5' is invalid\. It must be a whole number from 0 to 1000000\.\n$/,
      ],
      [['watch', '--port', 'x'], /^tripoll: option '--port <number>' argument 'x' is invalid\..*\n$/],
    ];
    for (const [args, sentence] of cases) {
      const { status, stdout, stderr } = run(...args);
      assert.ok(status === 1 || status === 2, `${args.join(' ')}: ${status}`);
      assert.match(stderr, sentence);
      assert.equal(stdout, '');
    }
    taken.close();
  });

  it('have help with examples', () => {
    for (const args of [['watch'], ['trace'], ['trace', 'record'], ['trace', 'show']]) {
      const { status, stdout } = run(...args, '--help');
      assert.equal(status, 0);
      assert.match(stdout, /^Examples:\n {2}tripoll /);
    }
  });
});

describe('--turns-per-second', () => {
  it('says how many turns are recorded', async () => {
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

describe('a loop that is held', () => {
  for (const args of [['watch'], ['serve', '--host', '127.0.0.1', '--port', '0', '--watch']]) {
    it(`ends with SIGTERM as always: tripoll ${args[0]}`, async () => {
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
    it(`end with Ctrl-C, with all that was begun: tripoll ${args[0]}`, async () => {
      using child = tripoll(...args);
      const url = await until(() => urlIn(child.stderr));
      const stream = await fetch(path(url, '/trace'));
      const closed = stream.text();
      assert.equal((await act(url, 'idle')).status, 200);
      assert.equal((await act(url, 'stop-reading')).status, 200);
      const [clients] = childrenOf(child.pid);
      assert.ok(clients !== undefined);
      // From a terminal, the clients are sent it too.
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
