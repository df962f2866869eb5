import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import type { AnswerFile } from './kit/answer-file.ts';
import { check, type Verdict } from './kit/check.ts';
import { Stage } from './kit/stage.ts';
import { UsageError } from './kit/usage-error.ts';
import { lessons, type ListedLesson } from './lessons.ts';

const FAILURE = 1;
const USAGE = 2;
const WIDTH = 78;

const HELP = `The course: ten lessons on select, poll and epoll.

Examples:
  npm run lab                               list the lessons
  npm run lab 3                             run the demonstration of lesson 3
  npm run lab 3 -- --check my-answer.ts     check your answer to its exercise
  npm run lab 3 -- --serve                  run its program, so that you can talk to it with nc
  npm run lab 3 -- --serve --port 9009      … on another port than 9001

The page of a lesson is labs/NN-name/README.md; the page of the course is labs/README.md.
Exit codes: 0 done or passed, 1 not passed, 2 wrong usage.`;

/** Runs the command and returns the exit code. */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = parsed(args);
  if (values.help) return print(HELP);
  if (positionals.length > 1) throw new UsageError(`run one lesson at a time, not ${positionals.join(' and ')}`);
  const [number] = positionals;
  if (number === undefined) {
    if (values.check !== undefined || values.serve) throw new UsageError('name a lesson, for example: npm run lab 3');
    return print(list());
  }
  const lesson = lessons.find((each) => String(each.number) === number);
  if (lesson === undefined)
    throw new UsageError(`there is no lesson ${number}: the lessons are 1 to ${lessons.length}`);
  if (values.check !== undefined) return checkFile(lesson, values.check);
  if (values.serve) return serve(lesson, values.port);
  return demonstrate(lesson);
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        check: { type: 'string' },
        serve: { type: 'boolean', default: false },
        port: { type: 'string', default: '9001' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function list(): string {
  const rows = lessons.map(({ number, title }) => `${String(number).padStart(4)}  ${title}`);
  return `${rows.join('\n')}\n\nnpm run lab 1 runs the first lesson. npm run lab -- --help shows all commands.`;
}

async function demonstrate({ number, lesson, folder }: ListedLesson): Promise<number> {
  print(`Lesson ${number}: ${lesson.title}\n`);
  using stage = new Stage(compiled(folder), print);
  await stage.serve();
  await lesson.demo(stage);
  return print(`\nThe page and the exercise: labs/${folder}/README.md`);
}

async function serve({ folder }: ListedLesson, port: string): Promise<number> {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535)
    throw new UsageError(`--port ${port} is not a port: use 0 to 65535`);
  print(`Talk to it from another terminal: nc 127.0.0.1 ${port}     Ctrl-C ends it.`);
  const child = spawn(process.execPath, [`${compiled(folder)}program.js`, port], { stdio: 'inherit' });
  process.once('exit', () => child.kill());
  return new Promise((done) => {
    child.once('exit', (code) => {
      done(code ?? 0);
    });
  });
}

async function checkFile({ number, lesson, folder }: ListedLesson, path: string): Promise<number> {
  using answer = await answerFile(path);
  for (const line of answer.typeErrors()) print(wrap(`Type error, ${line}`));
  const verdict = await check(lesson, answer);
  return report(verdict, `Lesson ${number} is done.`, `labs/${folder}/README.md`);
}

// Loading the compiler takes a second, and only a check needs it.
async function answerFile(path: string): Promise<AnswerFile> {
  const { AnswerFile } = await import('./kit/answer-file.ts');
  // npm runs this program in the package's folder; INIT_CWD is the folder in which npm was called.
  return new AnswerFile(resolve(process.env.INIT_CWD ?? '.', path));
}

function report({ passed, failed, mistake, detail }: Verdict, done: string, page: string): number {
  for (const title of passed) print(`ok      ${title}`);
  if (failed === undefined || mistake === undefined) return print(`\n${done}`);
  print(`NOT OK  ${failed}\n`);
  print(wrap(mistake));
  if (detail !== undefined && detail !== '') print(`\n${detail.split('\n').map(wrap).join('\n')}`);
  print(`\nHints: ${page}`);
  return FAILURE;
}

function wrap(text: string): string {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + word.length + 1 > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
}

function compiled(folder: string): string {
  return fileURLToPath(new URL(`${folder}/`, import.meta.url));
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

// 'exit' listeners end the started programs. A signal does not run them by itself, so each signal has a handler.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
try {
  // The remains of a check may keep this process alive, so it has to be ended.
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  const isUsage = error instanceof UsageError;
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(isUsage ? `lab: ${text}\n` : `lab: ${(error as Error).stack ?? text}\n`);
  process.exitCode = isUsage ? USAGE : FAILURE;
}
