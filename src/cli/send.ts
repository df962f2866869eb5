import type { Command } from 'commander';

import { hostPortText } from '../socket/address-text.ts';
import { logLine } from './stderr.ts';
import { counted } from './text.ts';
import { seconds, wholeNumber } from './values.ts';

interface SendFlags {
  readonly host: string;
  readonly port: number;
  readonly count: number;
  readonly interval: number;
  readonly message: string;
}

const EXAMPLES = `Examples:
  tripoll send                              15 messages to 127.0.0.1:9001, 150 ms apart
  tripoll send --count 100 --interval 0
  tripoll send --port 9002 --message 'temperature '
`;

export function defineSend(command: Command): void {
  command
    .description('Sends numbered messages over TCP. Each has its own connection, which stays open for the interval.')
    .addHelpText('before', EXAMPLES)
    .option('--host <address>', 'the address or the name of the server', '127.0.0.1')
    .option('--port <number>', 'the port of the server', wholeNumber(1, 65535), 9001)
    .option('--count <number>', 'the number of messages', wholeNumber(1, 1_000_000_000), 15)
    .option('--interval <seconds>', 'the pause after each message', seconds(0, 3600), 0.15)
    .option('--message <text>', 'the beginning of each message; its number follows', 'Hello Server!')
    .action(send);
}

async function send({ host, port, count, interval, message }: SendFlags): Promise<void> {
  const { sendMessages } = await import('../socket/send-messages.ts');
  const startMs = performance.now();
  const isTerminal = process.stderr.isTTY;
  const address = [host, port] as const;
  const server = hostPortText([host, port]);
  let sent = 0;
  const onSent = (number: number): void => {
    sent = number;
    if (isTerminal) process.stderr.write(`\rtripoll: ${number} of ${count} sent `);
  };
  let bytes;
  try {
    ({ bytes } = await sendMessages({ address, count, intervalSeconds: interval, message, onSent }));
  } catch (error) {
    if (isTerminal && sent > 0) process.stderr.write('\n');
    logLine(`${sent} of ${counted(count, 'message')} sent to ${server}`);
    throw error;
  }
  if (isTerminal) process.stderr.write('\r');
  const duration = ((performance.now() - startMs) / 1e3).toFixed(1);
  logLine(`sent ${counted(sent, 'message')}, ${counted(bytes, 'byte')} to ${server} in ${duration} s`);
}
