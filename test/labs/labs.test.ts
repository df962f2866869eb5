import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { AnswerFile } from '../../labs/kit/answer-file.ts';
import { check, type Verdict } from '../../labs/kit/check.ts';
import { lessons, type ListedLesson } from '../../labs/lessons.ts';
import { root } from '../support/child.ts';

// Most of a check is waiting.
const concurrency = 6;
// Further servers that do what lesson 10 asks for.
const SAME_SERVER = ['node-net.ts', 'poll-loop.ts'];

async function verdictOn({ lesson }: ListedLesson, path: string): Promise<Verdict> {
  using answer = new AnswerFile(path);
  return await check(lesson, answer);
}

function rightAnswers(folder: string): string[] {
  return readdirSync(folder).filter((name) => name === 'answer.ts' || SAME_SERVER.includes(name));
}

describe('the lessons’ checks', { concurrency }, () => {
  for (const listed of lessons) {
    const folder = `${root}labs/${listed.folder}/`;
    for (const name of rightAnswers(folder)) {
      it(`${listed.folder}/${name} passes`, async () => {
        const { failed, mistake, detail, passed } = await verdictOn(listed, folder + name);
        assert.equal(failed, undefined, `${failed ?? ''}: ${mistake ?? ''}\n${detail ?? ''}`);
        assert.deepEqual(passed, ['listens', ...listed.lesson.steps.map(({ title }) => title)]);
      });
    }
    for (const name of readdirSync(`${folder}wrong`)) {
      it(`${listed.folder}/wrong/${name} is caught, in words`, async () => {
        const path = `${folder}wrong/${name}`;
        const expected = /^\/\/ Caught: (.+)/.exec(readFileSync(path, 'utf8'))?.[1];
        const { mistake = 'passed', detail } = await verdictOn(listed, path);
        assert.ok(mistake.includes(expected ?? 'a comment that says what'), `${mistake}\n${detail ?? ''}`);
      });
    }
  }
});
