import { setTimeout } from 'node:timers/promises';

import type { AnswerFile } from './answer-file.ts';
import type { Lesson, Step } from './lesson.ts';
import { Program } from './program.ts';
import { Trial } from './trial.ts';

/** What a check found out: nothing wrong, or one sentence and what was seen. */
export interface Verdict {
  passed: string[];
  /** The title of the step that failed. */
  failed?: string;
  mistake?: string;
  detail?: string;
}

const CHECK_MS = 45_000;
const LINES_OF_STDERR = 3;
const NO_PORT =
  'Your program has to listen on 127.0.0.1, on the port of its first argument (0: the kernel chooses), ' +
  "and to print 'listening PORT' with the true port.";
const TOO_LONG = `The whole check took longer than ${CHECK_MS / 1e3} s.`;
const HAS_ENDED = 'Your program has ended here; a server goes on.';

/** Runs an answer against the lesson's steps, until one of them fails. */
export async function check({ steps }: Lesson, answer: AnswerFile): Promise<Verdict> {
  using program = new Program(answer.program);
  const port = await program.port();
  if (port === undefined)
    return { passed: [], failed: 'listens', mistake: NO_PORT, detail: lastWords(program, answer.name) };
  using trial = new Trial(program, port);
  const verdict: Verdict = { passed: ['listens'] };
  const over = new AbortController();
  const tooLong = setTimeout(CHECK_MS, TOO_LONG, { signal: over.signal }).catch(() => undefined);
  for (const step of steps) {
    const mistake = await Promise.race([mistakeIn(step, trial), tooLong]);
    if (mistake !== undefined) {
      const detail = [trial.detail, lastWords(program, answer.name)].filter((text) => text !== '').join('\n');
      Object.assign(verdict, { failed: step.title, mistake, detail });
      break;
    }
    verdict.passed.push(step.title);
    trial.clear();
  }
  over.abort();
  return verdict;
}

async function mistakeIn(step: Step, trial: Trial): Promise<string | undefined> {
  let mistake: string | undefined;
  try {
    mistake = await step.run(trial);
  } catch (error) {
    // Nobody listens any more, or this process has no fd left.
    mistake = 'No new connection to your program could be made.';
    trial.detail = error instanceof Error ? error.message : String(error);
  }
  if (mistake === undefined) return undefined;
  // The process may still be on its way out when its sockets are closed already.
  const ended = await trial.program.end(300);
  return ended === undefined ? mistake : (step.ended ?? HAS_ENDED);
}

// How it ended, with the uncaught error and where in the answer it was thrown.
function lastWords({ exited, stderr }: Program, name: string): string {
  const lines = stderr.trim().split('\n');
  if (exited === undefined) return lines.slice(-LINES_OF_STDERR).join('\n');
  const how = exited.signal === null ? `exit code ${exited.code ?? 0}` : `signal ${exited.signal}`;
  const error = lines.find((line) => /^\w*(Error|Exception)\b.*: /.test(line));
  const places = lines.flatMap((line) => line.split('/').find((part) => part.startsWith(`${name}:`)) ?? []);
  // With the column, where there is one.
  const place = /^[^)]+/.exec(places.find((each) => /:\d+:\d+/.test(each)) ?? places[0] ?? '')?.[0];
  const where = place === undefined ? '' : `, at ${place}`;
  return `Your program ended (${how})${where}${error === undefined ? '.' : `:\n${error}`}`;
}
