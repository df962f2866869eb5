import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { Child, dist, root, sendOnce, until } from '../support/child.ts';
import { skipWithout } from '../support/programs.ts';
import { numbered, seedClient } from '../support/seed-client.ts';

const source = (name: string): string => readFileSync(`${root}examples/${name}`, 'utf8');

const example = (name: string, ...args: string[]): Child =>
  new Child(process.execPath, `${dist}examples/${name}`, ...args);

describe('examples', () => {
  for (const name of ['seed-server', 'seed-client']) {
    it(`${name}.ts has a line for each line of ${name}.py`, () => {
      assert.equal(source(`${name}.ts`).split('\n').length, source(`${name}.py`).split('\n').length);
    });
  }

  for (const server of ['seed-server.js', 'select-server.js']) {
    for (const language of ['python3', 'node'] as const) {
      it(`${server} prints the 15 messages of the ${language} client`, { skip: skipWithout(language) }, async () => {
        using serving = example(server, '0');
        using sending = seedClient(language, await serving.listeningPort());
        assert.deepEqual(await sending.exit, { code: 0, signal: null });
        await until(() => serving.stdout.split('\n').length > 15);
        assert.equal(serving.stdout, numbered);
        assert.equal(serving.stderr, '');
      });
    }
  }

  it('select-server prints a message longer than 1024 bytes whole', async () => {
    using serving = example('select-server.js', '0');
    const message = 'long '.repeat(2000) + 'ü'.repeat(1000);
    await sendOnce(await serving.listeningPort(), message);
    await until(() => serving.stdout.endsWith('\n'));
    assert.equal(serving.stdout, `${message}\n`);
  });

  it('select-server ends cleanly on SIGINT, with its sockets closed', async () => {
    using serving = example('select-server.js', '0');
    await sendOnce(await serving.listeningPort(), 'x');
    await until(() => serving.stdout === 'x\n');
    serving.kill('SIGINT');
    assert.deepEqual(await serving.exit, { code: 0, signal: null });
  });
});
