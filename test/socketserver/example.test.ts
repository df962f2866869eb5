import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { createConnection } from '../../src/socket.ts';
import { Child, dist, root, until } from '../support/child.ts';
import { skipWithout } from '../support/programs.ts';
import { received } from '../support/socketserver.ts';

const source = (language: string): string => readFileSync(`${root}examples/socketserver-echo.${language}`, 'utf8');

const programs = [
  ['python3', `${root}examples/socketserver-echo.py`],
  ['node', `${dist}examples/socketserver-echo.js`],
] as const;

describe('examples: socketserver-echo', () => {
  it('has in TypeScript a line for each line in Python', () => {
    assert.equal(source('ts').split('\n').length, source('py').split('\n').length);
  });

  for (const [language, path] of programs) {
    it(`sends back the lines of two clients in ${language}`, { skip: skipWithout(language) }, async () => {
      using server = new Child(language === 'node' ? process.execPath : language, path, '0');
      const port = await server.listeningPort();
      for (let i = 0; i < 2; i++) {
        using connection = createConnection(['127.0.0.1', port]);
        connection.sendall(Buffer.from('first line\nsecond\nno end'));
        connection.shutdown(1);
        assert.equal(await received(connection), 'first line\nsecond\nno end');
      }
      const lines = '127.0.0.1 11\n127.0.0.1 7\n127.0.0.1 6\n';
      await until(() => server.stdout.length >= 2 * lines.length);
      assert.equal(server.stdout, lines + lines);
      assert.equal(server.stderr, '');
    });
  }
});
