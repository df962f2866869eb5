#!/usr/bin/env node
// Loads the program. When Node's module loader runs out of fds, only a file that is loaded already can say so in a sentence.
import { enableCompileCache } from './compile-cache.ts';
import { TOO_FEW_FDS, TOO_MANY_FILES } from './few-fds.ts';

// The cache is for the modules that are loaded after this call, so they cannot be imported above it.
enableCompileCache();
try {
  await import('./process.ts');
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
  process.stderr.write(`tripoll: ${message}: ${code === 'EMFILE' ? TOO_FEW_FDS : TOO_MANY_FILES}\n`);
  process.exitCode = 1;
}
