// Writes the tables of docs/serve.md from the options of `tripoll serve`. With --check, only compares them with the file,
// and ends with exit code 1 when they differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Command } from 'commander';

import { framingForms, lengthPrefixedSuffixes } from '../dist/src/cli/serve/framing-option.js';
import { addServeOptions, serveOptions } from '../dist/src/cli/serve/options.js';
import { onOff } from '../dist/src/cli/values.js';

// Gives each option its environment variable.
addServeOptions(new Command());

// These defaults differ from one machine to another.
const LOCAL_DEFAULTS = { '--max-total-bytes': 'a quarter of the memory' };

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs/serve.md');
const current = readFileSync(path, 'utf8');
const updated = replaceSection(replaceSection(current, 'settings', settingTables()), 'framings', framingTable());

if (!process.argv.includes('--check')) writeFileSync(path, updated);
else if (updated !== current) {
  process.stderr.write('tripoll: the tables of docs/serve.md are out of date: run `npm run docs:serve`\n');
  process.exit(1);
}

function replaceSection(text, name, content) {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  return `${text.split(begin)[0]}${begin}\n\n${content}\n\n${end}${text.split(end)[1]}`;
}

function settingTables() {
  const options = Object.values(serveOptions);
  const headings = [...new Set(options.map((option) => option.helpGroupHeading))];
  return headings
    .map((heading) => {
      const rows = options.filter((option) => option.helpGroupHeading === heading).map(settingRow);
      return `${heading}\n\n${table(['option', 'variable', 'key', 'value', 'default', ''], rows)}`;
    })
    .join('\n\n');
}

function settingRow(option) {
  const names = [option.flags, option.envVar, option.attributeName()].map((name) => `\`${name}\``);
  return [...names, valuesOf(option), defaultOf(option), option.description];
}

function valuesOf(option) {
  if (option.long === '--framing') return 'one of the forms below';
  if (option.argChoices !== undefined) return `one of ${option.argChoices.join(', ')}`;
  return (option.isBoolean() ? onOff : option.parseArg).wants;
}

function defaultOf({ long, defaultValue = '' }) {
  return LOCAL_DEFAULTS[long] ?? String(defaultValue);
}

function framingTable() {
  const suffixes = Object.entries(lengthPrefixedSuffixes).map(([suffix, meaning]) => [
    `\`${suffix}\``,
    `after \`length-prefixed:BYTES\`: ${meaning}`,
  ]);
  const forms = Object.entries(framingForms).map(([form, meaning]) => [`\`${form}\``, meaning]);
  const position = forms.findIndex(([form]) => form.includes('length-prefixed')) + 1;
  return table(['form', 'a message'], forms.toSpliced(position, 0, ...suffixes));
}

function table(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => {
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `<!-- prettier-ignore -->\n${lines.join('\n')}`;
}
