import assert from 'node:assert/strict';
import { existsSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';

import { hostName, serveOptions } from '../../../src/cli/serve/options.ts';
import { type CliResult, runCli } from '../../support/cli.ts';
import { Folder, serveWith } from '../../support/serve.ts';

type Json = Record<string, unknown>;

const serve = (args: readonly string[], environment?: Record<string, string>) =>
  runCli(['serve', ...args], environment);

function configOf({ code, stdout, stderr }: CliResult): Json {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Json;
}

function assertRefused({ code, stdout, stderr }: CliResult, sentence: RegExp): void {
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
  assert.match(stderr, /^tripoll: [^\n]+\n$/);
  assert.match(stderr, sentence);
}

async function serveWithFile(content: unknown, ...args: string[]): Promise<CliResult> {
  using folder = new Folder();
  const path = folder.file('serve.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return await serve(['--config', path, ...args]);
}

describe('serveOptions', () => {
  it('has each option under the name of its setting', () => {
    const names = Object.values(serveOptions).map((option) => option.attributeName());
    assert.deepEqual(names, Object.keys(serveOptions));
  });
});

describe('hostName', () => {
  it('accepts an IPv6 address in brackets, as in a URL', () => {
    assert.equal(hostName('[::1]'), '::1');
    assert.equal(hostName('[fe80::1%lo]'), 'fe80::1%lo');
    assert.equal(hostName('::1'), '::1');
    assert.equal(hostName('localhost'), 'localhost');
  });

  for (const value of ['', '[]', '[127.0.0.1]', '[localhost]', '[::1]:9001x]']) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      assert.throws(() => hostName(value), { message: 'It must be an address or a name.' });
    });
  }
});

describe('tripoll serve --print-config', () => {
  it('prefers the command line to the environment, that to the file, and that to the defaults', async () => {
    using folder = new Folder();
    const config = folder.file('serve.json');
    writeFileSync(config, JSON.stringify({ port: 1, backend: 'poll', drainSeconds: 2.5, echo: true, quiet: true }));
    const environment = { TRIPOLL_CONFIG: config, TRIPOLL_PORT: '2', TRIPOLL_BACKEND: 'epoll', TRIPOLL_QUIET: '0' };
    const result = await serve(['--port', '3', '--no-echo', '--print-config'], environment);
    const { port, backend, drainSeconds, echo, quiet, host } = configOf(result);
    assert.deepEqual([port, backend, drainSeconds, echo, quiet, host], [3, 'epoll', 2.5, false, false, '0.0.0.0']);
    const sources = ['port is from --port', 'backend is from TRIPOLL_BACKEND', 'echo is from --echo'];
    for (const sentence of [
      ...sources,
      'quiet is from TRIPOLL_QUIET',
      `drainSeconds is from drainSeconds in ${config}`,
    ]) {
      assert.ok(result.stderr.includes(`tripoll: ${sentence}\n`), result.stderr);
    }
    assert.equal(result.stderr.split('\n').length, 6, result.stderr);
  });

  for (const args of [
    [],
    ['--unix', '/run/x.sock', '--framing', 'delimiter:\\r\\n\\x00', '--echo', '--metrics', '[::1]:0', '--log', 'json'],
    ['--udp', '--datagrams-per-turn', '7', '--drain-seconds', '3', '--fd', '3', '--turn-milliseconds', '5'],
    ['--turn-milliseconds', '0', '--messages-per-visit', '1', '--bytes-per-visit', '1', '--log-lines-per-second', '5'],
    ['--systemd', '--output', 'json', '--overload', 'shed', '--max-clients', '0'],
  ]) {
    it(`prints a file that sets the same (${args.join(' ')})`, async () => {
      const first = await serve([...args, '--print-config']);
      const second = await serveWithFile(first.stdout, '--print-config');
      assert.deepEqual(configOf(second), configOf(first));
      assert.notEqual(second.stderr, '');
    });
  }

  it('ignores empty variables, and variables of other programs', async () => {
    const result = await serve(['--print-config'], { TRIPOLL_PORT: '', TRIPOLL_SERVICE_HOST: 'x', TRIPOLL_ECHO: '' });
    const { port, echo } = configOf(result);
    assert.deepEqual({ port, echo, stderr: result.stderr }, { port: 9001, echo: false, stderr: '' });
  });

  it('turns a flag on and off by a variable', async () => {
    for (const [text, isOn] of [
      ['true', true],
      ['1', true],
      ['false', false],
      ['0', false],
    ] as const) {
      const { echo } = configOf(await serve(['--print-config'], { TRIPOLL_ECHO: text }));
      assert.equal(echo, isOn, text);
    }
  });

  it('listens where the strongest source says', async () => {
    const config = configOf(await serve(['--port', '5', '--print-config'], { TRIPOLL_UNIX: '/run/x.sock' }));
    assert.equal(config.port, 5);
    assert.equal(config.unix, undefined);
    const stronger = configOf(await serve(['--unix', '/run/x.sock', '--print-config'], { TRIPOLL_PORT: '5' }));
    assert.equal(stronger.port, undefined);
    assert.equal(stronger.unix, '/run/x.sock');
  });

  it('is a program that reads its variables and writes to its standard outputs', async () => {
    using child = serveWith({ TRIPOLL_PORT: '5' }, '--print-config');
    assert.deepEqual(await child.exit, { code: 0, signal: null });
    assert.equal((JSON.parse(child.stdout) as Json).port, 5);
    assert.equal(child.stderr, 'tripoll: port is from TRIPOLL_PORT\n');
  });
});

