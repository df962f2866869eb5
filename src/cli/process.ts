// Runs the command of this process, and sets its exit code.
import { runProgram } from './program.ts';
import { logLine } from './stderr.ts';

const FAILURE = 1;

// EPIPE means that the reader has gone, as after `| head`, and is no failure. A full disk fails every write, but one
// sentence is enough.
function outputFailed(stream: NodeJS.WriteStream, error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || process.exitCode === FAILURE) return;
  process.exitCode = FAILURE;
  if (stream === process.stdout) logLine(`standard output: ${error.message}; the rest of the output is lost`);
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    outputFailed(stream, error);
  });
}

const exitCode = await runProgram(process.argv.slice(2));
// A command that ends without an error may have set another exit code itself.
if (exitCode !== 0) process.exitCode = exitCode;
