import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import type { Child } from '../support/child.ts';
import { Folder, serve, serveWith } from '../support/serve.ts';

type Json = Record<string, unknown>;

const OK = { code: 0, signal: null };
const WRONG = { code: 2, signal: null };

async function printed(child: Child): Promise<Json> {
  assert.deepEqual(await child.exit, OK, child.stderr);
  return JSON.parse(child.stdout) as Json;
}

async function refused(child: Child, sentence: RegExp): Promise<void> {
  assert.deepEqual(await child.exit, WRONG);
  assert.match(child.stderr, /^tripoll: [^\n]+\n$/);
  assert.match(child.stderr, sentence);
  assert.equal(child.stdout, '');
}

function withFile(content: unknown, ...args: string[]): { child: Child; folder: Folder } {
  const folder = new Folder();
  const path = folder.file('serve.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return { child: serveWith({}, '--config', path, ...args), folder };
}

describe('tripoll serve --print-config', () => {
  it('lets the command line win over the environment, that over the file, and that over the defaults', async () => {
    using folder = new Folder();
    const config = folder.file('serve.json');
    writeFileSync(config, JSON.stringify({ port: 1, backend: 'poll', drainSeconds: 2.5, echo: true, quiet: true }));
    const environment = { TRIPOLL_CONFIG: config, TRIPOLL_PORT: '2', TRIPOLL_BACKEND: 'epoll', TRIPOLL_QUIET: '0' };
    using child = serveWith(environment, '--port', '3', '--no-echo', '--print-config');
    const { port, backend, drainSeconds, echo, quiet, host } = await printed(child);
    assert.deepEqual([port, backend, drainSeconds, echo, quiet, host], [3, 'epoll', 2.5, false, false, '0.0.0.0']);
    const said = ['port is from --port', 'backend is from TRIPOLL_BACKEND', 'echo is from --echo'];
    for (const sentence of [...said, 'quiet is from TRIPOLL_QUIET', `drainSeconds is from drainSeconds in ${config}`]) {
      assert.ok(child.stderr.includes(`tripoll: ${sentence}\n`), child.stderr);
    }
    assert.equal(child.stderr.split('\n').length, 6, child.stderr);
  });

  for (const args of [
    [],
    ['--unix', '/run/x.sock', '--framing', 'delimiter:\\r\\n\\x00', '--echo', '--metrics', '[::1]:0', '--log', 'json'],
    ['--udp', '--datagrams-per-turn', '7', '--drain-seconds', '3', '--fd', '3'],
    ['--systemd', '--output', 'json', '--overload', 'shed', '--max-clients', '0'],
  ]) {
    it(`prints what --config takes, and what then says the same (${args.join(' ')})`, async () => {
      using first = serveWith({}, ...args, '--print-config');
      const config = await printed(first);
      const { child: second, folder } = withFile(first.stdout, '--print-config');
      assert.deepEqual(await printed(second), config);
      folder[Symbol.dispose]();
    });
  }

  it('takes an empty variable for none, and leaves other variables alone', async () => {
    using child = serveWith({ TRIPOLL_PORT: '', TRIPOLL_SERVICE_HOST: 'x' }, '--print-config');
    assert.equal((await printed(child)).port, 9001);
  });

  it('lets who says most say where to listen', async () => {
    using child = serveWith({ TRIPOLL_UNIX: '/run/x.sock' }, '--port', '5', '--print-config');
    const config = await printed(child);
    assert.equal(config.port, 5);
    assert.equal(config.unix, undefined);
  });
});

describe('tripoll serve --config', () => {
  for (const [content, sentence] of [
    [{ maxClient: 5 }, /serve\.json: there is no setting 'maxClient'; did you mean 'maxClients'\?/],
    [{ 'idle-secs': 5 }, /did you mean 'idleSeconds'\?/],
    [{ port: '9001' }, /serve\.json: port: "9001" is invalid\. It must be a whole number from 0 to 65535\./],
    [{ port: 65536 }, /port: 65536 is invalid/],
    [{ echo: 'yes' }, /echo: "yes" is invalid\. It must be true or false\./],
    [{ backend: null }, /one of select, poll, epoll/],
    [{ __proto__: 1, constructor: 1 }, /no setting 'constructor'/],
    [[1], /JSON object/],
    ['{', /serve\.json: .*JSON/],
  ] as const) {
    it(`refuses ${JSON.stringify(content)}`, async () => {
      const { child, folder } = withFile(content);
      await refused(child, sentence);
      folder[Symbol.dispose]();
    });
  }

  it('says in one sentence that there is no such file', async () => {
    using child = serveWith({}, '--config', '/nonexistent/serve.json');
    await refused(child, /ENOENT/);
  });
});

describe('tripoll serve', () => {
  const wrong: [environment: Record<string, string>, args: string[], sentence: RegExp][] = [
    [{ TRIPOLL_PORT: 'tcp://10.0.0.1:9001' }, [], /TRIPOLL_PORT: 'tcp:.*' is invalid\. It must be a whole number/],
    [{ TRIPOLL_ECHO: 'yes' }, [], /TRIPOLL_ECHO.*true or false/],
    [{}, ['--unix', '/x', '--fd', '3'], /--unix and --fd exclude each other/],
    [{}, ['--port', '1', '--systemd'], /--port and --systemd exclude each other/],
    [{}, ['--udp', '--framing', 'line'], /--framing is of no use with --udp/],
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
      using child = serveWith(environment, ...args);
      await refused(child, sentence);
    });
  }
});

describe('tripoll serve --check', () => {
  it('says in one sentence that all is well, and leaves nothing behind', async () => {
    using folder = new Folder();
    const path = folder.file('socket');
    using child = serveWith({}, '--unix', path, '--check');
    assert.deepEqual(await child.exit, OK);
    assert.equal(child.stderr, `tripoll: the settings are valid, and ${path} can be listened on\n`);
    assert.equal(existsSync(path), false);
  });

  it('says in one sentence that the port is taken, with exit code 2', async () => {
    using server = serve();
    const port = await server.servePort();
    using child = serveWith({}, '--host', '127.0.0.1', '--port', String(port), '--check');
    await refused(child, /EADDRINUSE/);
  });

  it('says in one sentence that a setting is wrong', async () => {
    using child = serveWith({}, '--backlog', 'many', '--check');
    await refused(child, /--backlog/);
  });
});
