import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import type { Results } from '../harness/results.ts';
import { summaryMarkdown, tablesMarkdown } from './markdown.ts';
import { page } from './page.ts';

/**
 * Writes the page, and Markdown for the README and the documentation. Creates the directory.
 * @param file The results file, to which the page has a link.
 */
export async function writeReport(results: Results, directory: string, file: string): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const rawData = relative(directory, file).split(sep).map(encodeURIComponent).join('/');
  const contents = {
    'report.html': page(results, rawData),
    'summary.md': summaryMarkdown(results),
    'tables.md': tablesMarkdown(results),
  };
  return Promise.all(
    Object.entries(contents).map(async ([name, text]) => {
      const written = join(directory, name);
      await writeFile(written, text);
      return written;
    }),
  );
}
