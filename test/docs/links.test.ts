import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

import { root } from '../support/child.ts';
import { anchorsOf, linksOf } from '../support/markdown.ts';

const pages = [
  ...pagesOf('', false),
  ...pagesOf('docs', false),
  ...pagesOf('labs', true),
  ...pagesOf('benchmarks', false),
];

function pagesOf(folder: string, recursive: boolean): string[] {
  return readdirSync(join(root, folder), { recursive, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

// Undefined if the link leads to a file of the project and, with `#`, to a heading of that page.
function mistakeIn(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? join(root, page) : join(root, dirname(page), path);
  if (!existsSync(target)) return `${page} links to ${path}, which does not exist`;
  if (anchor === undefined || statSync(target).isDirectory()) return undefined;
  return anchorsOf(readFileSync(target, 'utf8')).includes(anchor)
    ? undefined
    : `${page} links to ${link}, which is no heading`;
}

describe('the pages', () => {
  it('link to files and headings that exist', () => {
    const links = pages.flatMap((page) => linksOf(readFileSync(join(root, page), 'utf8')).map((link) => [page, link]));
    assert.ok(pages.length > 20 && links.length > 60);
    assert.deepEqual(
      links.flatMap(([page = '', link = '']) => mistakeIn(page, link) ?? []),
      [],
    );
  });
});
