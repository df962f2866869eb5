import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { dist } from '../support/child.ts';
import { loadedModules } from '../support/loaded-modules.ts';

const PROGRAM = [
  'cli/compile-cache',
  'cli/few-fds',
  'cli/main',
  'cli/process',
  'cli/program',
  'cli/stderr',
  'cli/version',
];
const PARSER = ['cli/commands', 'cli/failure', 'commander'];

const loadedBy = (...args: string[]): Promise<string[]> => loadedModules(`${dist}src/cli/main.js`, ...args);

function assertNone(modules: readonly string[], needless: RegExp): void {
  assert.deepEqual(
    modules.filter((name) => needless.test(name)),
    [],
  );
}

describe('tripoll loads only what it needs', { concurrency: 2 }, () => {
  for (const option of ['--version', '--help']) {
    it(`with ${option}, no command, no parser and not the addon`, async () => {
      assert.deepEqual(await loadedBy(option), PROGRAM);
    });
  }

  it('with `serve --help`, the options, but not the server and not the addon', async () => {
    const others = (await loadedBy('serve', '--help')).filter((name) => ![...PROGRAM, ...PARSER].includes(name));
    assert.deepEqual(others, [
      ...['cli/serve/command', 'cli/serve/framing-option', 'cli/serve/log', 'cli/serve/options'],
      ...['cli/serve/output/encoding', 'cli/serve/output/prefix', 'cli/shared-options'],
      ...['cli/text', 'cli/values', 'server/limits', 'system/control-characters', 'system/integer', 'system/type-name'],
      'trace/turn-rate-limit',
    ]);
  });

  for (const command of ['send', 'explain', 'watch', 'trace']) {
    it(`with \`${command} --help\`, nothing that only the work of the command needs`, async () => {
      const modules = await loadedBy(command, '--help');
      assert.ok(modules.length > PROGRAM.length + PARSER.length);
      assertNone(
        modules,
        /^(server\/server|socket\/socket|watch\/|explain\/|select\/|selectors\/|cli\/serve\/metrics)/,
      );
    });
  }

  it('while it serves, no page, no metrics, no log in JSON and no other command', async () => {
    const modules = await loadedBy('serve', '--host', '127.0.0.1', '--port', '0');
    assert.ok(modules.includes('server/server'));
    assertNone(modules, /^(watch\/|explain\/|selectors\/.*selector$|trace\/trace-file|cli\/serve\/metrics)/);
  });
});

describe("import 'tripoll/select'", () => {
  it('loads only the modules of select and the layer below it', async () => {
    const script = `import ${JSON.stringify(pathToFileURL(`${dist}src/select.js`).href)}`;
    const modules = await loadedModules('--input-type=module', '--eval', script);
    assert.ok(modules.includes('select/epoll'));
    assert.deepEqual(
      modules.filter((name) => !/^(select|select\/.*|system\/.*|bindings|file-uri-to-path)$/.test(name)),
      [],
    );
  });
});
