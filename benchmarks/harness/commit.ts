import { spawnSync } from 'node:child_process';

import type { Results } from './results.ts';

// What the figures depend on. Results of other runs, and texts, they do not.
const MEASURED = ['src', 'native', 'benchmarks', 'package.json', 'package-lock.json', 'binding.gyp', 'tsconfig.json'];
const WITHOUT = [':(exclude)benchmarks/out', ':(exclude)*.md'];

/** The commit of what is measured: that of the beginning, since somebody may commit during the run. */
export class Commit {
  readonly #root: string;
  readonly #name: string | undefined;

  constructor(root: string) {
    this.#root = root;
    this.#name = this.#git('rev-parse', '--short=12', 'HEAD');
  }

  /** As results have it; asked at the end, so that changes during the run count. */
  fact(): Pick<Results, 'commit'> {
    if (this.#name === undefined) return {};
    const changed = this.#git('diff', '--name-only', this.#name, '--', ...MEASURED, ...WITHOUT);
    return { commit: changed === '' ? this.#name : `${this.#name}-dirty` };
  }

  // What it prints; `undefined` outside a checkout, and without git.
  #git(...args: string[]): string | undefined {
    const { status, stdout } = spawnSync('git', ['-C', this.#root, ...args], { encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  }
}
