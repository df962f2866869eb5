import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { AnswerFile } from '../../labs/kit/answer-file.ts';
import { check, type Verdict } from '../../labs/kit/check.ts';
import { lessons, type ListedLesson } from '../../labs/lessons.ts';
import { root } from '../support/child.ts';

// A check spends most of its time waiting, so several of them can run at the same time.
const concurrency = 6;
// Two more servers that solve the exercise of lesson 10.
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
      it(`${listed.folder}/wrong/${name} fails with its sentence`, async () => {
        const path = `${folder}wrong/${name}`;
        const expected = /^\/\/ The check reports: (.+)/.exec(readFileSync(path, 'utf8'))?.[1];
        const { mistake = 'passed', detail } = await verdictOn(listed, path);
        assert.ok(mistake.includes(expected ?? 'a comment that quotes the sentence'), `${mistake}\n${detail ?? ''}`);
      });
    }
  }
});
