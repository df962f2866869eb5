import { runProgram } from '../../src/cli/program.ts';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `tripoll` in this process, with some environment variables. Only for command lines that end before a server runs:
 * `serve` installs signal handlers for the rest of the process.
 */
export async function runCli(args: readonly string[], environment: Record<string, string> = {}): Promise<CliResult> {
  const written = { stdout: '', stderr: '' };
  Object.assign(process.env, environment);
  try {
    const code = await runProgram(args, {
      writeOut: (text) => (written.stdout += text),
      writeErr: (text) => (written.stderr += text),
    });
    return { code, ...written };
  } finally {
    for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
  }
}
