/**
 * Runs CPython's own, unmodified tests on tripoll: `npm run cpython [-- MODULE …]`. CPython is embedded in a Node process;
 * `select` and `selectors` are replaced by shims that call tripoll's compiled JavaScript. Each class runs in a process of its
 * own, two at once.
 *
 * A case must pass and must have called tripoll, or have an entry in cpython/expected.mjs that applies. Otherwise the exit
 * code is 1. Without CPython's header, shared library and tests, the script says what is missing and ends with 0; with
 * TRIPOLL_FORBID_SKIPS it ends with 1.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expected, modules, otherClasses } from './cpython/expected.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const here = join(root, 'scripts/cpython');
const addon = join(root, 'build/cpython/python.node');
const CLASSES_AT_ONCE = 2;
const CLASS_TIMEOUT_MS = 90_000;

class Missing extends Error {}

function say(text) {
  process.stdout.write(`cpython: ${text}\n`);
}

function runPython(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error || status !== 0) return { problem: error?.message ?? stderr };
  return JSON.parse(stdout);
}

function findPython() {
  const candidates = process.env.PYTHON ? [process.env.PYTHON] : ['python3', '/usr/bin/python3'];
  for (const candidate of candidates) {
    const python = runPython(candidate, [join(here, 'find.py')]);
    if (python.include && python.library && python.hasTests) return python;
  }
  throw new Missing(
    `${candidates.join(' and ')} lack the header, the shared library or the tests of CPython ` +
      '(Debian: apt install libpython3.11-dev libpython3.11-testsuite)',
  );
}

function buildAddon(python) {
  const source = join(here, 'python.cc');
  const stamp = `${addon}.${python.version}`;
  if (existsSync(stamp) && statSync(stamp).mtimeMs > statSync(source).mtimeMs) return stamp;
  const nodeHeaders = join(dirname(dirname(process.execPath)), 'include/node');
  if (!existsSync(join(nodeHeaders, 'node_api.h'))) throw new Missing(`Node's headers are not in ${nodeHeaders}`);
  const includes = [nodeHeaders, python.include, createRequire(import.meta.url)('node-addon-api').include_dir];
  mkdirSync(dirname(addon), { recursive: true });
  say(`building the embedding of CPython ${python.version} …`);
  const { status, error } = spawnSync(
    'g++',
    [
      ...[
        '-std=c++20',
        '-O1',
        '-fPIC',
        '-shared',
        '-fno-exceptions',
        '-Wall',
        '-Wextra',
        '-Wno-missing-field-initializers',
      ],
      ...['-DNAPI_VERSION=8', '-DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'],
      ...(process.env.TRIPOLL_WERROR ? ['-Werror'] : []),
      ...includes.flatMap((folder) => ['-isystem', folder]),
      ...[source, '-o', stamp, python.library, `-Wl,-rpath,${dirname(python.library)}`],
    ],
    { stdio: 'inherit' },
  );
  if (error) throw new Missing(`g++ could not be started: ${error.message}`);
  if (status !== 0) throw new Error('the embedding could not be built');
  return stamp;
}

/** Runs one class, and returns its cases by name. A case that is missing did not end. */
async function runClass(python, library, fullName, folder) {
  const [module, className] = fullName.split('.');
  const output = join(folder, fullName);
  const args = [join(here, 'child.mjs'), library, python.program, join(here, 'run.py'), module, className, output];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: CLASS_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let errors = '';
  child.stderr.on('data', (data) => (errors += data));
  const startMs = performance.now();
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...end) => resolve(end));
  });
  const lines = existsSync(output) ? readFileSync(output, 'utf8').split('\n').filter(Boolean) : [];
  const end = signal ?? `exit code ${code}`;
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  say(`${fullName}: ${lines.length} cases, ${end}, ${seconds} s`);
  const cases = new Map(lines.map((line) => JSON.parse(line)).map((result) => [result.name, result]));
  return { cases, end, errors };
}

async function runAll(python, library, classes) {
  const folder = mkdtempSync(join(tmpdir(), 'tripoll-cpython-'));
  const results = new Map();
  const queue = [...classes];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results.set(next, await runClass(python, library, next, folder));
    }
  };
  try {
    await Promise.all(Array.from({ length: CLASSES_AT_ONCE }, work));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return results;
}

/** Returns how a case has ended, and what is wrong with that, if anything is. */
function judge(className, name, { cases, end, errors }) {
  const entry = expected[`${className}.${name}`] ?? expected[className];
  const result = cases.get(name);
  if (result === undefined) return { problem: `did not run (${end})\n${errors.slice(-2000)}` };
  const passed = result.outcome === 'passed';
  if (entry === undefined) {
    if (!passed) return { problem: `${result.outcome}: ${result.text}` };
    return result.isCalled ? { end: 'passed' } : { problem: 'passed without a call of tripoll' };
  }
  if (passed) return { problem: 'passes; remove its entry from scripts/cpython/expected.mjs' };
  return { end: entry.deviates ? 'deviates' : 'not applicable' };
}

/** Returns the problems of the declared list itself. */
function checkExpected(listed) {
  const known = new Set();
  for (const [module, classes] of Object.entries(listed)) {
    for (const [className, cases] of Object.entries(classes)) {
      known.add(`${module}.${className}`);
      for (const name of cases) known.add(`${module}.${className}.${name}`);
    }
  }
  const firstCells = new Set(
    readFileSync(join(root, 'docs/deviations.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) => line.split(' | ')[0].slice(2)),
  );
  return [
    ...[...Object.keys(expected), ...otherClasses]
      .filter((name) => listed[name.split('.')[0]] && !known.has(name))
      .map((name) => `${name} is no case of CPython's`),
    ...Object.entries(expected)
      .filter(([, { deviates }]) => deviates && !firstCells.has(deviates))
      .map(([name, { deviates }]) => `${name}: docs/deviations.md has no row "${deviates}"`),
  ];
}

async function main() {
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !modules.includes(name));
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${modules.join(', ')}`);
  const python = findPython();
  const library = buildAddon(python);
  const listed = runPython(python.program, [join(here, 'list.py'), ...(asked.length > 0 ? asked : modules)]);
  if (listed.problem) throw new Error(`the tests could not be listed: ${listed.problem}`);
  const problems = checkExpected(listed);
  const cases = Object.entries(listed)
    .flatMap(([module, classes]) => Object.entries(classes).map(([name, cases]) => [`${module}.${name}`, cases]))
    .filter(([className]) => !otherClasses.includes(className));
  // The classes with the most cases last longest, so they start first.
  cases.sort(([, a], [, b]) => b.length - a.length);
  const results = await runAll(
    python,
    library,
    cases.map(([className]) => className),
  );
  const counts = { passed: 0, deviates: 0, 'not applicable': 0 };
  for (const [className, names] of cases) {
    for (const name of names) {
      const { end, problem } = judge(className, name, results.get(className));
      if (problem) problems.push(`${className}.${name} ${problem}`);
      else counts[end]++;
    }
  }
  for (const problem of problems) say(problem);
  const figures = Object.entries(counts).map(([end, count]) => `${count} ${end}`);
  say(`CPython ${python.version}: ${figures.join(', ')}, ${problems.length} unexplained`);
  if (problems.length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  say(error instanceof Missing ? `skipped: ${error.message}` : error.message);
  process.exitCode = error instanceof Missing && !process.env.TRIPOLL_FORBID_SKIPS ? 0 : 1;
}
