import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { lessons, type ListedLesson } from '../../labs/lessons.ts';
import { Child, dist, root, sendOnce, until } from '../support/child.ts';
import { blocksOf } from '../support/markdown.ts';

const concurrency = 4;
const COLUMNS = 80;
// The numbers that these lessons print differ from run to run.
const MEASURED = [3, 4, 9];
// Lines that the programs print after a time, not because of a client.
const BY_TIME = /^ *(tick|\w+: nothing for 1 s)$/;

const lab = (...args: string[]): Child => new Child(process.execPath, `${dist}labs/lab.js`, ...args);
const pageOf = ({ folder }: ListedLesson): string => readFileSync(`${root}labs/${folder}/README.md`, 'utf8');

function comparable(text: string, number: number): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !BY_TIME.test(line));
  if (!MEASURED.includes(number)) return lines;
  return lines.map((line) => line.replace(/\d[\d.]*/g, '#').replace(/ +/g, ' '));
}

describe('the lessons’ pages', { concurrency }, () => {
  for (const listed of lessons) {
    const { number, folder, title } = listed;

    it(`${folder} shows the output of its demonstration, which fits into ${COLUMNS} columns`, async () => {
      const [shown] = blocksOf(pageOf(listed)).filter(({ language }) => language === 'text');
      using running = lab(String(number));
      assert.deepEqual(await running.exit, { code: 0, signal: null }, running.stderr);
      assert.deepEqual(comparable(running.stdout, number), comparable(shown?.code ?? '', number));
      assert.deepEqual(
        running.stdout.split('\n').filter((line) => line.length > COLUMNS),
        [],
      );
      assert.equal(running.stderr, '');
    });

    it(`${folder} has the right title and the right commands`, () => {
      const page = pageOf(listed);
      assert.equal(page.split('\n')[0], `# ${number}. ${title}`);
      const commands = blocksOf(page).filter(({ language }) => language === 'sh');
      assert.deepEqual(
        commands.flatMap(({ code }) => code.trim().split('\n')),
        [
          `npm run lab ${number}`,
          `npm run lab ${number} -- --serve`,
          `cp labs/${folder}/program.ts my-answer.ts`,
          `npm run lab ${number} -- --check my-answer.ts`,
        ],
      );
      for (const [, target] of page.matchAll(/\]\(([^)]+)\)/g)) {
        assert.ok(existsSync(`${root}labs/${folder}/${target ?? ''}`), target);
      }
    });

    it(`${folder} serves until a signal ends the command and its program`, async () => {
      using serving = lab(String(number), '--serve', '--port', '0');
      await until(() => /^listening \d+$/m.test(serving.stdout));
      const port = Number(/^listening (\d+)$/m.exec(serving.stdout)?.[1]);
      await sendOnce(port, 'hello\n');
      serving.kill('SIGTERM');
      assert.deepEqual(await serving.exit, { code: 143, signal: null });
      await assert.rejects(sendOnce(port, 'hello\n'));
    });
  }

  it('are all linked from the course’s page, in order', () => {
    const course = readFileSync(`${root}labs/README.md`, 'utf8');
    const links = [...course.matchAll(/\[([^\]]+)\]\((\d[^)]+)\/README\.md\)/g)].map(([, text, folder]) => [
      folder,
      text,
    ]);
    assert.deepEqual(
      links,
      lessons.map(({ folder, title }) => [folder, title]),
    );
  });
});
