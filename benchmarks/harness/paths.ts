import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));
/** Where the sources of drivers and load generator are. */
export const sources = join(root, 'benchmarks');
/** Where the compiled TypeScript is, and what the C compiler makes. */
export const compiled = join(root, 'dist/benchmarks');
