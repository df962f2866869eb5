/**
 * Runs CPython's own test cases in the form that test/cpython has of them, and writes docs/conformance.md from the results.
 *
 *     node scripts/conformance.mjs [--check]
 *
 * The exit code is 1 if a case fails, is skipped or does not run, or if a test belongs to no case. With --check the script
 * writes nothing; the exit code is also 1 if the file on disk differs from the results.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/conformance.md');
const TIMEOUT_MS = 60_000;

const { cases, VERSION } = await import('../dist/test/cpython/cases.js');

// Returns a map from CLASS.TEST to 'passed', 'skipped: …' or 'failed: …'.
async function runTests() {
  const files = readdirSync(join(root, 'test/cpython'))
    .filter((name) => name.endsWith('.test.ts') && name !== 'list.test.ts')
    .sort()
    .map((name) => join(root, 'dist/test/cpython', name.replace(/\.ts$/, '.js')));
  const outcomes = new Map();
  const classOf = new Map();
  // A test within the describe() of its class.
  const isCase = ({ nesting }) => nesting === 1;
  const nameOf = ({ file, name }) => `${classOf.get(file)}.${name}`;
  await new Promise((resolve, reject) => {
    run({ files, concurrency: true, timeout: TIMEOUT_MS })
      .on('test:start', (event) => {
        if (event.nesting === 0) classOf.set(event.file, event.name);
      })
      .on('test:pass', (event) => {
        if (isCase(event)) outcomes.set(nameOf(event), event.skip === undefined ? 'passed' : `skipped: ${event.skip}`);
      })
      .on('test:fail', (event) => {
        const { error } = event.details;
        // If a case fails, its class fails, too; the case has the reason. A file that ends early fails without cases.
        if (error.failureType === 'subtestsFailed') return;
        outcomes.set(isCase(event) ? nameOf(event) : event.name, `failed: ${error.cause?.message ?? error.message}`);
      })
      .on('error', reject)
      .on('end', resolve)
      .resume();
  });
  return outcomes;
}

function listRows() {
  return Object.entries(cases).flatMap(([fullName, entries]) => {
    const [file, className] = fullName.split('.');
    return Object.entries(entries).map(([name, entry]) => ({
      file,
      className,
      name,
      fullName: `${fullName}.${name}`,
      ...(typeof entry === 'string' ? { checks: entry } : entry),
    }));
  });
}

function findProblems(rows, outcomes) {
  const expected = new Set(rows.filter((row) => !row.notApplicable).map((row) => row.fullName));
  const ran = [...outcomes];
  return [
    ...ran.filter(([name, outcome]) => expected.has(name) && outcome !== 'passed').map((pair) => pair.join(' ')),
    ...ran
      .filter(([name]) => !expected.has(name))
      .map(([name, outcome]) => `${name} is not in the list of cases; it ${outcome}`),
    ...[...expected].filter((name) => !outcomes.has(name)).map((name) => `${name} did not run`),
  ];
}

function resultOf({ deviation, notApplicable }) {
  if (notApplicable) return `not applicable: ${notApplicable}`;
  return deviation ? `deviation: "${deviation}"` : 'pass';
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups.values()];
}

// SelectEINTRTest and OSEINTRTest have the suffix EINTRTest; the suffix of a single class is its whole name.
function commonSuffix([first, ...others]) {
  for (let start = 0; ; start++) {
    const suffix = first.slice(start);
    if (others.every((other) => other.endsWith(suffix))) return suffix;
  }
}

function section(rows) {
  const [{ file }] = rows;
  const classes = [...new Set(rows.map(({ className }) => className))];
  const suffix = commonSuffix(classes);
  const isOne = classes.length === 1;
  // Cases that differ only in their class share a line. Cases that are not applicable come last.
  const lines = groupBy(rows, (row) => [row.name, row.checks, resultOf(row)].join('|'))
    .sort(([a], [b]) => Boolean(a.notApplicable) - Boolean(b.notApplicable))
    .map((group) => {
      const [row] = group;
      const names = group.map(({ className }) => className.slice(0, -suffix.length)).join(', ');
      return [`\`${row.name}\``, ...(isOne ? [] : [names]), row.checks, resultOf(row)];
    });
  const header = ['case', ...(isOne ? [] : [`…${suffix}`]), 'what it checks', 'result'];
  return `## \`${file}${isOne ? `.${suffix}` : ''}\`\n\n${table(header, lines)}`;
}

function table(header, lines) {
  const toLine = (cells) => `| ${cells.join(' | ')} |`;
  return ['<!-- prettier-ignore -->', ...[header, header.map(() => '---'), ...lines].map(toLine), ''].join('\n');
}

function countOf(rows) {
  const count = { pass: 0, deviation: 0, 'not applicable': 0 };
  for (const row of rows) count[resultOf(row).split(':')[0]]++;
  return count;
}

function pageOf(rows) {
  const files = groupBy(rows, ({ file }) => file);
  const counts = [...files.map((some) => [`\`${some[0].file}\``, some]), ['all', rows]].map(([what, some]) => {
    return [what, some.length, ...Object.values(countOf(some))];
  });
  const header = ['file', 'cases', ...Object.keys(countOf([]))];
  return [introduction(), table(header, counts), ...files.map(section)].join('\n');
}

function introduction() {
  return `# Conformance with CPython's own tests

This page lists every test case that CPython ${VERSION} has for select, poll, epoll and the selectors, and every case of its
EINTR tester. For each applicable case, test/cpython has a test of the same name. It was written anew and checks the same
thing as the original; most of its waits are shorter.

\`npm run docs:conformance\` runs these tests, and writes this page if all of them pass. With \`-- --check\` it only compares the
page with the results. If python3 is CPython ${VERSION} and its own tests are installed, test/cpython/list.test.ts compares the
list of cases with CPython's.

- **pass**: tripoll passes the case as CPython has it, with the types of JavaScript: ValueError and OverflowError are
  \`RangeError\`, RuntimeError is \`Error\`, and \`errno\` is negative.
- **deviation**: tripoll passes the case in another form. [deviations.md](deviations.md) has the row with the quoted name.
- **not applicable**: tripoll does not have the thing that the case tests, for the reason given.
`;
}

function say(text) {
  process.stdout.write(`conformance: ${text}\n`);
}

async function main() {
  const isCheck = process.argv.includes('--check');
  say('running the cases of test/cpython …');
  const rows = listRows();
  const problems = findProblems(rows, await runTests());
  const text = pageOf(rows);
  if (isCheck && !(existsSync(page) && readFileSync(page, 'utf8') === text)) {
    problems.push('docs/conformance.md is out of date: run npm run docs:conformance');
  }
  for (const problem of problems) say(problem);
  if (problems.length > 0) process.exit(1);
  if (!isCheck) writeFileSync(page, text);
  const { pass, deviation, 'not applicable': absent } = countOf(rows);
  say(`${rows.length} cases: ${pass} pass, ${deviation} deviate, ${absent} are not applicable`);
}

await main();
