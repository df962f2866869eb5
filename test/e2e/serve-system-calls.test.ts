import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { MSG_OOB } from '../../src/socket.ts';
import { Child, dist, root, until } from '../support/child.ts';
import { Client } from '../support/clients.ts';
import { someOf } from '../support/long-run.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { skipWithout } from '../support/programs.ts';
import { Folder, NetClient } from '../support/serve.ts';
import { mainThreadCalls, type SystemCall } from '../support/system-calls.ts';

// All calls that have a file, an fd or a process. The others, such as futex and mmap, are those of V8 and its memory.
const TRACED = 'trace=%file,%desc,%network,%process,nanosleep,clock_nanosleep,pause,flock';
const WAITS: ReadonlySet<string> = new Set(['select', 'pselect6', 'poll', 'ppoll', 'epoll_wait', 'epoll_pwait']);
// A busy machine may stop a thread in the middle of a call.
const MAX_CALL_SECONDS = 1;
const LOCAL = ['--host', '127.0.0.1', '--port', '0'];
const SOCKET_NAME = 'socket';

/** The calls in the first column of the tables in docs/reliability.md. */
function documentedCalls(): Set<string> {
  const rows = readFileSync(join(root, 'docs/reliability.md'), 'utf8').split('\n');
  const cells = rows.filter((row) => row.startsWith('| `')).map((row) => row.split('|')[1]!);
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1]!)));
}

