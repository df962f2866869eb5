import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { Child, dist, root } from './child.ts';

/** What the document's client sends, a line a message. */
export const numbered = Array.from({ length: 15 }, (_, i) => `Hello Server!${i}\n`).join('');

/** The document's client, which has a port and a pause of 0.15 s written into it, with another port and a short pause. */
export function seedClient(language: 'python3' | 'node', port: number): Child {
  const prepared = (text: string): string => {
    assert.ok(text.includes('9001') && text.includes('0.15'));
    return text.replace('9001', String(port)).replace('0.15', '0.02');
  };
  if (language === 'python3')
    return new Child('python3', '-c', prepared(readFileSync(`${root}examples/seed-client.py`, 'utf8')));
  const compiled = prepared(readFileSync(`${dist}examples/seed-client.js`, 'utf8'));
  return new Child(process.execPath, '--input-type=module', '-e', compiled);
}
