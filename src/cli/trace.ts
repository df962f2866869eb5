import type { Command } from 'commander';

import { TraceError } from '../trace/parser.ts';
import { Failure } from './failure.ts';
import { addSettings, effectiveOf } from './serve.ts';
import { run } from './serve/run.ts';

const EXAMPLES = `Examples:
  tripoll trace record day.jsonl --echo      serves, and records each turn of the loop
  tripoll trace show day.jsonl | less        shows them, as strace would
  tripoll watch day.jsonl                    shows them in a browser
`;

const RECORD_NOTES = `
It serves as \`tripoll serve\` does, and takes its options. FILE is overwritten once it listens, and complete once it ends.
At most --turns-per-second are recorded; of the others it says how many there were, and what they did.
`;

/**
 * Adds `tripoll trace record` and `tripoll trace show`.
 * @param program The command that they become part of.
 */
export function addTrace(program: Command): void {
  const trace = program
    .command('trace')
    .summary('record the turns of a loop, and show them')
    .description('Records the turns of a loop in a file, and shows such a file.')
    .addHelpText('before', EXAMPLES);
  const record = trace
    .command('record')
    .summary('serve, and record each turn')
    .description('Serves as `tripoll serve` does, and records the loop in a file.')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', RECORD_NOTES)
    .argument('<file>', 'where the trace goes');
  addSettings(record).action((file: string, flags: Parameters<typeof effectiveOf>[0]) => run(effectiveOf(flags), file));
  trace
    .command('show')
    .summary('print a trace as strace would')
    .description('Prints a trace: each system call with what it was asked and gave, and below it what was done.')
    .addHelpText('before', EXAMPLES)
    .argument('<file>', 'a trace')
    .action(show);
}

async function show(file: string): Promise<void> {
  const [{ readTrace }, { TracePrinter }] = await Promise.all([
    import('../trace/trace-file.ts'),
    import('../trace/trace-printer.ts'),
  ]);
  try {
    const { header, lines } = await readTrace(file);
    const text = new TracePrinter(header);
    await print(text.head());
    for await (const line of lines) if (!(await print(text.next(line)))) break;
  } catch (error) {
    if (error instanceof TraceError) throw new Failure(`${file}: ${error.message}.`, 1);
    throw (error as NodeJS.ErrnoException).code === undefined ? error : new Failure((error as Error).message, 1);
  }
}

// Whether somebody reads on. Who reads slowly holds it up.
async function print(text: string): Promise<boolean> {
  const { stdout } = process;
  if (!stdout.write(`${text}\n`)) {
    await new Promise<void>((resolve) => {
      const events = ['drain', 'error', 'close'];
      const done = (): void => {
        for (const event of events) stdout.off(event, done);
        resolve();
      };
      for (const event of events) stdout.once(event, done);
    });
  }
  return stdout.writable;
}
