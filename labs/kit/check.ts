import { setTimeout } from 'node:timers/promises';

import type { AnswerFile } from './answer-file.ts';
import type { Lesson, Step } from './lesson.ts';
import { Program } from './program.ts';
import { Trial } from './trial.ts';

/** The result of a check. If a step fails, it contains one sentence and the details that the check has seen. */
export interface Verdict {
  /** The titles of the steps that the answer has passed. */
  passed: string[];
  /** The title of the step that failed. */
  failed?: string;
  mistake?: string;
  detail?: string;
}

const CHECK_MS = 45_000;
const STDERR_LINES = 3;
const NO_PORT =
  'Your program has to listen on 127.0.0.1, on the port of its first argument (with 0 the kernel chooses), ' +
  "and has to print 'listening PORT' with the real port.";
const TOO_LONG = `The whole check lasted longer than ${CHECK_MS / 1e3} s.`;
const HAS_ENDED = 'Your program ended during this step. A server has to go on.';

/** Runs the steps of a lesson with an answer, until a step fails. */
export async function check({ steps }: Lesson, answer: AnswerFile): Promise<Verdict> {
  using program = new Program(answer.program);
  const port = await program.port();
  if (port === undefined)
    return { passed: [], failed: 'listens', mistake: NO_PORT, detail: exitReport(program, answer.name) };
  using trial = new Trial(program, port);
  const verdict: Verdict = { passed: ['listens'] };
  const stopClock = new AbortController();
  const tooLong = setTimeout(CHECK_MS, TOO_LONG, { signal: stopClock.signal }).catch(() => undefined);
  for (const step of steps) {
    const mistake = await Promise.race([mistakeIn(step, trial), tooLong]);
    if (mistake !== undefined) {
      const detail = [trial.detail, exitReport(program, answer.name)].filter((text) => text !== '').join('\n');
      Object.assign(verdict, { failed: step.title, mistake, detail });
      break;
    }
    verdict.passed.push(step.title);
    trial.clear();
  }
  stopClock.abort();
  return verdict;
}

async function mistakeIn(step: Step, trial: Trial): Promise<string | undefined> {
  let mistake: string | undefined;
  try {
    mistake = await step.run(trial);
  } catch (error) {
    // The program does not listen any more, or this process has no free fd.
    mistake = 'It was not possible to connect to your program.';
    trial.detail = error instanceof Error ? error.message : String(error);
  }
  if (mistake === undefined) return undefined;
  // The kernel closes the sockets of a process shortly before the process has ended: wait for the end.
  const ended = await trial.program.waitForEnd(300);
  return ended === undefined ? mistake : (step.ended ?? HAS_ENDED);
}

// Says how the program ended, which error it did not catch, and where in the answer the error was thrown.
function exitReport({ exited, stderr }: Program, name: string): string {
  const lines = stderr.trim().split('\n');
  if (exited === undefined) return lines.slice(-STDERR_LINES).join('\n');
  const how = exited.signal === null ? `exit code ${exited.code ?? 0}` : `signal ${exited.signal}`;
  const error = lines.find((line) => /^\w*(Error|Exception)\b.*: /.test(line));
  const places = lines.flatMap((line) => line.split('/').find((part) => part.startsWith(`${name}:`)) ?? []);
  // Prefer a place with a column.
  const place = /^[^)]+/.exec(places.find((each) => /:\d+:\d+/.test(each)) ?? places[0] ?? '')?.[0];
  const where = place === undefined ? '' : `, at ${place}`;
  return `Your program ended (${how})${where}${error === undefined ? '.' : `:\n${error}`}`;
}