describe('tripoll serve --config', () => {
  for (const [content, sentence] of [
    [{ maxClient: 5 }, /serve\.json: there is no setting 'maxClient'; did you mean 'maxClients'\?/],
    [{ 'idle-secs': 5 }, /did you mean 'idleSeconds'\?/],
    [{ port: '9001' }, /serve\.json: port: "9001" is invalid\. It must be a JSON number\./],
    [{ port: 65536 }, /port: 65536 is invalid\. It must be a whole number from 0 to 65535\./],
    [{ port: [9001] }, /port: \[9001\] is invalid\./],
    [{ unix: 5 }, /unix: 5 is invalid\. It must be a JSON string\./],
    [{ echo: 'yes' }, /echo: "yes" is invalid\. It must be true or false\./],
    [{ echo: 1 }, /echo: 1 is invalid\./],
    [{ backend: null }, /backend: null is invalid\. .*select, poll, epoll/],
    [{ __proto__: 1, constructor: 1 }, /no setting 'constructor'/],
    [{ config: 'x' }, /no setting 'config'/],
    [[1], /JSON object/],
    ['{', /serve\.json: .*JSON/],
  ] as const) {
    it(`refuses ${JSON.stringify(content)}`, async () => {
      assertRefused(await serveWithFile(content), sentence);
    });
  }

  it('checks the values that the command line overrides', async () => {
    assertRefused(await serveWithFile({ port: 65536 }, '--port', '1'), /port: 65536 is invalid/);
  });

  it('says in one sentence that there is no such file', async () => {
    assertRefused(await serve(['--config', '/nonexistent/serve.json']), /ENOENT/);
  });
});

describe('tripoll serve', () => {
  const wrong: [environment: Record<string, string>, args: string[], sentence: RegExp][] = [
    [
      { TRIPOLL_PORT: 'tcp://10.0.0.1:9001' },
      [],
      /'tcp:.*' from env 'TRIPOLL_PORT' is invalid\. It must be a whole number/,
    ],
    [{ TRIPOLL_ECHO: 'yes' }, [], /TRIPOLL_ECHO.*true or false/],
    [{ TRIPOLL_BACKEND: 'kqueue' }, [], /TRIPOLL_BACKEND.*select, poll, epoll/],
    [{}, ['--unix', '/x', '--fd', '3'], /--unix and --fd exclude each other/],
    [{}, ['--port', '1', '--systemd'], /--port and --systemd exclude each other/],
    [{ TRIPOLL_UNIX: '/x', TRIPOLL_FD: '3' }, [], /TRIPOLL_UNIX and TRIPOLL_FD exclude each other/],
    [{}, ['--udp', '--framing', 'line'], /--framing is of no use with --udp/],
    [{ TRIPOLL_UDP: '1', TRIPOLL_MAX_CLIENTS: '5' }, [], /TRIPOLL_MAX_CLIENTS is of no use with --udp/],
    [{}, ['--datagrams-per-turn', '1'], /--datagrams-per-turn is of no use without --udp/],
    [{}, ['--echo', '--framing', 'length-prefixed:2,offset=2'], /keep-header/],
    [{}, ['--framing', 'fixed:100', '--max-message-bytes', '10'], /length must be/],
    [{}, ['--framing', 'delimiter:'], /--framing/],
    [{}, ['--framing', 'delimiter:\\q'], /--framing/],
    [{}, ['--framing', 'length-prefixed:5'], /--framing/],
    [{}, ['--framing', 'line:x'], /--framing/],
    [{}, ['--metrics', '9464'], /127\.0\.0\.1:9464/],
    [{}, ['--metrics', '[::1]:65536'], /--metrics/],
    [{}, ['--systemd'], /systemd passed no socket/],
  ];
  for (const [environment, args, sentence] of wrong) {
    it(`answers ${JSON.stringify(environment)} ${args.join(' ')} with one sentence and exit code 2`, async () => {
      assertRefused(await serve(args, environment), sentence);
    });
  }
});

