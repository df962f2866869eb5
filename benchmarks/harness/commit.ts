import { spawnSync } from 'node:child_process';

import type { Results } from './results.ts';

// The figures depend on these paths, except for results of other runs and texts.
const MEASURED = ['src', 'native', 'benchmarks', 'package.json', 'package-lock.json', 'binding.gyp', 'tsconfig.json'];
const EXCLUDED = [':(exclude)benchmarks/out', ':(exclude)*.md'];

/** The commit of the measured code. It is read at the start, because somebody may commit during the run. */
export class Commit {
  readonly #root: string;
  readonly #name: string | undefined;

  constructor(root: string) {
    this.#root = root;
    this.#name = this.#git('rev-parse', '--short=12', 'HEAD');
  }

  /** The member of the results. It is computed at the end, so that changes during the run count. */
  fact(): Pick<Results, 'commit'> {
    if (this.#name === undefined) return {};
    const paths = ['--', ...MEASURED, ...EXCLUDED];
    const changed = this.#git('diff', '--name-only', this.#name, ...paths);
    // A new driver or module is measured before it is tracked.
    const untracked = this.#git('ls-files', '--others', '--exclude-standard', ...paths);
    return { commit: changed === '' && untracked === '' ? this.#name : `${this.#name}-dirty` };
  }

  // Returns the output; undefined outside a checkout and without git.
  #git(...args: string[]): string | undefined {
    const { status, stdout } = spawnSync('git', ['-C', this.#root, ...args], { encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  }
}
