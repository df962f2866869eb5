import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Results } from '../harness/results.ts';
import { summaryMarkdown, tablesMarkdown } from './markdown.ts';
import { page } from './page.ts';

/** Writes the page, and Markdown for the README and the documentation. Creates the directory. */
export async function writeReport(results: Results, directory: string): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const contents = { 'report.html': page, 'summary.md': summaryMarkdown, 'tables.md': tablesMarkdown };
  return Promise.all(
    Object.entries(contents).map(async ([name, write]) => {
      const file = join(directory, name);
      await writeFile(file, write(results));
      return file;
    }),
  );
}
