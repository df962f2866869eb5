import type { Command } from 'commander';

import { hostPortText } from '../socket/address-text.ts';
import type { Backend } from '../server/loop/wait-set/backend.ts';
import { OSError } from '../system/errors.ts';
import { TraceError } from '../trace/parser.ts';
import { anyEvent } from './any-event.ts';
import { Failure } from './failure.ts';
import { optionFailure } from './listen-failure.ts';
import { backendOption, timeoutOption, turnsPerSecondOption } from './shared-options.ts';
import { logLine } from './stderr.ts';
import { valueOption, wholeNumber } from './values.ts';

interface WatchFlags {
  readonly port: number;
  readonly backend: Backend;
  readonly timeout: number;
  readonly echoPort: number;
  readonly turnsPerSecond: number;
}

const END_SIGNALS = ['SIGINT', 'SIGTERM'];

const EXAMPLES = `Examples:
  tripoll watch                           an echo server, with buttons that make things happen
  tripoll watch --backend epoll
  tripoll trace record day.jsonl          record a server, and
  tripoll watch day.jsonl                 show the recording, step by step
  tripoll serve --watch                   a server that receives messages, watched live
`;

const NOTES = `
Open the URL that the command prints, in a browser on this machine. The URL contains a token: anybody who has it can open
the page. Ctrl-C ends the command.
`;

export function defineWatch(command: Command): void {
  const anyPort = wholeNumber(0, 65535);
  command
    .description('Shows the loop of an echo server turn by turn, or the loop of a recorded trace.')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES)
    .argument('[file]', 'a trace from `tripoll trace record`')
    .option('--port <number>', 'the port of the page; 0 for any free port', anyPort, 0);
  const serverOptions = [
    backendOption(),
    timeoutOption(),
    valueOption('--echo-port <number>', 'the port of the echo server; 0 for any free port', anyPort, 0),
    turnsPerSecondOption(),
  ];
  for (const option of serverOptions) command.addOption(option);
  command.action((file: string | undefined, flags: WatchFlags) => {
    const useless = serverOptions.find((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
    if (file !== undefined && useless !== undefined) {
      throw new Failure(`${useless.long!} is for the echo server, which does not run when a trace is shown.`);
    }
    return watch(file, flags);
  });
}

async function watch(file: string | undefined, flags: WatchFlags): Promise<void> {
  try {
    await (file === undefined ? watchEchoServer(flags) : watchTrace(file, flags.port));
  } catch (error) {
    throw error instanceof OSError || error instanceof Failure ? error : toFailure(error, flags.port, file);
  }
}

async function watchTrace(file: string, port: number): Promise<void> {
  const { watchFile } = await import('../watch/watching.ts');
  const page = await watchFile(file, port);
  logLine(`open ${page.url} in a browser on this machine to see ${file}; Ctrl-C ends it`);
  try {
    await anyEvent(process, END_SIGNALS);
  } finally {
    await page.close();
  }
}

async function watchEchoServer(flags: WatchFlags): Promise<void> {
  const { port, backend, timeout: timeoutSeconds, echoPort, turnsPerSecond } = flags;
  const [{ Watching }, { createEchoServer }, { openTextLog }] = await Promise.all([
    import('../watch/watching.ts'),
    import('../watch/demo/echo-server.ts'),
    import('./serve/open-log.ts'),
  ]);
  const { writer: log } = openTextLog();
  const watching = new Watching({ backend, timeoutSeconds, turnsPerSecond, port });
  let server;
  try {
    server = openEchoServer(() => createEchoServer(backend, timeoutSeconds, echoPort, watching.recorder), echoPort);
    await watching.attach(server);
    logLine(`an echo server on ${hostPortText(server.address())}, ${backend} with a timeout of ${timeoutSeconds} s`);
    logLine(`open ${watching.url ?? ''} in a browser on this machine to see its loop; Ctrl-C ends it`);
    await Promise.race([server.serveForever(), anyEvent(process, END_SIGNALS)]);
  } finally {
    server?.close();
    await watching.close();
    // A terminal that shows nothing must not keep the process from ending.
    await log.lastLinesWritten();
    log.abandon();
  }
}

function openEchoServer<Server>(create: () => Server, port: number): Server {
  try {
    return create();
  } catch (error) {
    throw error instanceof OSError ? optionFailure(error, `--echo-port ${port}`, '127.0.0.1', port) : error;
  }
}

function toFailure(error: unknown, port: number, file: string | undefined): unknown {
  if (error instanceof TraceError) return new Failure(`${file ?? ''}: ${error.message}.`, 1);
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'listen') return optionFailure(error as Error, `--port ${port}`, '127.0.0.1', port);
  return code === undefined ? error : new Failure(message, 1);
}
