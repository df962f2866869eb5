/**
 * Runs our form of CPython's own tests (test/cpython) and writes docs/conformance.md from what came of it.
 *
 *     node scripts/conformance.mjs [--check]
 *
 * Ends with code 1 where a case failed, was skipped or did not run, or a test has no case; with --check also where the
 * file on disk differs, and then nothing is written.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/conformance.md');
const TIMEOUT_MS = 60_000;

const { cases, VERSION } = await import('../dist/test/cpython/cases.js');

// Name of a test, with its class -> 'passed', 'skipped' or why it failed.
async function runTests() {
  const files = readdirSync(join(root, 'test/cpython'))
    .filter((name) => name.endsWith('.test.ts') && name !== 'list.test.ts')
    .sort()
    .map((name) => join(root, 'dist/test/cpython', name.replace(/\.ts$/, '.js')));
  const outcomes = new Map();
  const classOf = new Map();
  const isCase = ({ nesting }) => nesting === 1; // in the describe() of its class
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
        // A class fails with its cases, which tell more; a file that ends before its tests has no cases.
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

function findTroubles(rows, outcomes) {
  const expected = new Set(rows.filter((row) => !row.notApplicable).map((row) => row.fullName));
  const ran = [...outcomes];
  return [
    ...ran.filter(([name, outcome]) => expected.has(name) && outcome !== 'passed').map((pair) => pair.join(' ')),
    ...ran.filter(([name]) => !expected.has(name)).map(([name, outcome]) => `${name} is no case; it ${outcome}`),
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

// SelectEINTRTest and OSEINTRTest -> EINTRTest; a single class as a whole.
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
  // Cases that differ in nothing but their class share a line; what is not applicable comes last.
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

function write(rows) {
  const files = groupBy(rows, ({ file }) => file);
  const counts = [...files.map((some) => [`\`${some[0].file}\``, some]), ['all', rows]].map(([what, some]) => {
    return [what, some.length, ...Object.values(countOf(some))];
  });
  const header = ['file', 'cases', ...Object.keys(countOf([]))];
  return [introduction(), table(header, counts), ...files.map(section)].join('\n');
}

function introduction() {
  return `# Conformance with CPython's own tests

Every case of the tests that CPython ${VERSION} has for select, poll, epoll and the selectors, and of its EINTR tester.
For each that is applicable, test/cpython has a test of the same name, written anew from what the original checks; most
waits are shorter. \`npm run docs:conformance\` writes this page from a run of them, and only if each case passed; with
\`-- --check\` it compares. Where python3 is CPython ${VERSION} and has its own tests, test/cpython/list.test.ts compares the
list of the cases with them.

- **pass**: the case as CPython has it, in our types: ValueError and OverflowError are a \`RangeError\`, RuntimeError is an
  \`Error\`, \`errno\` is negative.
- **deviation**: passed in another form; the README's table of deviations has a row of that name.
- **not applicable**: what the case tests is not there, for the reason given.
`;
}

function say(text) {
  process.stdout.write(`conformance: ${text}\n`);
}

async function main() {
  const isCheck = process.argv.includes('--check');
  say('running the cases of test/cpython …');
  const rows = listRows();
  const troubles = findTroubles(rows, await runTests());
  const text = write(rows);
  if (isCheck && !(existsSync(page) && readFileSync(page, 'utf8') === text)) {
    troubles.push('docs/conformance.md is out of date: npm run docs:conformance');
  }
  for (const trouble of troubles) say(trouble);
  if (troubles.length > 0) process.exit(1);
  if (!isCheck) writeFileSync(page, text);
  const { pass, deviation, 'not applicable': absent } = countOf(rows);
  say(`${rows.length} cases: ${pass} pass, ${deviation} deviate, ${absent} are not applicable`);
}

await main();
