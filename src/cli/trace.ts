import type { Command } from 'commander';

import { TraceError } from '../trace/parser.ts';
import { anyEvent } from './any-event.ts';
import { Failure } from './failure.ts';
import { addServeOptions } from './serve/options.ts';

const EXAMPLES = `Examples:
  tripoll trace record day.jsonl --echo      serve, and record the turns of the loop
  tripoll trace show day.jsonl | less        print the turns, in the notation of strace
  tripoll watch day.jsonl                    show the turns in a browser
`;

const RECORD_NOTES = `
The command serves as \`tripoll serve\` does, with the same options. It overwrites FILE once it listens; the file is
complete when the command has ended. It records at most --turns-per-second turns in full, and counts the others.
`;

export function defineTrace(trace: Command): void {
  trace.description('Records the turns of a loop in a file, and prints such a file.').addHelpText('before', EXAMPLES);
  const record = trace
    .command('record')
    .summary('serve, and record the turns')
    .description('Serves as `tripoll serve` does, and records the turns of the loop in a file.')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', RECORD_NOTES)
    .argument('<file>', 'the file for the trace');
  addServeOptions(record).action(async (file: string) => {
    const [{ effectiveSettings }, { runServer }] = await Promise.all([
      import('./serve/effective-settings.ts'),
      import('./serve/lifecycle.ts'),
    ]);
    await runServer(effectiveSettings(record), file);
  });
  trace
    .command('show')
    .summary('print a trace in the notation of strace')
    .description(
      'Prints each system call of a trace with its arguments and its result, and below it what the server did.',
    )
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

/** Waits for a slow reader. Returns false when the reader has gone. */
async function print(text: string): Promise<boolean> {
  const { stdout } = process;
  if (!stdout.write(`${text}\n`)) await anyEvent(stdout, ['drain', 'error', 'close']);
  return stdout.writable;
}
