import { once } from 'node:events';

import type { Command } from 'commander';

import { OSError } from '../system/errors.ts';
import type { Backend } from '../server/loop/wait-set/backend.ts';
import { turnsPerSecondDefault } from '../trace/turn-rate-limit.ts';
import { TraceError } from '../trace/parser.ts';
import { Failure } from './failure.ts';
import { flagOf } from './serve/setting.ts';
import { turnsPerSecondHelp, turnsPerSecondKind } from './serve/turns-per-second.ts';
import { hostPortText, log } from './text.ts';
import { oneOf, parser, seconds, wholeNumber } from './values.ts';

interface WatchFlags {
  port: number;
  backend?: Backend;
  timeout?: number;
  echoPort?: number;
  turnsPerSecond?: number;
}

const EXAMPLES = `Examples:
  tripoll watch                           an echo server of its own, with buttons that make things happen
  tripoll watch --backend epoll
  tripoll trace record day.jsonl          records a server, and
  tripoll watch day.jsonl                 shows what was recorded, step by step
  tripoll serve --watch                   a server that receives messages, watched live
`;

const NOTES = `
Open the URL that it prints, in a browser on this machine. The page is for whoever has that URL: it has a token in it.
Ctrl-C ends it all.
`;

/**
 * Adds `tripoll watch`.
 * @param program The command that it becomes part of.
 */
export function addWatch(program: Command): void {
  const timeout = seconds(0.001, 3600);
  program
    .command('watch')
    .summary('show the loop in a browser')
    .description('Shows the loop turn by turn: of an echo server of its own, or of a trace that was recorded.')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES)
    .argument('[file]', 'a trace, of tripoll trace record')
    .option('--port <number>', 'the port of the page; 0 for any', parser(wholeNumber(0, 65535)), 0)
    .option(
      '--backend <call>',
      'what its server waits with: select, poll or epoll (default: select)',
      parser(oneOf('select', 'poll', 'epoll')),
    )
    .option('--timeout <seconds>', 'the longest wait of its server (default: 1)', parser(timeout))
    .option('--echo-port <number>', 'the port of its server (default: any)', parser(wholeNumber(0, 65535)))
    .option(
      '--turns-per-second <number>',
      `${turnsPerSecondHelp} (default: ${turnsPerSecondDefault})`,
      parser(turnsPerSecondKind),
    )
    .action(watch);
}

async function watch(file: string | undefined, { port, ...ofServer }: WatchFlags): Promise<void> {
  try {
    await (file === undefined ? watchEcho(port, ofServer) : watchTrace(file, port, Object.keys(ofServer)));
  } catch (error) {
    throw error instanceof OSError || error instanceof Failure ? error : failure(error, port, file);
  }
}

async function watchTrace(file: string, port: number, unfit: readonly string[]): Promise<void> {
  if (unfit.length > 0) throw new Failure(`${flagOf(unfit[0]!)} is for the server that is there without a file.`);
  const { watchFile } = await import('../watch/watching.ts');
  const page = await watchFile(file, port);
  log(`${file} is to be seen at ${page.url}; Ctrl-C ends it`);
  try {
    await ended();
  } finally {
    await page.close();
  }
}

async function watchEcho(port: number, flags: Omit<WatchFlags, 'port'>): Promise<void> {
  const { backend = 'select', timeout: timeoutSeconds = 1, echoPort = 0, turnsPerSecond } = flags;
  const [{ Watching }, { createEchoServer }] = await Promise.all([
    import('../watch/watching.ts'),
    import('../watch/demo/echo-server.ts'),
  ]);
  const watching = new Watching({ backend, timeoutSeconds, turnsPerSecond, port });
  try {
    const server = createEchoServer(backend, timeoutSeconds, echoPort, watching.recorder);
    try {
      await watching.attach(server);
      log(`an echo server on ${hostPortText(server.address())}, ${backend} with a timeout of ${timeoutSeconds} s`);
      log(`its loop is to be seen at ${watching.url ?? ''}; Ctrl-C ends it`);
      const served = server.serveForever();
      await Promise.race([served, ended()]);
    } finally {
      server.close();
    }
  } finally {
    await watching.close();
  }
}

async function ended(): Promise<void> {
  const over = new AbortController();
  await Promise.race((['SIGINT', 'SIGTERM'] as const).map((signal) => once(process, signal, { signal: over.signal })));
  over.abort();
}

function failure(error: unknown, port: number, file: string | undefined): unknown {
  if (error instanceof TraceError) return new Failure(`${file ?? ''}: ${error.message}.`, 1);
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new Failure(`--port ${port}: another program listens there. Choose another, or leave it out.`, 1);
  return code === undefined ? error : new Failure(message, 1);
}
