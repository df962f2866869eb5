// Writes the tables of docs/serve.md from the settings of `tripoll serve`; with --check only says whether they are right.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { framingForms } from '../dist/src/cli/serve/framing.js';
import { defaultText, flagOf, groups, variableOf } from '../dist/src/cli/serve/setting.js';
import { keys, table } from '../dist/src/cli/serve/settings.js';

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs/serve.md');
const before = readFileSync(path, 'utf8');
const after = [
  ['settings', Object.keys(groups).map(groupText).join('\n\n')],
  ['framings', framings()],
].reduce((text, [name, content]) => replace(text, name, content), before);

if (!process.argv.includes('--check')) writeFileSync(path, after);
else if (after !== before) {
  process.stderr.write('tripoll: docs/serve.md is not what the settings say: run node scripts/serve-docs.mjs\n');
  process.exit(1);
}

function replace(text, name, content) {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  return `${text.split(begin)[0]}${begin}\n\n${content}\n\n${end}${text.split(end)[1]}`;
}

function groupText(group) {
  const rows = keys
    .filter((key) => table[key].group === group)
    .map((key) => {
      const setting = table[key];
      const { argument, optional, kind, help } = setting;
      const value = argument === '' ? '' : optional ? ` [${argument}]` : ` <${argument}>`;
      const names = `\`${flagOf(key)}${value}\` | \`${variableOf(key)}\` | \`${key}\``;
      return `| ${names} | ${cell(range(key, kind))} | ${cell(byDefault(key, setting))} | ${cell(help)} |`;
    });
  const head = '| flag | variable | key | value | default | |\n| --- | --- | --- | --- | --- | --- |';
  return `${groups[group]}\n\n<!-- prettier-ignore -->\n${head}\n${rows.join('\n')}`;
}

// SOMAXCONN differs from C library to C library.
function byDefault(key, setting) {
  return key === 'backlog' ? 'SOMAXCONN' : defaultText(setting);
}

function range(key, kind) {
  return key === 'framing' ? 'a form of those below' : kind.wants;
}

function framings() {
  const rows = Object.entries(framingForms).map(([form, meaning]) => `| \`${form.trim()}\` | ${cell(meaning)} |`);
  return `<!-- prettier-ignore -->\n| form | a message |\n| --- | --- |\n${rows.join('\n')}`;
}

function cell(text) {
  return text.replaceAll('|', '\\|');
}
