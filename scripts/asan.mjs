/**
 * Builds the addon with AddressSanitizer and UndefinedBehaviorSanitizer, and runs the tests that pass hostile values to it,
 * and those that end worker threads.
 * Ends with exit code 1 when a sanitizer reports an error, a test fails or a tool is missing.
 *
 *     node scripts/asan.mjs
 *
 * The script works in a temporary copy of the project. It does not touch build/.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { headersOption, nodeGyp } from './node-gyp.mjs';

const COPIED = [
  'native',
  'src',
  'test',
  'benchmarks',
  'examples',
  'labs',
  'binding.gyp',
  'package.json',
  'tsconfig.json',
];
const TESTS = /^(system\/(sys|hostile|native|worker)[.-].*test|select\/(worker-waits|node-loop-workers)\.test)\.js$/;

const project = fileURLToPath(new URL('..', import.meta.url));

function say(text) {
  console.log(`asan: ${text}`);
}

class Failure extends Error {}

function libraryPath(name) {
  let path;
  try {
    path = execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
  } catch {
    throw new Failure('gcc is missing: install it, with its sanitizer libraries.');
  }
  // When gcc does not find the file, it prints the bare name.
  if (!existsSync(path) || path === name) throw new Failure(`${name} is missing: install gcc's sanitizer libraries.`);
  return path;
}

function run(program, args, options) {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', ...options });
  if (error !== undefined) throw new Failure(`${program} could not be started: ${error.message}`);
  return { ok: status === 0, end: signal ?? `code ${status}`, output: `${stdout}${stderr}` };
}

function build(folder) {
  for (const name of COPIED) {
    const from = join(project, name);
    if (existsSync(from)) cpSync(from, join(folder, name), { recursive: true });
  }
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  const steps = [
    ["the addon's makefile", [nodeGyp, 'configure', ...headersOption(), '--', '-Dtripoll_asan=1']],
    ['the addon', [nodeGyp, 'build', '--jobs=2']],
    ['TypeScript', [join(project, 'node_modules/typescript/bin/tsc'), '-p', '.']],
  ];
  for (const [what, args] of steps) {
    say(`building ${what}`);
    const { ok, output } = run(process.execPath, args, { cwd: folder });
    if (!ok) throw new Failure(`building ${what} failed:\n${output}`);
  }
}

function isInstrumented(folder) {
  return readFileSync(join(folder, 'build/Release/tripoll.node')).includes('__asan_report_load');
}

// Every process writes its report into this folder, also the children of a test.
function reportsIn(folder) {
  return readdirSync(folder)
    .filter((name) => name.startsWith('report.'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

function runTests(folder, library) {
  const log = `log_path=${join(folder, 'report')}`;
  const env = {
    ...process.env,
    LD_PRELOAD: library,
    // Node does not free all of its memory at the end, so leaks are not reported.
    ASAN_OPTIONS: `detect_leaks=0:detect_stack_use_after_return=1:abort_on_error=1:${log}`,
    UBSAN_OPTIONS: `print_stacktrace=1:${log}`,
  };
  const tests = readdirSync(join(folder, 'dist/test'), { recursive: true }).filter((name) => TESTS.test(name));
  if (tests.length === 0) throw new Failure('there are no tests to run in dist/test.');
  let failures = 0;
  for (const name of tests) {
    const start = performance.now();
    const { ok, end, output } = run(process.execPath, [join('dist/test', name)], { cwd: folder, env });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    say(`${ok ? 'passed' : `FAILED (${end})`}: ${name}, ${seconds} s`);
    if (!ok) console.log(output);
    failures += ok ? 0 : 1;
  }
  return failures;
}

function main() {
  const library = libraryPath('libasan.so');
  const folder = mkdtempSync(join(tmpdir(), 'tripoll-asan-'));
  try {
    build(folder);
    if (!isInstrumented(folder)) throw new Failure('the addon was built without AddressSanitizer.');
    const failures = runTests(folder, library);
    const reports = reportsIn(folder);
    for (const report of reports) console.log(report);
    if (failures > 0 || reports.length > 0) {
      throw new Failure(`${failures} failed test files, ${reports.length} reports.`);
    }
    say('all tests passed, without a report.');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  main();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say(error.message);
  process.exitCode = 1;
}
