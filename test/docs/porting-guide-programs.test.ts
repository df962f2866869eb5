import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';

import { AF_INET, type Inet4Address, socket } from '../../src/socket.ts';
import { Child, dist, root, until } from '../support/child.ts';
import { isLongRun } from '../support/long-run.ts';
import { skipWithout } from '../support/programs.ts';

type Language = 'python3' | 'node';

const LANGUAGES: readonly Language[] = ['python3', 'node'];
// In the plain run, each program talks to the one in the other language.
const PAIRS = LANGUAGES.flatMap((server) => LANGUAGES.map((client) => [server, client] as const)).filter(
  ([server, client]) => isLongRun || server !== client,
);
const skip = (...languages: Language[]): string | false => languages.includes('python3') && skipWithout('python3');

function program(name: string, language: Language, ...args: string[]): Child {
  return language === 'python3'
    ? new Child('python3', '-u', '-X', 'utf8', `${root}examples/${name}.py`, ...args)
    : new Child(process.execPath, `${dist}examples/${name}.js`, ...args);
}

// No other process can bind this port while the socket is bound, although nothing listens.
function portOf(bound: { getsockname(): unknown }): string {
  return String((bound.getsockname() as Inet4Address)[1]);
}

describe('selectors-echo and connect-ex-client', () => {
  for (const [serverLanguage, clientLanguage] of PAIRS) {
    it(`talk, ${serverLanguage} with ${clientLanguage}`, { skip: skip(serverLanguage, clientLanguage) }, async () => {
      using server = program('selectors-echo', serverLanguage, '0');
      const port = String(await server.listeningPort());
      // Longer than one recv, with characters that a recv may cut in the middle.
      const long = 'grün '.repeat(10_000);
      for (const text of ['Hello Server!', long]) {
        using client = program('connect-ex-client', clientLanguage, port, text);
        assert.deepEqual(await client.exit, { code: 0, signal: null }, client.stderr);
        assert.equal(client.stdout, `${text}\n`);
      }
      const expected = '127.0.0.1 connected\nend of input\n'.repeat(2);
      await until(() => server.stdout.length >= expected.length);
      server.kill('SIGINT');
      assert.deepEqual(await server.exit, { code: 0, signal: null });
      assert.deepEqual([server.stdout, server.stderr], [`${expected}interrupted\n`, '']);
    });
  }

  for (const language of LANGUAGES) {
    it(`print the reason if nobody listens, in ${language}`, { skip: skip(language) }, async () => {
      using silent = socket(AF_INET);
      silent.bind(['127.0.0.1', 0]);
      using client = program('connect-ex-client', language, portOf(silent));
      assert.deepEqual(await client.exit, { code: 1, signal: null });
      assert.deepEqual([client.stdout, client.stderr], ['', 'connect-ex-client: ECONNREFUSED\n']);
    });

    it(`go on after a client that resets, in ${language}`, { skip: skip(language) }, async () => {
      using server = program('selectors-echo', language, '0');
      const port = await server.listeningPort();
      const client = connect(port, '127.0.0.1');
      await until(() => server.stdout.includes('connected'));
      client.resetAndDestroy();
      await until(() => server.stdout.includes('connection lost'));
      using next = program('connect-ex-client', 'node', String(port), 'next');
      assert.deepEqual(await next.exit, { code: 0, signal: null });
      assert.equal(next.stdout, 'next\n');
    });
  }
});

describe('seed-server', () => {
  // Its thread calls recv, possibly before the message has arrived. Then Python prints BlockingIOError instead of the message.
  it('prints in Python the messages that a tripoll client sends', { skip: skip('python3') }, async () => {
    using server = program('seed-server', 'python3', '0');
    const port = await server.listeningPort();
    const lost = (): number => server.stderr.split('\nBlockingIOError').length - 1;
    const printed = (): string[] => server.stdout.split('\n').slice(0, -1);
    for (let sent = 0; sent < 5; sent++) {
      using client = socket();
      client.connect(['127.0.0.1', port]);
      client.sendall(Buffer.from(`Hello Server!${sent}`));
      await until(() => printed().length + lost() === sent + 1);
    }
    assert.ok(printed().length > 0 && printed().every((line) => /^Hello Server![0-4]$/.test(line)));
  });
});
