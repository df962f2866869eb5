import type { OSError } from '../system/errors.ts';

/** What ends a command with one sentence on standard error. */
export class Failure extends Error {
  /** The exit code: 1 for what went wrong, 2 for what was asked for wrongly. */
  readonly exitCode: number;

  /**
   * @param message The sentence.
   * @param exitCode The exit code.
   */
  constructor(message: string, exitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * A failed system call in a sentence, with what can be done.
 * @param error The error.
 * @returns The sentence.
 */
export function failureText(error: OSError): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `${error.message}: nobody listens there; \`tripoll serve\` starts a server.`;
    case 'EADDRINUSE':
      return `${error.message}: another program listens there, or has the path. Choose another --port or --unix.`;
    case 'EACCES':
      return `${error.message}: ports below 1024 are the administrator's. Choose another --port.`;
    default:
      return error.message;
  }
}
