// Runs the compiled tests, each file in a process of its own.
// `npm test -- select poll` runs the files whose name contains one of the words; `npm run test:long` those that start very
// many processes, or a browser: every lesson's answers, the benchmarks, the watch page.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2).filter((word) => word !== '--long');
const LONG = /^(labs\/.*|benchmarks\/(command|drivers|waits)|e2e\/watch-(page.*|real))\.test\.ts$/;
const isLong = process.argv.includes('--long');

// From the sources, so that the compiled rest of a deleted test does not run.
const files = readdirSync(join(root, 'test'), { recursive: true })
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => (words.length > 0 ? words.some((word) => name.includes(word)) : LONG.test(name) === isLong))
  .map((name) => relative(process.cwd(), join(root, 'dist/test', name.replace(/\.ts$/, '.js'))))
  .sort();

if (files.length === 0) {
  process.stderr.write(`tripoll: no test file has ${words.join(' or ')} in its name\n`);
  process.exit(2);
}

// A test that hangs fails, and shows where.
const TIMEOUT_MS = 120_000;
// Most files wait most of the time. Node's default, one less than there are processors, would be one at a time on two.
const CONCURRENCY = Math.max(3, availableParallelism());
const reporter = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
const result = spawnSync(
  process.execPath,
  ['--test', `--test-concurrency=${CONCURRENCY}`, `--test-timeout=${TIMEOUT_MS}`, ...reporter, ...files],
  {
    stdio: 'inherit',
  },
);
process.exit(result.status ?? 1);
