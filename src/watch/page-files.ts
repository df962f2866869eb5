import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the page. */
export interface PageFile {
  /** Its content type. */
  readonly type: string;
  /** What is in it. */
  readonly body: Buffer;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Reads the page.
 * @param folder Where it is.
 * @returns Its files, by path: '/' for index.html, '/page.js'.
 * @throws {Error} Where it was not built.
 */
export function readPage(folder = fileURLToPath(new URL('page', import.meta.url))): Map<string, PageFile> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.flatMap((name): [string, PageFile][] => {
    const type = types[extname(name)];
    if (type === undefined) return [];
    return [[name === 'index.html' ? '/' : `/${name}`, { type, body: readFileSync(join(folder, name)) }]];
  });
  return new Map(files);
}
