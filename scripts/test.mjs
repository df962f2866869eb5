// Runs the compiled tests with Node's test runner, each file in its own process:
//   npm test                                          all tests but the long ones
//   npm test -- select poll                           the test files whose path contains one of the words
//   npm run test:long                                 the tests that need load, many processes or workers, or a browser
//   npm run soak                                      the load tests, one after the other
//   npm run differential -- --runs 100000 --seed 1    random scenarios in tripoll and in Python
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const LONG_TESTS = /^(labs|benchmarks)\/|^e2e\/watch-(page|real)|\.long\.test\.ts$/;
const RANDOM_TEST = 'conformance/random.test.ts';
// The long run repeats the tests that import this module, and they do more in it.
const LONG_RUN = 'support/long-run.ts';
// Most test files wait most of the time. Node's default on two processors would be one file at a time.
const CONCURRENCY = Math.max(5, availableParallelism());
// The lessons and the load generator judge what a program costs. Beside many others they would judge the machine.
const LONG_CONCURRENCY = 2;
// A test that hangs for this long fails, and the report shows where.
const TIMEOUT_MS = 120_000;
const LOAD_TIMEOUT_MS = 600_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    long: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
    differential: { type: 'boolean', default: false },
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string' },
  },
});

if (options.soak) {
  // One at a time: some load tests need 10,000 fds in each of two processes.
  run(findTests('.load.ts'), { concurrency: 1, timeoutMs: LOAD_TIMEOUT_MS });
} else if (options.differential) {
  const seed = options.seed === undefined ? {} : { TRIPOLL_SEED: options.seed };
  run([RANDOM_TEST], { concurrency: 1, env: { TRIPOLL_RANDOM_RUNS: options.runs, ...seed } });
} else {
  const tests = findTests('.test.ts').filter(isChosen);
  if (options.long) {
    run(tests, { concurrency: LONG_CONCURRENCY, timeoutMs: TIMEOUT_MS, env: { TRIPOLL_LONG_RUN: '1' } });
  } else {
    run(tests, { concurrency: CONCURRENCY, timeoutMs: TIMEOUT_MS });
  }
}

function isChosen(name) {
  if (words.length > 0) return words.some((word) => name.includes(word));
  const isLong = LONG_TESTS.test(name);
  return options.long ? isLong || readFileSync(join(root, 'test', name), 'utf8').includes(LONG_RUN) : !isLong;
}

// Searches the sources: dist/ may still contain the compiled form of a test that was deleted.
function findTests(ending) {
  return readdirSync(join(root, 'test'), { recursive: true })
    .filter((name) => name.endsWith(ending))
    .sort();
}

function run(tests, { concurrency, timeoutMs, env }) {
  if (tests.length === 0) {
    process.stderr.write(`tripoll: no test file has ${words.join(' or ')} in its path\n`);
    process.exit(2);
  }
  const files = tests.map((name) => relative(process.cwd(), join(root, 'dist/test', name.replace(/\.ts$/, '.js'))));
  const timeout = timeoutMs === undefined ? [] : [`--test-timeout=${timeoutMs}`];
  const reporter = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  // Loaded into the process of each test file.
  const noReport = `--import=${pathToFileURL(join(root, 'dist/test/support/no-report.js'))}`;
  const args = ['--test', noReport, `--test-concurrency=${concurrency}`, ...timeout, ...reporter, ...files];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  process.exit(status ?? 1);
}
