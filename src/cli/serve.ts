import { setTimeout } from 'node:timers/promises';

import type { Command } from 'commander';

import { type Backend, type Connection, type DisconnectReason, Server, type ServerStats } from '../server/server.ts';
import { addressText, counted, log, visible } from './text.ts';
import { seconds, wholeNumber } from './values.ts';

interface ServeOptions {
  host: string;
  port: number;
  maxClients: number;
  timeout: number;
  backend: Backend;
}

const FORWARDED_SIGNAL_MS = 100;

const EXAMPLES = `Examples:
  tripoll serve                       listen on 0.0.0.0:9001, print what comes
  tripoll serve --port 9002 --backend epoll
  tripoll serve > messages.txt        messages into a file, the log stays here
  echo hello | nc -N 127.0.0.1 9001   a client, from another terminal
`;

/**
 * Adds `tripoll serve`.
 * @param program The command that it becomes part of.
 */
export function addServe(program: Command): void {
  program
    .command('serve')
    .summary('receive messages over TCP and print them')
    .description(
      'Listens on a TCP port and prints what each recv gives to standard output, with a newline where it ends without ' +
        'one. The log goes to standard error. SIGINT (Ctrl-C) or SIGTERM ends it at once.',
    )
    .addHelpText('before', EXAMPLES)
    .option('--host <address>', 'the address to listen on: an IPv4 or IPv6 address, or a name', '0.0.0.0')
    .option('--port <number>', 'the port to listen on; 0 lets the kernel choose', wholeNumber(0, 65535), 9001)
    .option('--max-clients <number>', 'the most clients at a time; 0 is no limit', wholeNumber(0, 1_000_000), 10_000)
    .option('--timeout <seconds>', 'the longest wait of one turn of the loop', seconds(0.001, 3600), 1)
    .addOption(
      program
        .createOption('--backend <call>', 'the system call to wait with')
        .choices(['select', 'poll', 'epoll'])
        .default('select'),
    )
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  const server = new Server({
    address: [options.host, options.port],
    backend: options.backend,
    timeoutSeconds: options.timeout,
    maxClients: options.maxClients,
    onMessage: print,
    onDisconnect: logDisconnect,
    onConnection: (connection) => {
      log(`${addressText(connection.address)} connected`);
    },
    onExhausted: () => {
      log('out of file descriptors or memory: new clients wait until others have left');
    },
  });
  const end = (): void => {
    server.shutdown();
  };
  // `on`, not `once`: under `npm start` Ctrl-C comes twice, from the terminal and forwarded by npm, and the second one
  // must not kill the process in the middle of its end, which is bounded by itself.
  process.on('SIGINT', end).on('SIGTERM', end);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', end);
  const { backend, timeout } = options;
  log(`listening on ${addressText(server.address())}, ${backend} with a timeout of ${timeout} s; Ctrl-C ends it`);
  await server.serveForever();
  log(summary(server.stats()));
  // npm's copy of the signal may still be on its way, and no handler takes it once the process is ending.
  await setTimeout(FORWARDED_SIGNAL_MS);
}

function print(message: Buffer): void {
  const text = process.stdout.isTTY ? Buffer.from(visible(message.toString())) : message;
  process.stdout.write(text.at(-1) === 0x0a ? text : Buffer.concat([text, Buffer.from('\n')]));
}

function logDisconnect({ address, messages, bytes }: Connection, reason: DisconnectReason): void {
  log(`${addressText(address)} ${reason}: ${counted(messages, 'message')}, ${counted(bytes, 'byte')}`);
}

function summary({ clients, messages, bytes, turns }: ServerStats): string {
  return `ended: ${counted(clients, 'client')}, ${counted(messages, 'message')}, ${counted(bytes, 'byte')}, ${counted(turns, 'turn')}`;
}
