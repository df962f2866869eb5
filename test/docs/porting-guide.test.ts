import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';

import { root } from '../support/child.ts';
import { type Block, blocksOf } from '../support/markdown.ts';
import { skipWithout } from '../support/programs.ts';
import { CompiledSnippets, type Outcome, runPython } from '../support/snippets.ts';

const blocks = blocksOf(readFileSync(`${root}docs/porting-from-python.md`, 'utf8'));
const files = blocks.filter(({ file }) => file !== undefined);
const snippets = blocks.filter(({ file, language }) => file === undefined && language !== 'sh');
const ours = snippets.filter(({ language }) => language === 'ts');
const compiled = new CompiledSnippets(ours);
const skip = skipWithout('python3');

const LANGUAGES = ['python', 'ts', 'sh'];

const outcomes = new Map<Block, Promise<Outcome>>();

// Runs each TypeScript block once, when it is needed for the first time.
function outcomeOf(block: Block): Promise<Outcome> {
  const outcome = outcomes.get(block) ?? compiled.run(block);
  outcomes.set(block, outcome);
  return outcome;
}

function assertSuccess({ code, stdout, stderr }: Outcome): void {
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, stdout);
}

describe('porting-from-python.md', { concurrency: 2 }, () => {
  after(() => {
    compiled[Symbol.dispose]();
  });

  it('has only blocks of Python, TypeScript and shell commands', () => {
    assert.deepEqual(
      blocks.filter(({ language }) => !LANGUAGES.includes(language)),
      [],
    );
    assert.ok(snippets.length > 40 && files.length === 6);
  });

  it('has blocks that pass the type check', () => {
    assert.equal(compiled.errors, '');
  });

  for (const { file = '', code, line } of files) {
    it(`line ${line} is the text of ${file}`, () => {
      assert.equal(code, readFileSync(root + file, 'utf8'));
    });
  }

  for (const [index, block] of snippets.entries()) {
    if (block.language === 'ts') {
      it(`line ${block.line} runs`, async () => {
        assertSuccess(await outcomeOf(block));
      });
      continue;
    }
    const next = snippets[index + 1];
    const twin = next?.language === 'ts' && !next.differs ? next : undefined;
    const name = twin === undefined ? 'runs in Python' : `prints in Python what line ${twin.line} prints`;
    it(`line ${block.line} ${name}`, { skip }, async () => {
      const theirs = await runPython(block);
      assertSuccess(theirs);
      if (twin === undefined) return;
      assert.notEqual(theirs.stdout, '');
      assert.equal((await outcomeOf(twin)).stdout, theirs.stdout);
    });
  }
});