class Traced {
  readonly #folder = new Folder();
  readonly #trace = this.#folder.file('strace');
  readonly systemd = new NotifySocket(this.#folder.file('notify'));
  readonly server: Child;

  /** The service manager reads nothing from the second message on. */
  constructor(...args: string[]) {
    const strace = [
      'strace',
      '-f',
      '-T',
      '-y',
      '-qq',
      '-s',
      '16',
      '-o',
      this.#trace,
      '-e',
      TRACED,
      '-e',
      'signal=none',
    ];
    const serve = [`${dist}src/cli/main.js`, 'serve', '--timeout', '0.2'];
    const variables = [`NOTIFY_SOCKET=${this.#folder.file('notify')}`, 'WATCHDOG_USEC=100000'];
    const file = ['--file', this.#folder.file('messages')];
    const own = args.map((arg) => (arg === SOCKET_NAME ? this.file(arg) : arg));
    this.server = new Child('env', ...variables, ...strace, process.execPath, ...serve, ...file, ...own);
  }

  /** The pid of the server itself, whose parent is strace. */
  async pid(): Promise<number> {
    return Number(await until(() => /^(\d+) /.exec(readFileSync(this.#trace, 'utf8'))?.[1]));
  }

  /** The calls of the main thread after READY=1. */
  servingCalls(): SystemCall[] {
    const calls = mainThreadCalls(this.#trace);
    const ready = calls.findIndex(({ name, args }) => name === 'sendto' && args.includes('READY=1'));
    assert.ok(ready > 0);
    return calls.slice(ready);
  }

  file(name: string): string {
    return this.#folder.file(name);
  }

  messages(): string {
    return readFileSync(this.#folder.file('messages'), 'utf8');
  }

  [Symbol.dispose](): void {
    this.server[Symbol.dispose]();
    this.systemd[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}

async function urlOf(server: Child, pattern: RegExp): Promise<string> {
  return (await until(() => pattern.exec(server.stderr)))[1]!;
}

/** Clients of each kind, the pages, the signals, and the end. */
async function live(traced: Traced): Promise<void> {
  const { server, systemd } = traced;
  const port = await server.servePort();
  const pid = await traced.pid();
  await systemd.receives('READY=1');
  systemd.fill();
  using client = new NetClient(port);
  await client.send('one\ntwo\n');
  await until(() => client.received === 'one\ntwo\n');
  const urgent = new Client(['127.0.0.1', port]);
  urgent.socket.send(Buffer.from('!'), MSG_OOB);
  await until(() => server.stderr.includes('urgent byte'));
  urgent.reset();
  await until(() => server.stderr.includes(' reset: '));
  const metrics = await urlOf(server, /metrics on (http:[^"\s]*)\/metrics/);
  const page = await urlOf(server, /open (http:\S*\/) in a browser/);
  const gone = new AbortController();
  await fetch(new URL('trace', page), { signal: gone.signal });
  for (const path of ['metrics', 'livez']) assert.equal((await fetch(`${metrics}/${path}`)).status, 200);
  for (const path of ['', 'page.js', 'actions']) assert.equal((await fetch(new URL(path, page))).status, 200);
  for (const action of ['connect', 'send', 'half-close']) {
    const answer = await fetch(new URL('act', page), { method: 'POST', body: JSON.stringify({ action }) });
    assert.equal(answer.status, 200);
  }
  process.kill(pid, 'SIGUSR2');
  await until(() => server.stderr.includes('status: '));
  process.kill(pid, 'SIGHUP');
  await until(() => server.stderr.includes('SIGHUP: '));
  await client.send('three\n');
  await until(() => traced.messages().includes('three\n'));
  await setTimeout(300);
  gone.abort();
  process.kill(pid, 'SIGTERM');
  await until(() => server.stderr.includes('finishing with') || server.stderr.includes('ended: '));
  client.socket.end();
  assert.deepEqual(await server.exit, { code: 0, signal: null });
}

describe('the thread of the loop, under strace,', { skip: skipWithout('strace') }, () => {
  for (const backend of someOf(['select', 'epoll'])) {
    it(`makes only the calls of docs/reliability.md, and only the wait waits (${backend})`, async () => {
      const pages = ['--metrics', '127.0.0.1:0', '--watch'];
      using traced = new Traced(...LOCAL, '--backend', backend, '--framing', 'line', '--echo', ...pages);
      await live(traced);
      assertOnlyTheWaitWaits(traced.servingCalls());
    });
  }

  it('does so with a Unix socket, whose path it removes at the end', async () => {
    using traced = new Traced('--unix', SOCKET_NAME, '--framing', 'line', '--echo');
    await traced.systemd.receives('READY=1');
    using client = new NetClient(traced.file(SOCKET_NAME));
    await client.send('one\n');
    await until(() => client.received === 'one\n');
    await end(traced);
    assert.equal(existsSync(traced.file(SOCKET_NAME)), false);
    const calls = traced.servingCalls();
    const removal = calls.findIndex(({ name }) => name === 'unlink');
    assert.ok(removal > 0);
    assertOnlyTheWaitWaits(calls);
  });

  it('does so with datagrams', async () => {
    using traced = new Traced(...LOCAL, '--udp', '--echo');
    await traced.systemd.receives('READY=1');
    const port = await traced.server.servePort();
    const client = createSocket('udp4');
    client.send('one', port, '127.0.0.1');
    const [message] = (await once(client, 'message')) as [Buffer];
    assert.equal(String(message), 'one');
    client.close();
    await end(traced);
    assertOnlyTheWaitWaits(traced.servingCalls());
  });
});

async function end(traced: Traced): Promise<void> {
  process.kill(await traced.pid(), 'SIGTERM');
  assert.deepEqual(await traced.server.exit, { code: 0, signal: null });
}

function assertOnlyTheWaitWaits(calls: readonly SystemCall[]): void {
  const documented = documentedCalls();
  const unknown = new Set(calls.map(({ name }) => name).filter((name) => !documented.has(name)));
  assert.deepEqual([...unknown], []);
  const slow = calls.filter(({ name, seconds }) => !WAITS.has(name) && seconds > MAX_CALL_SECONDS);
  assert.deepEqual(slow, []);
  for (const { name, args } of calls) {
    if (name.startsWith('open')) assert.match(args, /"\/proc\//, `${name}(${args}`);
    if (name.startsWith('write')) assert.doesNotMatch(args, /^\d+<\/(?!dev\/|proc\/)/, `${name}(${args}`);
    if (/^(recvfrom|sendto)$/.test(name)) assert.match(args, /MSG_DONTWAIT/, `${name}(${args}`);
    if (name === 'accept4') assert.match(args, /SOCK_NONBLOCK/, `${name}(${args}`);
  }
}
