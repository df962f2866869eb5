import type { OSError } from '../system/errors.ts';
import { TOO_FEW_FDS, TOO_MANY_FILES } from './few-fds.ts';

/** Ends a command with one sentence on standard error. The exit code is 1 for a failure and 2 for a wrong command line. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(sentence: string, exitCode = 2) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there; `tripoll serve` starts a server.',
  EMFILE: TOO_FEW_FDS,
  ENFILE: TOO_MANY_FILES,
};

/** Describes a failed system call in a sentence, and says what the user can do about it. */
export function failureText({ code, message }: OSError): string {
  const advice = ADVICE[code ?? ''];
  return advice === undefined ? message : `${message}: ${advice}`;
}
