// Checks types, lint, imports, the doc build, the public types and the format. Runs all checks, even after one has failed.
import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const checks = [
  ['types', ['tsc', '-p', '.', '--noEmit', '--incremental', 'false']],
  ['types of the watch page', ['tsc', '-p', 'src/watch/page', '--noEmit', '--incremental', 'false']],
  ['lint', ['eslint', '--max-warnings=0', '.']],
  [
    'imports',
    [
      'depcruise',
      '--config',
      '.dependency-cruiser.js',
      '--output-type',
      'err-long',
      'src',
      'benchmarks',
      'labs',
      'test',
    ],
  ],
  ['doc build', ['typedoc', '--emit', 'none']],
  ['public types', [process.execPath, 'scripts/public-types.mjs', '--check']],
  ['format', ['prettier', '--check', '--log-level=warn', '.']],
];

let failed = 0;
for (const [name, [program, ...args]] of checks) {
  const startMs = Date.now();
  const result = spawnSync(resolve(root, 'node_modules/.bin', program), args, { cwd: root, stdio: 'inherit' });
  if (result.error) process.stdout.write(`${result.error.message}\n`);
  const verdict = result.status === 0 ? 'ok' : 'FAILED';
  process.stdout.write(`${name}: ${verdict} (${((Date.now() - startMs) / 1000).toFixed(1)} s)\n`);
  if (result.status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