describe('tripoll serve that cannot open something', () => {
  const other = createServer();
  before((_, done) => other.listen(0, '127.0.0.1', done));
  after(() => other.close());

  it('says in one sentence that the port is taken, with exit code 1', async () => {
    const { port } = other.address() as { port: number };
    const { code, stderr } = await serve(['--host', '127.0.0.1', '--port', String(port)]);
    assert.equal(code, 1);
    assert.match(stderr, /^tripoll: EADDRINUSE: .*another program listens there.*Choose another --port\.\n$/);
  });

  it('says in one sentence that an fd is no socket, with exit code 1', async () => {
    const { code, stderr } = await serve(['--fd', String(openSync('/dev/null', 'r'))]);
    assert.equal(code, 1);
    assert.match(stderr, /^tripoll: --fd \d+: ENOTSOCK[^\n]+\n$/);
  });

  it('says in one sentence that the file cannot be opened, with exit code 1', async () => {
    const { code, stderr } = await serve(['--file', '/nonexistent/messages']);
    assert.equal(code, 1);
    assert.match(stderr, /^tripoll: --file: ENOENT[^\n]+\n$/);
  });

  it('uses no socket of systemd that is meant for another process', async () => {
    const result = await serve(['--systemd'], { LISTEN_PID: '1', LISTEN_FDS: '1' });
    assertRefused(result, /passed no socket/);
  });

  for (const args of [['--systemd'], ['--systemd', 'other']]) {
    it(`names the sockets of systemd when it cannot choose one: ${args.join(' ')}`, async () => {
      const passed = { LISTEN_PID: String(process.pid), LISTEN_FDS: '2', LISTEN_FDNAMES: 'http:messages' };
      assertRefused(await serve(args, passed), /^tripoll: --systemd: [^\n]+ http, messages\.\n$/);
    });
  }
});

describe('tripoll serve --check', () => {
  const other = createServer();
  before((_, done) => other.listen(0, '127.0.0.1', done));
  after(() => other.close());

  it('says in one sentence that all is well, and removes what it has made', async () => {
    using folder = new Folder();
    const path = folder.file('socket');
    assert.deepEqual(await serve(['--unix', path, '--check']), {
      code: 0,
      stdout: '',
      stderr: `tripoll: the settings are valid, and the server can listen on ${path}\n`,
    });
    assert.equal(existsSync(path), false);
  });

  it('says in one sentence that the port is taken, with exit code 2', async () => {
    const { port } = other.address() as { port: number };
    assertRefused(await serve(['--host', '127.0.0.1', '--port', String(port), '--check']), /EADDRINUSE/);
  });

  it('says in one sentence that the port of --metrics is taken, with exit code 2', async () => {
    const { port } = other.address() as { port: number };
    const args = ['--host', '127.0.0.1', '--port', '0', '--metrics', `127.0.0.1:${port}`, '--check'];
    assertRefused(await serve(args), /^tripoll: --metrics [^\n]*EADDRINUSE[^\n]*Choose another port\.\n$/);
  });

  it('says in one sentence that a setting is wrong', async () => {
    assertRefused(await serve(['--backlog', 'many', '--check']), /--backlog/);
  });
});
